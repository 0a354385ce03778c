// Every command against a hostile server: its answers stay text, and stay where they belong.
#include "tests/client/hostile_server.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "client/cli.h"
#include "core/base/safe_text.h"
#include "core/base/utf8.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/rig.h"
#include "tests/temporary_folder.h"

namespace electra::client {
namespace {

namespace fs = std::filesystem;

using Words = std::vector<std::string>;

// Sequences of the client's own: a line is erased, and text of either direction is kept apart.
std::string WithoutOwnSequences(const std::string& text) {
  return absl::StrReplaceAll(text, {{"\r\x1b[K", ""}, {"\u2068", ""}, {"\u2069", ""}});
}

// Characters that a terminal would act upon, or invalid UTF-8, with some context.
std::string ActiveIn(const std::string& text) {
  if (FindInvalidUtf8(text)) return absl::StrCat("not UTF-8 at ", *FindInvalidUtf8(text));
  const std::u32string characters = ToUtf32(text);
  for (size_t i = 0; i < characters.size(); ++i) {
    if (!IsActive(characters[i]) || characters[i] == U'\n' || characters[i] == U'\t') continue;
    std::string around;
    for (char32_t c : characters.substr(i < 40 ? 0 : i - 40, 60)) AppendUtf8(c, &around);
    return EscapeActive(around);
  }
  return "";
}

class HostileServerTest : public ::testing::Test {
 protected:
  HostileServerTest() : before_(fs::current_path()) {
    fs::create_directories(Home());
    fs::create_directory(folder_.path() / "here");
    fs::current_path(folder_.path() / "here");
    std::ofstream("corpus.txt") << "하나\n둘\n";
    std::ofstream("job.yaml") << "corpus: corpus.txt\n";
  }
  ~HostileServerTest() override { fs::current_path(before_); }

  fs::path Home() const { return folder_.path() / "home"; }

  // The arguments of each command; it may write only to `out`.
  static std::map<std::string, Words> Arguments() {
    return {{"submit", {"--corpus", "corpus.txt", "--model", "small"}},
            {"watch", {"7f3a"}},
            {"jobs", {}},
            {"history", {}},
            {"job list", {}},
            {"job show", {"7f3a"}},
            {"job watch", {"7f3a"}},
            {"job pause", {"7f3a"}},
            {"job resume", {"7f3a"}},
            {"job cancel", {"7f3a"}},
            {"job retry", {"7f3a"}},
            {"job tag", {"7f3a", "a=b"}},
            {"job note", {"7f3a"}},
            {"job rename", {"7f3a", "name"}},
            {"job delete", {"7f3a"}},
            {"samples", {"7f3a"}},
            {"metrics", {"7f3a", "--plot"}},
            {"compare", {"7f3a", "51c0"}},
            {"report", {"7f3a"}},
            {"export", {"7f3a", "--format", "mlflow", "out"}},
            {"try", {"7f3a", "--text", "문장"}},
            {"finetune", {"7f3a", "--data", "corpora/x", "--label", "stars", "--detach"}},
            {"embed", {"7f3a", "--input", "corpus.txt", "--output", "out.npy", "--force"}},
            {"corpus list", {}},
            {"corpus delete", {"c1"}},
            {"model list", {}},
            {"model import", {"name", "--discriminator", "/models/d", "--server-path"}},
            {"model download", {"7f3a", "out"}},
            {"model delete", {"name"}},
            {"hyperparameters", {}},
            {"config init", {}},
            {"config explain", {"learning_rate"}},
            {"config validate", {"job.yaml"}},
            {"status", {}},
            {"server status", {}},
            {"server gc", {}},
            {"server unload", {}},
            {"context add", {"name"}},
            {"context use", {"name"}},
            {"context list", {}},
            {"context show", {}},
            {"context remove", {"name"}},
            {"login", {}},
            {"logout", {}},
            {"token create", {"--role", "viewer"}},
            {"token list", {}},
            {"token revoke", {"5d1c"}},
            {"completion", {"bash"}},
            {"man", {}},
            {"help", {"job"}}};
  }

  // Several forms of some commands.
  static std::vector<Words> More() {
    std::vector<Words> more = {{"watch", "--follow-all"},
                               {"submit", "--corpus", "corpus.txt", "--dry-run"},
                               {"submit", "--corpus", "corpora/c1", "--watch"},
                               {"report", "7f3a", "--html", "out.html", "--force"},
                               {"history", "--filter", "state=FAILED"},
                               {"finetune", "7f3a", "--cancel"},
                               {"finetune", "7f3a", "--delete", "51c0"},
                               {"samples", "7f3a", "--missed"},
                               {"try", "7f3a", "--judge-only", "--text", "문장"},
                               {"metrics", "7f3a"},
                               {"job", "show", "a name"}};
    for (const char* format : {"csv", "jsonl", "parquet", "tensorboard"}) {
      more.push_back({"export", "7f3a", "--format", format, "out", "--force"});
    }
    for (const char* command : {"watch", "submit", "token revoke", "config explain"}) {
      Words words = {"__complete"};
      for (absl::string_view word : absl::StrSplit(command, ' ')) words.emplace_back(word);
      words.push_back(words[1] == "submit" ? "--set" : "");
      if (words[1] == "submit") words.push_back("");
      more.push_back(words);
    }
    return more;
  }

