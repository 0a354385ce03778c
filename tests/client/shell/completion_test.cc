// `electra __complete`, `electra completion`, `electra man`.
#include "client/shell/completion.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/cli.h"
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
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::StartsWith;

class CompletionTest : public ::testing::Test {
 protected:
  CompletionTest() {
    rig_.variables["ELECTRA_SERVER"] = server_.address();
    for (const auto& [name, state] : {std::pair("7f3a", v1::RUNNING), std::pair("7b11", v1::FAILED),
                                      std::pair("5d1c", v1::PAUSED)}) {
      v1::Job job;
      job.set_name(std::string("jobs/") + name);
      job.set_display_name("책 books");
      job.set_state(state);
      server_.jobs.jobs.push_back(job);
    }
    v1::Hyperparameter unit;
    unit.set_key("mask_unit");
    unit.set_accepted("one of token, word, span");
    v1::Hyperparameter rate;
    rate.set_key("learning_rate");
    rate.set_accepted("above 0, at most 1");
    server_.jobs.hyperparameters = {unit, rate};
    v1::Model model;
    model.set_name("models/koelectra");
    server_.models.models = {model};
    v1::Corpus corpus;
    corpus.set_name("corpora/c1");
    corpus.set_file_name("books.csv");
    server_.corpora.corpora = {corpus};
  }

  // The lines of the answer, without descriptions.
  std::vector<std::string> Completed(std::vector<std::string> words) {
    words.insert(words.begin(), "__complete");
    rig_.out.str("");
    EXPECT_EQ(rig_.Run(words), ExitCode::kDone);
    EXPECT_THAT(rig_.err.str(), IsEmpty());
    std::vector<std::string> lines;
    for (absl::string_view line : absl::StrSplit(rig_.out.str(), '\n', absl::SkipEmpty())) {
      lines.emplace_back(line.substr(0, line.find('\t')));
    }
    return lines;
  }

  FakeServer server_;
  ClientRig rig_;
};

TEST_F(CompletionTest, Commands) {
  EXPECT_THAT(Completed({""}), IsSupersetOf({"submit", "watch", "context", "completion", "man"}));
  EXPECT_THAT(Completed({"mo"}), ElementsAre("model"));
  EXPECT_THAT(Completed({"model", ""}), ElementsAre("list", "import", "download", "delete"));
  EXPECT_THAT(Completed({"token", ""}), ElementsAre("create", "list", "revoke"));
  EXPECT_THAT(Completed({"--lang", "ko", "wa"}), ElementsAre("watch"));
  EXPECT_THAT(Completed({"status", ""}), IsEmpty());
  EXPECT_THAT(Completed({"ca"}), IsEmpty());  // no old spelling
  EXPECT_THAT(Completed({"help", "wa"}), ElementsAre("watch"));
  EXPECT_THAT(Completed({"help", "token", ""}), ElementsAre("create", "list", "revoke"));
  EXPECT_THAT(Completed({"help", "nonsense", ""}), IsEmpty());
}

TEST_F(CompletionTest, JobsByTheirNamesOnceOneIsTyped) {
  for (v1::Job& job : server_.jobs.jobs) job.set_display_name("books");
  EXPECT_THAT(Completed({"watch", "b"}), IsEmpty());  // all of them are named so
  server_.jobs.jobs[2].set_display_name("책");
  server_.jobs.jobs[1].set_display_name("best of all");  // more than a word
  EXPECT_THAT(Completed({"watch", "b"}), ElementsAre("books"));
  EXPECT_THAT(Completed({"watch", ""}), ElementsAre("7f3a", "7b11", "5d1c"));
}

TEST_F(CompletionTest, ShellsGetPlainWordsOfAServerAlone) {
  std::vector<v1::Model> models(7);
  const char* names[] = {"$(x)", "a;b", "-x", ":files", "a b", "\u202Ea", "여름-1.0"};
  for (size_t i = 0; i < models.size(); ++i) models[i].set_name(absl::StrCat("models/", names[i]));
  server_.models.models = models;
  EXPECT_THAT(Completed({"submit", "--model", ""}), ElementsAre("여름-1.0"));
}

TEST_F(CompletionTest, OptionsOfTheCommandAndOfTheProgram) {
  EXPECT_THAT(Completed({"submit", "--co"}),
              ElementsAre("--corpus", "--column", "--config", "--context", "--color"));
  EXPECT_THAT(Completed({"model", "download", "--"}),
              IsSupersetOf({"--checkpoint", "--part", "--server", "--help"}));
  EXPECT_THAT(Completed({"watch", "--", "--"}), Not(Contains(StartsWith("--"))));
}

TEST_F(CompletionTest, ChoicesBehindABlankOrAnEqualsSign) {
  EXPECT_THAT(Completed({"--lang", ""}), ElementsAre("ko", "en"));
  EXPECT_THAT(Completed({"submit", "--format", "t"}), ElementsAre("txt", "tsv"));
  EXPECT_THAT(Completed({"submit", "--format=c"}), ElementsAre("--format=csv"));
  EXPECT_THAT(Completed({"token", "create", "--role", ""}),
              ElementsAre("viewer", "submitter", "admin"));
  EXPECT_THAT(Completed({"completion", ""}), ElementsAre("bash", "zsh", "fish"));
}

