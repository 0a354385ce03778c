#include "client/cli.h"

#include "client/connection.h"
#include "client/locale.h"
#include "client/render/labels.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/fake_server.h"
#include "tests/client/rig.h"

namespace electra::client {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST(Cli, HelpOfEachCommandHasAnExample) {
  for (const char* command :
       {"submit", "watch", "jobs", "job", "cancel", "samples", "metrics", "corpora", "models",
        "hyperparameters", "status", "login", "logout", "token"}) {
    ClientRig rig;
    EXPECT_EQ(rig.Run({command, "--help"}), ExitCode::kDone) << command;
    EXPECT_THAT(rig.out.str(), HasSubstr(std::string("Example:\n  electra ")));
    EXPECT_THAT(rig.out.str(), HasSubstr(std::string("electra ") + command)) << command;
    EXPECT_THAT(rig.err.str(), IsEmpty());
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
      {},
      {"train"},
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
            "electra: there is no command 'train'; see electra --help\n"
            "electra: --after: '-1' is not a whole number of at least 0; see electra --help\n"
            "electra: --limit: 'many' is not a whole number of at least 1; see electra --help\n");
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

TEST(Labels, EveryEntryExistsInBothLanguages) {
  for (Language language : {Language::kEnglish, Language::kKorean}) {
    const Labels& labels = LabelsFor(language);
    const auto* entries = reinterpret_cast<const char* const*>(&labels);
    for (size_t i = 0; i < sizeof(Labels) / sizeof(const char*); ++i) {
      ASSERT_NE(entries[i], nullptr) << i;
      EXPECT_STRNE(entries[i], "") << i;
    }
  }
  EXPECT_EQ(StateLabel(v1::RUNNING, Language::kKorean), "학습");
  EXPECT_EQ(StateLabel(static_cast<v1::JobState>(99), Language::kEnglish), "state 99");
}

}  // namespace
}  // namespace electra::client