  static std::vector<Words> AllOfThem() {
    std::vector<Words> all;
    for (const auto& [command, arguments] : Arguments()) {
      Words words = absl::StrSplit(command, ' ');
      words.insert(words.end(), arguments.begin(), arguments.end());
      all.push_back(words);
    }
    for (const Words& words : More()) all.push_back(words);
    return all;
  }

  void RunIn(const HostileServer& server, const Words& words, bool on_terminal, bool json) {
    ClientRig rig;
    rig.variables["XDG_CONFIG_HOME"] = Home().string();
    rig.variables["ELECTRA_SERVER"] = server.address();
    rig.secret = "electra_0123456789ab_secret";
    rig.answer = "y";
    int waits = 0;
    rig.environment.wait = [&](absl::Duration) {
      if (++waits == 3) rig.interruption.Trigger();
    };
    if (on_terminal) rig.UseTerminal(100);
    Words arguments = words;
    if (json) arguments.push_back("--json");
    rig.Run(arguments);
    for (const std::ostringstream* stream : {&rig.out, &rig.err}) {
      EXPECT_EQ(ActiveIn(WithoutOwnSequences(stream->str())), "") << absl::StrJoin(words, " ");
    }
  }

  // New files outside of the places that a command may write to.
  std::set<std::string> Escaped() const {
    std::set<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path())) {
      const std::string path = entry.path().lexically_relative(folder_.path()).string();
      const bool is_ours = path == "here" || path == "here/corpus.txt" || path == "here/job.yaml" ||
                           path == "home" || path.rfind("home/electra", 0) == 0 ||
                           path.rfind("here/out", 0) == 0;
      if (!is_ours) found.insert(path);
    }
    return found;
  }

  // Every command, as text, on a terminal and as JSON.
  void RunAll(const Hostility& hostility) {
    const HostileServer server(hostility);
    for (const Words& words : AllOfThem()) {
      fs::remove_all("out");
      RunIn(server, words, /*on_terminal=*/false, /*json=*/false);
      RunIn(server, words, /*on_terminal=*/true, /*json=*/false);
      if (words[0] != "__complete") RunIn(server, words, /*on_terminal=*/false, /*json=*/true);
      EXPECT_THAT(Escaped(), ::testing::IsEmpty()) << absl::StrJoin(words, " ");
    }
  }

  TemporaryFolder folder_;
  const fs::path before_;
};

constexpr char kControls[] = "\x1b]0;x\x07\x1b[2J\r\b\x7f\u0085\u009b31m\u202E\u2066";

TEST_F(HostileServerTest, EveryCommandIsTried) {
  const std::map<std::string, Words> arguments = Arguments();
  const std::vector<Words> commands = AllCommands();
  for (const Words& words : commands) {
    const std::string command = absl::StrJoin(words, " ");
    const bool is_group = std::any_of(commands.begin(), commands.end(), [&](const Words& other) {
      return other.size() > words.size() && absl::StrJoin(other, " ").rfind(command + " ", 0) == 0;
    });
    // `ui` serves pages until it is interrupted; it prints only its own address.
    EXPECT_TRUE(is_group || command == "ui" || arguments.count(command) == 1) << command;
  }
  for (Words words : AllOfThem()) {
    EXPECT_TRUE(words[0] == "__complete" || CanParse(words)) << absl::StrJoin(words, " ");
  }
}

TEST_F(HostileServerTest, ControlCharactersDoNotReachATerminal) {
  RunAll({.text = absl::StrCat("a", kControls), .number = 3, .real = 0.5, .choice = 2});
}

TEST_F(HostileServerTest, NamesOfPlacesElsewhereLeadNowhere) {
  for (const std::string& name : {std::string("../../escaped"), std::string(".."),
                                  (folder_.path() / "escaped").string(), std::string()}) {
    RunAll({.text = name, .number = 1, .real = 1, .choice = 4});
  }
}

TEST_F(HostileServerTest, NumbersMayBeAny) {
  RunAll({.text = "7f3a",
          .number = std::numeric_limits<int64_t>::max(),
          .real = std::numeric_limits<double>::max(),
          .choice = 7});
  RunAll({.text = "7f3a",
          .number = std::numeric_limits<int64_t>::min(),
          .real = -std::numeric_limits<double>::infinity(),
          .choice = 3});
  RunAll({.text = "7f3a",
          .number = -1,
          .real = std::numeric_limits<double>::quiet_NaN(),
          .choice = 99});
}

TEST_F(HostileServerTest, RefusalsAreText) {
  for (const grpc::StatusCode code :
       {grpc::StatusCode::INVALID_ARGUMENT, grpc::StatusCode::UNIMPLEMENTED,
        grpc::StatusCode::UNAVAILABLE, grpc::StatusCode::UNAUTHENTICATED}) {
    RunAll({.text = absl::StrCat("a", kControls, "../$(x)"), .code = code});
  }
}

}  // namespace
}  // namespace electra::client
