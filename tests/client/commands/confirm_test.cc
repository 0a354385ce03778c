// Confirmation comes before anything is deleted for good, with the jobs that refer to it.
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/fake_server.h"
#include "tests/client/rig.h"

namespace electra::client {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using Words = std::vector<std::string>;

class ConfirmTest : public ::testing::Test {
 protected:
  ConfirmTest() {
    rig_.server = server_.address();
    v1::Corpus corpus;
    corpus.set_name("corpora/5d1c");
    corpus.set_file_name("책.csv");
    server_.corpora.corpora = {corpus};
    v1::Model model;
    model.set_name("models/mine");
    server_.models.models = {model};
    server_.access.token.set_name("tokens/0123456789ab");
    server_.access.token.set_display_name("ann");
  }

  void AddJob(const std::string& id, const std::string& name) {
    v1::Job job;
    job.set_name("jobs/" + id);
    job.set_display_name(name);
    job.set_state(v1::SUCCEEDED);
    job.mutable_create_time()->set_seconds(absl::ToUnixSeconds(rig_.now) - 7200);
    server_.jobs.jobs.push_back(job);
  }

  // The number of deletions so far.
  size_t Gone() const {
    return server_.corpora.deleted.size() + server_.models.deleted.size() +
           server_.access.revoked.size();
  }

  const std::vector<Words> commands_ = {
      {"corpus", "delete", "5d1c"}, {"model", "delete", "mine"}, {"token", "revoke", "0123"}};
  FakeServer server_;
  ClientRig rig_;
};

TEST_F(ConfirmTest, WithoutATerminalNothingGoesUnlessYesIsGiven) {
  for (Words words : commands_) {
    rig_.err.str("");
    EXPECT_EQ(rig_.Run(words), ExitCode::kUsage) << words[0];
    EXPECT_EQ(rig_.err.str(),
              "electra: cannot ask for confirmation: standard input is not a terminal. Use --yes "
              "to skip the question\n");
    EXPECT_EQ(Gone(), 0u);
  }
  rig_.questions.clear();
  server_.jobs.list_requests.clear();
  for (Words words : commands_) {
    words.push_back("--yes");
    EXPECT_EQ(rig_.Run(words), ExitCode::kDone) << words[0] << rig_.err.str();
  }
  EXPECT_EQ(Gone(), 3u);
  EXPECT_THAT(rig_.questions, IsEmpty());
  EXPECT_THAT(server_.jobs.list_requests, IsEmpty());
}

TEST_F(ConfirmTest, OnlyYesIsYes) {
  for (const char* no : {"", "n", "nein", "yy"}) {
    rig_.answer = no;
    for (const Words& words : commands_) EXPECT_EQ(rig_.Run(words), ExitCode::kDone);
  }
  EXPECT_EQ(Gone(), 0u);
  EXPECT_THAT(rig_.out.str(), EndsWith("corpora/5d1c was not deleted.\n"
                                       "models/mine was not deleted.\n"
                                       "tokens/0123456789ab was not revoked.\n"));
  for (const char* yes : {"y", " Yes ", "예"}) {
    rig_.answer = yes;
    for (const Words& words : commands_) EXPECT_EQ(rig_.Run(words), ExitCode::kDone);
  }
  EXPECT_EQ(Gone(), 9u);
  EXPECT_EQ(server_.corpora.deleted[0], "corpora/5d1c");
  EXPECT_EQ(server_.models.deleted[0], "models/mine");
  EXPECT_EQ(server_.access.revoked[0], "tokens/0123456789ab");  // the one in the question
}

TEST_F(ConfirmTest, TheQuestionNamesTheJobsThatReferToIt) {
  rig_.answer = "n";
  EXPECT_EQ(rig_.Run({"corpus", "delete", "5d1c"}), ExitCode::kDone);
  EXPECT_EQ(rig_.questions.back(),
            "No job refers to corpora/5d1c.\nDelete corpora/5d1c (책.csv)? [y/N] ");
  AddJob("7f3a", "books");
  EXPECT_EQ(rig_.Run({"corpus", "delete", "5d1c"}), ExitCode::kDone);
  EXPECT_EQ(rig_.questions.back(),
            "Jobs that refer to corpora/5d1c:\n"
            "  7f3a  succeeded  2026-11-25T10:00:00Z  books\n"
            "Delete corpora/5d1c (책.csv)? [y/N] ");
  EXPECT_EQ(rig_.Run({"token", "revoke", "0123"}), ExitCode::kDone);
  EXPECT_THAT(rig_.questions.back(), EndsWith("\nRevoke tokens/0123456789ab (ann)? [y/N] "));
  EXPECT_EQ(rig_.Run({"model", "delete", "mine", "--lang", "ko"}), ExitCode::kDone);
  EXPECT_THAT(rig_.questions.back(), EndsWith("\nmodels/mine 모델을 삭제할까요? [y/N] "));
  std::vector<std::string> filters;
  for (const auto& request : server_.jobs.list_requests) filters.push_back(request.filter());
  EXPECT_THAT(filters,
              ElementsAre("corpus=\"corpora/5d1c\"", "corpus=\"corpora/5d1c\"",
                          "submitted_by=\"tokens/0123456789ab\"", "model=\"models/mine\""));
  for (int i = 0; i < 20; ++i) AddJob(absl::StrCat("a", i), "\x1b[2J");
  EXPECT_EQ(rig_.Run({"corpus", "delete", "5d1c"}), ExitCode::kDone);
  EXPECT_EQ(CountLines(rig_.questions.back()), 12u);
  EXPECT_THAT(rig_.questions.back(), HasSubstr("\n  and others\nDelete "));
  EXPECT_THAT(rig_.questions.back(), Not(HasSubstr("\x1b")));
}

TEST_F(ConfirmTest, WhatIsNotThereIsRefusedBeforeTheQuestion) {
  rig_.answer = "y";
  EXPECT_EQ(rig_.Run({"corpus", "delete", "other"}), ExitCode::kRefused);
  EXPECT_EQ(rig_.Run({"model", "delete", "other"}), ExitCode::kRefused);
  EXPECT_THAT(rig_.questions, IsEmpty());
  EXPECT_EQ(Gone(), 0u);
}

}  // namespace
}  // namespace electra::client
