// Named servers and defaults: `electra context` and config.toml.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "client/settings/config_file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/client/fake_server.h"
#include "tests/client/rig.h"

namespace electra::client {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class ContextTest : public ::testing::Test {
 protected:
  ContextTest() : folder_("unused", "") {
    rig_.variables["XDG_CONFIG_HOME"] = folder_.folder();
    server_.daemon.status.set_version("1.2.3");
  }

  std::string path() const { return folder_.folder() + "/electra/config.toml"; }

  void Write(const std::string& text) {
    std::filesystem::create_directories(folder_.folder() + "/electra");
    std::ofstream(path()) << text;
  }

  std::string Read() const {
    std::ifstream file(path());
    return {std::istreambuf_iterator<char>(file), {}};
  }

  // The output of `context show` for a setting: value and source.
  std::pair<std::string, std::string> Shown(const std::string& key) {
    rig_.out.str("");
    EXPECT_EQ(rig_.Run({"--json", "context", "show"}), ExitCode::kDone) << rig_.err.str();
    const nlohmann::json shown = nlohmann::json::parse(rig_.out.str(), nullptr, false);
    return {shown[key]["value"], shown[key]["from"]};
  }

  TemporaryFile folder_;
  FakeServer server_;
  ClientRig rig_;
};

TEST_F(ContextTest, TheFirstThatIsAddedIsUsed) {
  ASSERT_EQ(rig_.Run({"context", "add", "here", "--server", server_.address()}), ExitCode::kDone)
      << rig_.err.str();
  EXPECT_EQ(rig_.out.str(), "Added context here for " + server_.address() + ".\n");
  EXPECT_EQ(rig_.Run({"status"}), ExitCode::kDone) << rig_.err.str();
  EXPECT_THAT(rig_.out.str(), HasSubstr("version\t1.2.3"));
  EXPECT_EQ(std::filesystem::status(path()).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(ContextTest, UseListRemove) {
  rig_.Run({"context", "add", "a", "--server", "a:1", "--lang", "ko"});
  rig_.Run({"context", "add", "b", "--server", server_.address(), "--ca", "/ca.pem"});
  rig_.out.str("");
  ASSERT_EQ(rig_.Run({"context", "use", "b", "--lang", "en"}), ExitCode::kDone) << rig_.err.str();
  ASSERT_EQ(rig_.Run({"context", "list"}), ExitCode::kDone);
  EXPECT_EQ(rig_.out.str(), "Now using context b (" + server_.address() + ").\n" +
                                "\ta\ta:1\t\tko\n*\tb\t" + server_.address() + "\t/ca.pem\t\n");
  rig_.out.str("");
  ASSERT_EQ(rig_.Run({"context", "remove", "b"}), ExitCode::kDone);
  EXPECT_EQ(rig_.out.str(), "Removed context b.\n");
  EXPECT_EQ(Shown("server").second, "built in");
  EXPECT_EQ(rig_.Run({"context", "use", "b"}), ExitCode::kUsage);
  EXPECT_EQ(rig_.err.str(), "electra: there is no context 'b'\n");
}

TEST_F(ContextTest, ListAndShowForPeopleInBothLanguages) {
  Write("context = \"gpu1\"\n[contexts.gpu1]\nserver = \"gpu1:50551\"\nca = \"/ca.pem\"\n");
  rig_.UseTerminal(80);
  ASSERT_EQ(rig_.Run({"context", "list"}), ExitCode::kDone);
  EXPECT_EQ(rig_.out.str(),
            "   CONTEXT  SERVER      CA       LANGUAGE\n"
            "*  gpu1     gpu1:50551  /ca.pem\n");
  rig_.out.str("");
  ASSERT_EQ(rig_.Run({"context", "show", "--lang", "ko", "--timeout", "5"}), ExitCode::kDone);
  EXPECT_EQ(rig_.out.str(),
            "                       출처\n"
            "서버       gpu1:50551  컨텍스트 gpu1\n"
            "CA         /ca.pem     컨텍스트 gpu1\n"
            "언어       ko          --lang\n"
            "제한 시간  5           --timeout\n");
}

TEST_F(ContextTest, WhatIsGivenWinsOverVariablesOverTheContextOverDefaults) {
  Write(
      "context = \"gpu1\"\n[defaults]\nlang = \"ko\"\ntimeout = 60\nmodel = \"base\"\n"
      "[contexts.gpu1]\nserver = \"gpu1:1\"\nca = \"/one.pem\"\nlang = \"en\"\n"
      "[contexts.gpu2]\nserver = \"gpu2:1\"\n");
  using Pair = std::pair<std::string, std::string>;
  EXPECT_EQ(Shown("server"), Pair("gpu1:1", "context gpu1"));
  EXPECT_EQ(Shown("lang"), Pair("en", "context gpu1"));
  EXPECT_EQ(Shown("timeout"), Pair("60", "defaults of " + path()));
  EXPECT_EQ(Shown("model"), Pair("base", "defaults of " + path()));
  rig_.variables["ELECTRA_CONTEXT"] = "gpu2";
  EXPECT_EQ(Shown("server"), Pair("gpu2:1", "context gpu2"));
  EXPECT_EQ(Shown("ca"), Pair("", ""));
  EXPECT_EQ(Shown("lang"), Pair("ko", "defaults of " + path()));
  rig_.variables = {{"XDG_CONFIG_HOME", folder_.folder()},
                    {"ELECTRA_SERVER", "env:1"},
                    {"ELECTRA_LANG", "ko"},
                    {"ELECTRA_TIMEOUT", "7"},
                    {"ELECTRA_MODEL", "tiny"},
                    {"ELECTRA_CA", "/env.pem"}};
  EXPECT_EQ(Shown("server"), Pair("env:1", "ELECTRA_SERVER"));
  EXPECT_EQ(Shown("ca"), Pair("/env.pem", "ELECTRA_CA"));
  EXPECT_EQ(Shown("lang"), Pair("ko", "ELECTRA_LANG"));
  EXPECT_EQ(Shown("timeout"), Pair("7", "ELECTRA_TIMEOUT"));
  EXPECT_EQ(Shown("model"), Pair("tiny", "ELECTRA_MODEL"));
  rig_.out.str("");
  ASSERT_EQ(rig_.Run({"context", "show", "gpu1", "--lang", "en", "--timeout", "9"}),
            ExitCode::kDone);
  EXPECT_EQ(rig_.out.str(),
            "server\tgpu1:1\tcontext gpu1\nca\t/env.pem\tELECTRA_CA\nlang\ten\t--lang\n"
            "timeout\t9\t--timeout\nmodel\ttiny\tELECTRA_MODEL\n");
}

TEST_F(ContextTest, AServerThatIsGivenHasNothingOfTheContext) {
  Write("context = \"gpu1\"\n[contexts.gpu1]\nserver = \"gpu1:1\"\nca = \"/no/such.pem\"\n");
  EXPECT_EQ(rig_.Run({"status"}), ExitCode::kUsage);  // its CA is not there
  EXPECT_THAT(rig_.err.str(), HasSubstr("/no/such.pem"));
  EXPECT_EQ(rig_.Run({"status", "--server", server_.address()}), ExitCode::kDone);
}

TEST_F(ContextTest, TheDefaultModelIsSubmitted) {
  Write("[defaults]\nmodel = \"base\"\n");
  rig_.server = server_.address();
  ASSERT_EQ(rig_.Run({"submit", "--corpus", "corpora/c1"}), ExitCode::kDone) << rig_.err.str();
  ASSERT_EQ(rig_.Run({"submit", "--corpus", "corpora/c1", "--model", "tiny"}), ExitCode::kDone);
  ASSERT_THAT(server_.jobs.submitted, SizeIs(2));
  EXPECT_EQ(server_.jobs.submitted[0].model(), "models/base");
  EXPECT_EQ(server_.jobs.submitted[1].model(), "models/tiny");
}

TEST_F(ContextTest, CommentsStayWhereTheyAre) {
  Write(
      "# how I work\n[defaults]\n# slow line\ntimeout = 60\n\n"
      "[contexts.gpu1]\n# the old one\nserver = \"gpu1:1\"\n");
  ASSERT_EQ(rig_.Run({"context", "add", "gpu2", "--server", "gpu2:1"}), ExitCode::kDone)
      << rig_.err.str();
  for (const char* comment : {"# how I work", "# slow line", "# the old one"}) {
    EXPECT_THAT(Read(), HasSubstr(comment));
  }
  ASSERT_EQ(rig_.Run({"context", "use", "gpu2"}), ExitCode::kDone) << rig_.err.str();
  EXPECT_EQ(Shown("server").first, "gpu2:1");
  EXPECT_EQ(Shown("timeout").first, "60");
}

TEST_F(ContextTest, ADamagedFileIsSaidWithItsLineAndLeftAlone) {
  const std::pair<const char*, const char*> wrong[] = {
      {"context = \"a\"\n\n[defaults]\nlnag = \"ko\"\n",
       "line 4: unknown key 'lnag': did you mean lang?; valid keys: lang, model, timeout"},
      {"[defaults]\ntimeout = \"long\"\n", "line 2: timeout: expected a number"},
      {"[defaults]\nlang = \"de\"\n", "line 2: language 'de' is not one of ko, en"},
      {"[contexts.a]\nca = \"x\"\n", "a.server: expected a string"},
      {"contexts = 5\n", "line 1: contexts: expected a table"},
      {"context = \n", "line 1: "},
  };
  for (const auto& [text, sentence] : wrong) {
    Write(text);
    ClientRig rig;
    rig.variables = rig_.variables;
    EXPECT_EQ(rig.Run({"jobs"}), ExitCode::kUsage) << text;
    EXPECT_THAT(rig.err.str(), HasSubstr(sentence));
    EXPECT_THAT(rig.err.str(), HasSubstr(path()));
    EXPECT_EQ(CountLines(rig.err.str()), 1u) << rig.err.str();
    EXPECT_EQ(rig.Run({"context", "add", "b", "--server", "b:1"}), ExitCode::kUsage);
    EXPECT_EQ(Read(), text);
  }
}

TEST_F(ContextTest, NamesAndServersAreChecked) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"context", "add", "a/b", "--server", "a:1"},
                                             {"context", "add", "", "--server", "a:1"},
                                             {"context", "add", "a", "--server", "nowhere"},
                                             {"context", "add", "a"},
                                             {"context", "remove", "a"},
                                             {"context", "show", "a"},
                                             {"--context", "a", "jobs"}}) {
    ClientRig rig;
    rig.variables = rig_.variables;
    EXPECT_EQ(rig.Run(arguments), ExitCode::kUsage) << ::testing::PrintToString(arguments);
    EXPECT_THAT(rig.err.str(), Not(IsEmpty()));
  }
  EXPECT_FALSE(std::filesystem::exists(path()));
  rig_.variables.clear();
  EXPECT_EQ(rig_.Run({"context", "add", "a", "--server", "a:1"}), ExitCode::kUsage);
  EXPECT_THAT(rig_.err.str(), HasSubstr("neither HOME nor XDG_CONFIG_HOME is set"));
}

TEST_F(ContextTest, HintsNameTheContext) {
  Write("[contexts.here]\nserver = \"" + server_.address() + "\"\n");
  server_.jobs.job.set_name("jobs/7f3a");
  ASSERT_EQ(rig_.Run({"--context", "here", "submit", "--corpus", "corpora/c1"}), ExitCode::kDone)
      << rig_.err.str();
  EXPECT_THAT(rig_.err.str(), HasSubstr("electra --context here watch 7f3a"));
  rig_.err.str("");
  EXPECT_EQ(rig_.Run({"--context", "hree", "status"}), ExitCode::kUsage);
  EXPECT_EQ(rig_.err.str(), "electra: there is no context 'hree': did you mean here?\n");
}

}  // namespace
}  // namespace electra::client
