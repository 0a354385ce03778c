#include "client/cli.h"

#include <iomanip>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/i18n/labels.h"
#include "client/i18n/locale.h"
#include "client/i18n/message_values.h"
#include "client/i18n/phrases.h"
#include "client/rpc/connection.h"
#include "client/settings/target.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/fake_server.h"
#include "tests/client/rig.h"

namespace electra::client {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// The words of `electra ...` as a shell would split them; comments, pipes and redirections end
// them.
std::vector<std::string> ArgumentsOf(const std::string& line) {
  std::vector<std::string> words;
  std::istringstream stream(line);
  const auto next = [&](std::string& word) -> std::istream& {
    stream >> std::ws;
    return stream >> std::quoted(word, stream.peek() == '\'' ? '\'' : '"');
  };
  for (std::string word; next(word);) {
    if (word == "#" || word == "|" || word == "<" || word == ">" || word == "&&") break;
    words.push_back(word);
  }
  return words;
}

// Example lines of a help text; lines that continue after a backslash are joined.
std::vector<std::string> ExamplesOf(const std::string& help) {
  std::vector<std::string> examples;
  bool is_example = false;
  bool goes_on = false;
  for (absl::string_view line : absl::StrSplit(help, '\n')) {
    if (absl::StartsWith(line, "Example:")) is_example = true;
    if (!is_example) continue;
    absl::string_view text = absl::StripAsciiWhitespace(line);
    const bool begins = absl::ConsumePrefix(&text, "electra ");
    const bool continues = absl::ConsumeSuffix(&text, "\\");
    if (begins) examples.emplace_back(text);
    if (!begins && goes_on) absl::StrAppend(&examples.back(), " ", text);
    goes_on = continues && (begins || goes_on);
  }
  return examples;
}

TEST(Cli, HelpOfEachCommandHasExamplesThatTheParserTakes) {
  ASSERT_GT(AllCommands().size(), 50u);
  for (std::vector<std::string> command : AllCommands()) {
    const std::string name = absl::StrJoin(command, " ");
    ClientRig rig;
    command.push_back("--help");
    EXPECT_EQ(rig.Run(command), ExitCode::kDone) << name;
    EXPECT_THAT(rig.err.str(), IsEmpty()) << name;
    const std::vector<std::string> examples = ExamplesOf(rig.out.str());
    EXPECT_THAT(examples, Not(IsEmpty())) << name;
    EXPECT_THAT(examples, Contains(HasSubstr(name))) << name;
    for (const std::string& example : examples) {
      EXPECT_TRUE(CanParse(ArgumentsOf(example))) << name << ": electra " << example;
    }
  }
}

TEST(Cli, HelpIsACommandToo) {
  ClientRig option;
  ClientRig command;
  EXPECT_EQ(option.Run({"job", "retry", "--help"}), ExitCode::kDone);
  EXPECT_EQ(command.Run({"help", "job", "retry"}), ExitCode::kDone);
  EXPECT_EQ(command.out.str(), option.out.str());
  EXPECT_THAT(command.out.str(), HasSubstr("electra job retry 7f3a"));
  ClientRig korean;
  EXPECT_EQ(korean.Run({"--lang", "ko", "help", "watch"}), ExitCode::kDone);
  EXPECT_THAT(korean.out.str(), HasSubstr("사용법: electra watch"));
  ClientRig unknown;
  EXPECT_EQ(unknown.Run({"help", "job", "retri"}), ExitCode::kUsage);
  EXPECT_EQ(unknown.err.str(), "electra: there is no command 'job retri': did you mean retry?\n");
}

TEST(Cli, WithoutArgumentsThereIsHelp) {
  ClientRig bare;
  ClientRig help;
  EXPECT_EQ(bare.Run({}), ExitCode::kDone);
  EXPECT_EQ(help.Run({"--help"}), ExitCode::kDone);
  EXPECT_EQ(bare.out.str(), help.out.str());
  for (const char* heading :
       {"\nTrain a model:\n  submit ", "\nFollow jobs:\n  watch ", "\nUse results:\n  report ",
        "\nModels and corpora:\n  model ", "\nServer:\n  status ", "\nThis client:\n  context "}) {
    EXPECT_THAT(bare.out.str(), HasSubstr(heading));
  }
}

TEST(Cli, OldSpellingsAreUnderstoodAndNotListed) {
  FakeServer server;
  server.jobs.job.set_name("jobs/7f3a");
  server.jobs.job.set_state(v1::CANCELLED);
  const std::vector<std::vector<std::string>> old = {{"job", "7f3a"},
                                                     {"job", "jobs/7f3a"},
                                                     {"cancel", "7f3a"},
                                                     {"pause", "7f3a"},
                                                     {"resume", "7f3a"},
                                                     {"tag", "7f3a"},
                                                     {"note", "7f3a"},
                                                     {"rename", "7f3a", "a"},
                                                     {"delete", "7f3a", "--yes"},
                                                     {"corpora"},
                                                     {"models"},
                                                     {"corpora", "delete", "c1", "--yes"}};
  for (const auto& arguments : old) {
    ClientRig rig;
    rig.server = server.address();
    EXPECT_EQ(rig.Run(arguments), ExitCode::kDone)
        << absl::StrJoin(arguments, " ") << ": " << rig.err.str();
  }
  EXPECT_THAT(server.jobs.deleted, ElementsAre("jobs/7f3a"));
  EXPECT_THAT(server.corpora.deleted, ElementsAre("corpora/c1"));
  EXPECT_TRUE(CanParse({"gc", "--dry-run"}));
  EXPECT_TRUE(CanParse({"unload"}));
  const std::vector<std::vector<std::string>> all = AllCommands();
  for (const char* name : {"cancel", "pause", "resume", "tag", "note", "rename", "delete",
                           "corpora", "models", "gc", "unload"}) {
    EXPECT_THAT(all, Not(Contains(std::vector<std::string>{name})));
  }
}

TEST(Cli, HelpAndVersionGoToStandardOutput) {
  ClientRig rig;
  EXPECT_EQ(rig.Run({"--help"}), ExitCode::kDone);
  EXPECT_THAT(rig.out.str(), HasSubstr("Exit status:"));
  ClientRig versioned;
  EXPECT_EQ(versioned.Run({"--version"}), ExitCode::kDone);
  EXPECT_THAT(versioned.out.str(), StartsWith("electra "));
}

TEST(Cli, UsageErrorsAreTwoAndOneSentence) {
  const std::vector<std::vector<std::string>> wrong = {
      {"--json"},
      {"train"},
      {"job"},
      {"job", "7f3a", "7f3a"},
      {"job", "list", "7f3a"},
      {"help", "train"},
      {"jobs", "--limit", "0"},
      {"jobs", "--limit", "many"},
      {"watch"},
      {"watch", "a", "b"},
      {"watch", "a", "--after", "-1"},
      {"submit", "--corpus"},
      {"submit"},
      {"submit", "--corpus", "x.csv", "--format", "pdf"},
      {"submit", "--corpus", "x.csv", "--priority", "high"},
      {"submit", "--corpus", "/no/such/file"},
      {"submit", "--config", "/no/such/file"},
      {"submit", "--corpus", "corpora/c1", "--column", "text"},
      {"submit", "--corpus", "corpora/c1", "--set", "epochs"},
      {"submit", "--corpus", "corpora/c1", "--name", "\xff"},
      {"jobs", "--lang", "de"},
      {"jobs", "--timeout", "0"},
      {"jobs", "--timeout", "nan"},
      {"jobs", "--server", "nowhere"},
      {"jobs", "--server", "host:0"},
      {"jobs", "--ca", "/no/such/file"},
      {"jobs", "--cert", "client.pem"},
      {"token"},
      {"token", "create"},
      {"token", "create", "--role", "root"},
      {"token", "create", "--role", "viewer", "--expires", "soon"},
      {"jobs", "--server", "http://host:50551"},
  };
  for (const auto& arguments : wrong) {
    ClientRig rig;
    EXPECT_EQ(rig.Run(arguments), ExitCode::kUsage) << ::testing::PrintToString(arguments);
    EXPECT_THAT(rig.err.str(), StartsWith("electra: ")) << ::testing::PrintToString(arguments);
    EXPECT_EQ(CountLines(rig.err.str()), 1u) << rig.err.str();
    EXPECT_THAT(rig.out.str(), IsEmpty());
  }
}

TEST(Cli, UsageErrorsNameTheValueAndTheLimit) {
  ClientRig rig;
  EXPECT_EQ(rig.Run({"train"}), ExitCode::kUsage);
  EXPECT_EQ(rig.Run({"watch", "a", "--after", "-1"}), ExitCode::kUsage);
  EXPECT_EQ(rig.Run({"jobs", "--limit", "many"}), ExitCode::kUsage);
  EXPECT_EQ(rig.err.str(),
            "electra: there is no command 'train'. Run 'electra --help'.\n"
            "electra: --after: '-1' is not a whole number of at least 0. Run 'electra watch "
            "--help'.\n"
            "electra: --limit: 'many' is not a whole number of at least 1. Run 'electra jobs "
            "--help'.\n");
}

TEST(Cli, UsageErrorsSayWhatWasMeant) {
  const std::pair<std::vector<std::string>, const char*> wrong[] = {
      {{"wacth", "a"}, "there is no command 'wacth': did you mean watch?"},
      {{"token", "lst"}, "there is no command 'token lst': did you mean token list?"},
      {{"job", "cancl", "7f3a"}, "there is no command 'job cancl': did you mean job cancel?"},
      {{"retry", "7f3a"}, "there is no command 'retry': did you mean job retry?"},
      {{"canel", "7f3a"}, "there is no command 'canel': did you mean job cancel?"},
      {{"job", "list", "7f3a"}, "unexpected argument '7f3a'. Run 'electra job list --help'."},
      {{"job"}, "no command given. Run 'electra job --help'."},
      {{"--json"}, "no command given. Run 'electra --help'."},
      {{"submit", "--colum", "x"}, "electra submit has no option --colum: did you mean --column?"},
      {{"watch", "--afer=3"}, "electra watch has no option --afer: did you mean --after?"},
      {{"jobs", "--servr", "x:1"}, "electra jobs has no option --servr: did you mean --server?"},
      {{"jobs", "--zebra"}, "electra jobs has no option --zebra. Run 'electra jobs --help'."},
      {{"watch", "a", "b"}, "unexpected argument 'b'. Run 'electra watch --help'."},
      {{"watch"}, "JOB | --follow-all is required. Run 'electra watch --help'."},
      {{"token"}, "no command given. Run 'electra token --help'."},
      {{"submit", "--format", "cvs"},
       "--format: 'cvs' is not one of txt, csv, tsv, jsonl: did you mean csv?"},
      {{"submit", "--priority", "high"},
       "--priority: 'high' is not a number. Run 'electra submit --help'."},
      {{"submit", "--corpus"}, "--corpus: expected a value. Run 'electra submit --help'."},
  };
  for (const auto& [arguments, sentence] : wrong) {
    ClientRig rig;
    EXPECT_EQ(rig.Run(arguments), ExitCode::kUsage);
    EXPECT_EQ(rig.err.str(), absl::StrCat("electra: ", sentence, "\n"));
  }
}

TEST(Cli, UsageErrorsAreKoreanWhereTheUserIs) {
  const std::pair<std::vector<std::string>, const char*> wrong[] = {
      {{"wacth", "a", "--lang", "ko"}, "'wacth' 명령은 없습니다. 혹시 watch인가요?"},
      {{"--lang", "ko", "jobs", "--limit", "0"},
       "--limit: '0'은(는) 1 이상의 정수가 아닙니다. electra jobs --help 참고"},
      {{"--lang", "ko", "jobs", "--keepalive", "0"},
       "--keepalive: '0'은(는) 1 이상 3600 이하의 정수가 아닙니다. electra jobs --help 참고"},
      {{"--lang", "ko", "jobs", "--limit", "1", "--limit", "2"},
       "--limit이(가) 두 번 있습니다. electra jobs --help 참고"},
      {{"--lang", "ko", "jobs", "--json=x"},
       "--json: 'x'은(는) true도 false도 아닙니다. electra jobs --help 참고"},
      {{"--lang", "ko", "watch", "a", "--follow-all"},
       "JOB과(와) --follow-all은(는) 함께 줄 수 없습니다. electra watch --help 참고"},
      {{"--lang", "ko", "token", "create", "--expires", "5x"},
       "--expires: '5x'은(는) d, h, w 같은 단위가 붙은 정수가 아닙니다. electra token create "
       "--help 참고"},
      {{"--lang=ko", "submit"},
       "말뭉치가 필요합니다: --corpus FILE, --corpus corpora/ID 또는 작업 파일의 `corpus:`"},
      {{"--lang", "ko", "submit", "--corpus", "/no/such/file"},
       "'/no/such/file' 파일을 열 수 없습니다: 그런 파일이나 폴더가 없습니다"},
  };
  for (const auto& [arguments, sentence] : wrong) {
    ClientRig rig;
    EXPECT_EQ(rig.Run(arguments), ExitCode::kUsage);
    EXPECT_EQ(rig.err.str(), absl::StrCat("electra: ", sentence, "\n"));
  }
}

TEST(Cli, NoServerIsFour) {
  FakeServer server;
  const std::string address = server.address();
  server.Stop();
  ClientRig rig;
  rig.server = address;
  EXPECT_EQ(rig.Run({"status"}), ExitCode::kNoServer);
  EXPECT_THAT(rig.err.str(), HasSubstr("electra: no server at " + address));
  EXPECT_THAT(rig.out.str(), IsEmpty());
}

TEST(Cli, ServerComesFromTheOptionThenTheEnvironment) {
  FakeServer server;
  ClientRig from_variable;
  from_variable.variables["ELECTRA_SERVER"] = server.address();
  EXPECT_EQ(from_variable.Run({"status"}), ExitCode::kDone);
  ClientRig from_option;
  from_option.variables["ELECTRA_SERVER"] = "127.0.0.1:1";
  EXPECT_EQ(from_option.Run({"status", "--server", server.address()}), ExitCode::kDone);
}

TEST(Cli, EmptyServerVariableIsNone) {
  ClientRig rig;
  rig.variables["ELECTRA_SERVER"] = "";
  rig.interruption.Trigger();  // the call to the default address must not depend on who listens
  EXPECT_EQ(rig.Run({"status"}), ExitCode::kInterrupted);
}

TEST(Cli, LanguageComesFromTheOptionThenTheLocale) {
  FakeServer server;
  server.daemon.status.set_version("1.2.3");
  ClientRig korean;
  korean.server = server.address();
  korean.UseTerminal(80);
  korean.variables["LANG"] = "ko_KR.UTF-8";
  EXPECT_EQ(korean.Run({"status"}), ExitCode::kDone);
  EXPECT_THAT(korean.out.str(), HasSubstr("버전"));
  korean.out.str("");
  EXPECT_EQ(korean.Run({"status", "--lang", "en"}), ExitCode::kDone);
  EXPECT_THAT(korean.out.str(), HasSubstr("VERSION"));
}

TEST(Cli, OutputThatCannotBeWrittenIsAnError) {
  ClientRig rig;
  rig.out.setstate(std::ios::badbit);
  EXPECT_EQ(rig.Run({"--help"}), ExitCode::kUsage);
  EXPECT_EQ(rig.err.str(), "electra: cannot write to standard output\n");
}

Language LanguageWith(std::map<std::string, std::string> variables) {
  return LanguageFromEnvironment([&](const std::string& name) -> std::optional<std::string> {
    return variables.count(name) == 0 ? std::nullopt : std::optional(variables[name]);
  });
}

TEST(Locale, TheFirstThatIsSetDecides) {
  EXPECT_EQ(LanguageWith({}), Language::kEnglish);
  EXPECT_EQ(LanguageWith({{"LANG", "ko"}}), Language::kKorean);
  EXPECT_EQ(LanguageWith({{"LC_ALL", "C"}, {"LANG", "ko_KR.UTF-8"}}), Language::kEnglish);
  EXPECT_EQ(LanguageWith({{"LC_ALL", ""}, {"LC_MESSAGES", "ko_KR"}, {"LANG", "en_US"}}),
            Language::kKorean);
  EXPECT_EQ(LanguageWith({{"LANG", "kok_IN"}}), Language::kEnglish);  // Konkani
}

TEST(Target, TakesHostsWithPorts) {
  for (const char* target :
       {"127.0.0.1:50551", "gpu1.example.org:1", "[::1]:65535", "unix:/run/electrad.sock"}) {
    EXPECT_TRUE(CheckTarget(target).ok()) << target;
  }
  for (const char* target : {"", ":1", "host", "host:", "host:70000", "host:-1", "::1:50551",
                             "dns:///host:1", "unix:", "a b:1"}) {
    EXPECT_FALSE(CheckTarget(target).ok()) << target;
  }
}

TEST(Labels, ErrorsSpeakBothLanguages) {
  const absl::Status inner = InvalidArgument(kPhrases.want_string, "name");
  const absl::Status outer = InvalidArgument(kPhrases.in_line, 3, inner);
  EXPECT_EQ(outer.message(), "line 3: name: expected a string");
  EXPECT_EQ(Bilingual(outer).In(Language::kKorean), "3번째 줄: name: 문자열이어야 합니다");
  EXPECT_EQ(Bilingual(absl::InternalError("only English")).In(Language::kKorean), "only English");
}

TEST(Labels, StatesAreNamedInBothLanguages) {
  EXPECT_EQ(StateLabel(v1::RUNNING, Language::kKorean), "학습");
  EXPECT_EQ(StateLabel(static_cast<v1::JobState>(99), Language::kEnglish), "state 99");
}

}  // namespace
}  // namespace electra::client