TEST_F(CompletionTest, JobsThatTheCommandCanDoSomethingWith) {
  EXPECT_THAT(Completed({"watch", ""}), ElementsAre("7f3a", "7b11", "5d1c"));
  EXPECT_THAT(Completed({"watch", "7"}), ElementsAre("7f3a", "7b11"));
  EXPECT_THAT(Completed({"job", "cancel", ""}), ElementsAre("7f3a", "5d1c"));
  EXPECT_THAT(Completed({"job", "resume", ""}), ElementsAre("5d1c"));
  EXPECT_THAT(Completed({"job", "retry", ""}), ElementsAre("7b11"));
  EXPECT_THAT(Completed({"job", "re"}), ElementsAre("resume", "retry", "rename"));
  EXPECT_THAT(Completed({"cancel", ""}), ElementsAre("7f3a", "5d1c"));  // an old spelling
  EXPECT_THAT(Completed({"watch", "7f3a", ""}), IsEmpty());
  Completed({"watch", "7f"});
  EXPECT_EQ(rig_.out.str(), "7f3a\trunning 책 books\n");
}

TEST_F(CompletionTest, ModelsCorporaFilesAndFolders) {
  EXPECT_THAT(Completed({"submit", "--model", ""}), ElementsAre("koelectra"));
  EXPECT_THAT(Completed({"submit", "--model", "jobs/7"}), IsEmpty());  // without a model yet
  server_.jobs.jobs[1].set_model_path("/data/jobs/7b11/checkpoints/step-00000060");
  EXPECT_THAT(Completed({"submit", "--model", "jobs/7"}), ElementsAre("jobs/7b11"));
  EXPECT_THAT(Completed({"model", "delete", "j"}), IsEmpty());
  EXPECT_THAT(Completed({"model", "delete", ""}), ElementsAre("koelectra"));
  EXPECT_THAT(Completed({"submit", "--corpus", ""}), ElementsAre(":files", "corpora/c1"));
  EXPECT_THAT(Completed({"corpus", "delete", ""}), ElementsAre("corpora/c1"));
  EXPECT_THAT(Completed({"config", "validate", ""}), ElementsAre(":files"));
  EXPECT_THAT(Completed({"model", "download", "7f3a", ""}), ElementsAre(":folders"));
}

TEST_F(CompletionTest, HyperparametersAndWhatTheyAccept) {
  EXPECT_THAT(Completed({"submit", "--set", ""}),
              ElementsAre(":open", "mask_unit=", "learning_rate="));
  EXPECT_THAT(Completed({"submit", "--set", "learning_rate=1", "mask"}),
              ElementsAre(":open", "mask_unit="));
  EXPECT_THAT(Completed({"submit", "--set", "mask_unit="}),
              ElementsAre("mask_unit=token", "mask_unit=word", "mask_unit=span"));
  EXPECT_THAT(Completed({"submit", "--sweep", "mask_unit=w"}), ElementsAre("mask_unit=word"));
  EXPECT_THAT(Completed({"config", "explain", "m"}), ElementsAre("mix", "model", "mask_unit"));
}

TEST_F(CompletionTest, TheServerIsTheOneThatTheLineNames) {
  rig_.variables["ELECTRA_SERVER"] = "127.0.0.1:1";
  EXPECT_THAT(Completed({"watch", ""}), IsEmpty());
  EXPECT_THAT(Completed({"--server", server_.address(), "watch", "5"}), ElementsAre("5d1c"));
  EXPECT_THAT(Completed({"watch", "--server=" + server_.address(), "5"}), ElementsAre("5d1c"));
}

TEST_F(CompletionTest, SilentWhereThereIsNoServerOrNoSense) {
  server_.Stop();
  EXPECT_THAT(Completed({"watch", ""}), IsEmpty());
  EXPECT_THAT(Completed({"submit", "--set", ""}), ElementsAre(":open"));
  rig_.variables["ELECTRA_SERVER"] = "nowhere";
  EXPECT_THAT(Completed({"watch", ""}), IsEmpty());
  EXPECT_THAT(Completed({"nonsense", "--what", ""}), Not(Contains(HasSubstr("error"))));
  EXPECT_THAT(Completed({}), Not(IsEmpty()));
}

TEST(ChoicesOf, EveryChoiceOfEveryCommandIsOne) {
  ClientRig rig;
  EXPECT_EQ(rig.Run({"completion", "tcsh"}), ExitCode::kUsage);
  EXPECT_THAT(rig.err.str(), HasSubstr("'tcsh' is not one of bash, zsh, fish"));
}

TEST(Man, HasEveryCommandAndNoLineThatRoffWouldTakeForARequest) {
  ClientRig rig;
  ASSERT_EQ(rig.Run({"man"}), ExitCode::kDone);
  const std::string page = rig.out.str();
  EXPECT_THAT(page, StartsWith(".TH ELECTRA 1"));
  for (const std::vector<std::string>& command : AllCommands()) {
    EXPECT_THAT(page, HasSubstr(".SS electra " + absl::StrJoin(command, " ")));
  }
  EXPECT_THAT(page, HasSubstr("\\fIHOST:PORT\\fR"));
  const std::vector<std::string> requests = {".TH", ".SH", ".SS", ".TP",
                                             ".PP", ".nf", ".fi", ".BR"};
  for (absl::string_view line : absl::StrSplit(page, '\n')) {
    if (!absl::StartsWith(line, ".")) continue;
    EXPECT_THAT(requests, Contains(std::string(line.substr(0, 3)))) << line;
  }
}

}  // namespace
}  // namespace electra::client
