// `electra config init|explain|validate`.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "client/jobfile/job_config.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/client/fake_server.h"
#include "tests/client/rig.h"

namespace electra::client {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

v1::Hyperparameter Described(const std::string& key, const std::string& type,
                             const std::string& default_value, const Message& accepted,
                             const std::string& description) {
  v1::Hyperparameter one;
  one.set_key(key);
  one.set_type(type);
  one.set_default_value(default_value);
  one.set_accepted(accepted.text());
  one.mutable_accepted_code()->set_code(accepted.code());
  one.mutable_accepted_code()->mutable_args()->insert(accepted.args().begin(),
                                                      accepted.args().end());
  one.set_description(description);
  return one;
}

class ConfigCommandTest : public ::testing::Test {
 protected:
  ConfigCommandTest() {
    rig_.server = server_.address();
    v1::Hyperparameter rate =
        Described("learning_rate", "number", "the model's: tiny, small 5e-4; base, large 2e-4",
                  Message("ABOVE_AND_AT_MOST", "above {least}, at most {most}", 0, 1),
                  "Peak learning rate of AdamW");
    v1::Hyperparameter epochs =
        Described("num_train_epochs", "number", "3.0",
                  Message("ABOVE_AND_AT_MOST", "above {least}, at most {most}", 0, 1e6),
                  "Passes over the training part of the corpus");
    epochs.add_aliases("epochs");
    v1::Hyperparameter novel = Described("novel", "boolean", "false",
                                         Message("BOOLEAN", "true or false"), "Of a newer server");
    server_.jobs.hyperparameters = {rate, epochs, novel};
    v1::Model small;
    small.set_name("models/small");
    small.set_learning_rate(5e-4);
    server_.models.models = {small};
  }

  FakeServer server_;
  ClientRig rig_;
};

constexpr char kTemplate[] =
    "# Job file for `electra submit --config job.yaml`. Lines that begin with # show the "
    "defaults.\n\n"
    "# Text file (.gz and .zst too), folder, Parquet or Arrow, relative to this file; or "
    "corpora/ID of "
    "a corpus on the server\n"
    "corpus: books.csv\n\n"
    "# Further corpora to train on, each with its share of the tokens (0.2); corpus has the rest. "
    "Shares of 0: each corpus as it is\n"
    "# mix: {general.txt: 0.2}  # none\n\n"
    "# Further texts to evaluate on: a name and a file of each, at most 4\n"
    "# eval_corpora: {general: held_out.txt}  # none\n\n"
    "# Column (csv, tsv) or field (jsonl) that contains the text\n"
    "# column: text  # none\n\n"
    "# File format (txt, csv, tsv, jsonl)\n"
    "# format: csv  # from the file extension\n\n"
    "# Character encoding: cp949, euc-kr, utf-16, ...\n"
    "# encoding: utf-8\n\n"
    "# What to do with bytes that are not valid text: refuse the corpus, replace them, or skip the "
    "sample (refuse, replace, skip)\n"
    "# on_invalid: refuse\n\n"
    "# Character between the columns (csv, tsv)\n"
    "# delimiter: ';'  # by the format\n\n"
    "# What quotes mean (csv, tsv): text (none), or the enclosure of a field (csv) (none, csv)\n"
    "# quoting: none  # by the format\n\n"
    "# WordPiece vocabulary: a vocab.txt or tokenizer.json, relative to this file\n"
    "# vocab: vocab.txt  # trained from the corpus\n\n"
    "# Model to start from: tiny, small, base or large from scratch, an imported model, or jobs/ID "
    "for the model of a job\n"
    "model: small\n\n"
    "# Display name of the job\n"
    "# name: books  # none\n\n"
    "# Jobs with a higher priority are trained first (-100 ... 100)\n"
    "# priority: 0\n\n"
    "# File of probe sentences, one per line; every sample shows them with the same masks\n"
    "# probe: sentences.txt  # none\n\n"
    "# Webhook that the server tells when the job ends, fails or is paused\n"
    "# notify: https://hooks.example.com/books  # none\n\n"
    "# --set KEY=VALUE sets these too.\n"
    "hyperparameters:\n"
    "  # Peak learning rate of AdamW (above 0, at most 1)\n"
    "  # learning_rate: 0.0005\n"
    "  # Passes over the training part of the corpus (above 0, at most 1e+06)\n"
    "  # num_train_epochs: 3.0\n"
    "  # Of a newer server (true or false)\n"
    "  # novel: false\n";

TEST_F(ConfigCommandTest, InitIsAFileWithEveryKey) {
  ASSERT_EQ(rig_.Run({"config", "init", "--model", "small"}), ExitCode::kDone) << rig_.err.str();
  EXPECT_EQ(rig_.out.str(), kTemplate);
}

TEST_F(ConfigCommandTest, InitInKorean) {
  ASSERT_EQ(rig_.Run({"config", "init", "--lang", "ko"}), ExitCode::kDone) << rig_.err.str();
  EXPECT_THAT(
      rig_.out.str(),
      HasSubstr("# `electra submit --config job.yaml`(으)로 제출하는 작업. #으로 시작하는 줄은 "
                "기본값입니다.\n"));
  EXPECT_THAT(rig_.out.str(), HasSubstr("# model: small\n"));
  EXPECT_THAT(rig_.out.str(),
              HasSubstr("  # AdamW의 최고 학습률 (0 초과 1 이하)\n"
                        "  # learning_rate:  # 모델에 따라: tiny, small 5e-4; base, large 2e-4\n"
                        "  # 말뭉치의 학습 부분을 반복하는 횟수 (0 초과 1e+06 이하)\n"));
  EXPECT_THAT(rig_.out.str(), HasSubstr("  # Of a newer server (true 또는 false)\n"));
}

// As a user makes it: the file parses as it is, and with every # in front of a key removed.
TEST_F(ConfigCommandTest, WhatInitWritesIsAJobFile) {
  const absl::StatusOr<JobConfig> config = ParseJobConfig(kTemplate, ConfigSyntax::kYaml, "job");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->corpus, "books.csv");
  EXPECT_EQ(config->model, "small");
  EXPECT_TRUE(config->hyperparameters.fields().empty());
  std::string all;
  std::istringstream lines(kTemplate);
  for (std::string line; std::getline(lines, line);) {
    const size_t mark = line.find("# ");
    const size_t colon = line.find(": ");
    const bool is_key = mark != std::string::npos && colon != std::string::npos &&
                        line.substr(mark + 2, colon - mark - 2).find(' ') == std::string::npos;
    all += is_key && line.find_first_not_of(" ") == mark
               ? line.substr(0, mark) + line.substr(mark + 2)
               : line;
    all += "\n";
  }
  const absl::StatusOr<JobConfig> full = ParseJobConfig(all, ConfigSyntax::kYaml, "job");
  ASSERT_TRUE(full.ok()) << full.status() << all;
  EXPECT_EQ(full->priority, 0);
  EXPECT_EQ(full->hyperparameters.fields().at("learning_rate").number_value(), 5e-4);
  EXPECT_EQ(full->hyperparameters.fields().size(), 3u);
}

TEST_F(ConfigCommandTest, InitWritesAFileThatIsNotThereYet) {
  const TemporaryFile other("other.yaml", "mine\n");
  const std::string path = other.folder() + "/job.yaml";
  ASSERT_EQ(rig_.Run({"config", "init", "--output", path}), ExitCode::kDone) << rig_.err.str();
  EXPECT_TRUE(ReadJobConfig(path).ok());
  EXPECT_EQ(rig_.Run({"config", "init", "--output", other.path()}), ExitCode::kUsage);
  EXPECT_THAT(rig_.err.str(), HasSubstr("already exists"));
}

TEST_F(ConfigCommandTest, InitWithoutAServerHasTheKeysOfAJob) {
  server_.Stop();
  ASSERT_EQ(rig_.Run({"config", "init"}), ExitCode::kDone);
  EXPECT_THAT(rig_.out.str(), HasSubstr("corpus: books.csv"));
  EXPECT_THAT(rig_.out.str(), HasSubstr("hyperparameters: {}"));
  EXPECT_THAT(rig_.err.str(), HasSubstr("electra: No server answered at " + rig_.server));
}

TEST_F(ConfigCommandTest, InitOfAModelThatIsNotThereIsRefused) {
  EXPECT_EQ(rig_.Run({"config", "init", "--model", "huge"}), ExitCode::kRefused);
  EXPECT_THAT(rig_.err.str(), HasSubstr("there is no model models/huge"));
  EXPECT_THAT(rig_.out.str(), IsEmpty());
}

TEST_F(ConfigCommandTest, ExplainKnowsKeysAliasesAndMisspellings) {
  rig_.UseTerminal(60);
  ASSERT_EQ(rig_.Run({"config", "explain", "epochs"}), ExitCode::kDone);
  EXPECT_EQ(rig_.out.str(),
            "KEY       num_train_epochs\n"
            "MEANING   Passes over the training part of the corpus\n"
            "DEFAULT   3.0\n"
            "ACCEPTED  above 0, at most 1e+06\n"
            "TYPE      number\n"
            "ALSO      epochs\n");
  rig_.out.str("");
  ASSERT_EQ(rig_.Run({"config", "explain", "hyperparameters.learning_rate", "--lang", "ko"}),
            ExitCode::kDone);
  EXPECT_EQ(rig_.out.str(),
            "이름    learning_rate\n"
            "뜻      AdamW의 최고 학습률\n"
            "기본값  모델에 따라: tiny, small 5e-4; base, large 2e-4\n"
            "범위    0 초과 1 이하\n"
            "형      number\n");
  rig_.out.str("");
  ASSERT_EQ(rig_.Run({"config", "explain", "on_invalid"}), ExitCode::kDone);
  EXPECT_THAT(rig_.out.str(), HasSubstr("ACCEPTED  refuse, replace, skip"));
  EXPECT_EQ(rig_.Run({"config", "explain", "lerning_rate"}), ExitCode::kUsage);
  EXPECT_EQ(rig_.err.str(),
            "electra: there is no key 'lerning_rate': did you mean learning_rate?\n");
}

TEST_F(ConfigCommandTest, ValidateNamesLineKeyAndWhatWasMeant) {
  server_.jobs.estimate_statuses = {BadRequestStatus(
      "two",
      {{"hyperparameters.learning_rate", "learning_rate is 5: it must be above 0, at most 1"},
       {"hyperparameters.epoch", "unknown hyperparameter \"epoch\": did you mean epochs?"}})};
  const TemporaryFile file("job.yaml",
                           "corpus: missing.csv\n"
                           "colum: text\n"
                           "on_invalid: skp\n"
                           "hyperparameters:\n"
                           "  learning_rate: 5\n"
                           "  epoch: 3\n"
                           "  seed: [1]\n");
  EXPECT_EQ(rig_.Run({"config", "validate", file.path()}), ExitCode::kUsage);
  const std::string at = file.path() + ":";
  EXPECT_EQ(rig_.out.str(),
            at + "1: corpus: cannot open '" + file.folder() +
                "/missing.csv': No such file or directory\n" + at +
                "2: unknown key 'colum': did you mean column?\n" + at +
                "3: on_invalid: 'skp' is not one of refuse, replace, skip: did you mean skip?\n" +
                at + "5: learning_rate is 5: it must be above 0, at most 1\n" + at +
                "6: unknown hyperparameter \"epoch\": did you mean epochs?\n" + at +
                "7: hyperparameters.seed: expected a number, true, false or a string\n");
}

TEST_F(ConfigCommandTest, ValidateOfJsonKnowsLinesToo) {
  server_.jobs.estimate_statuses = {
      {grpc::StatusCode::NOT_FOUND, "there is no model \"smal\": did you mean small?"}};
  const TemporaryFile file("job.json",
                           "{\n  \"corpus\": \"corpora/c1\",\n  \"model\": \"smal\"\n}\n");
  EXPECT_EQ(rig_.Run({"config", "validate", file.path()}), ExitCode::kUsage);
  EXPECT_EQ(rig_.out.str(),
            file.path() + ":3: model: there is no model \"smal\": did you mean small?\n");
  rig_.out.str("");
  server_.jobs.estimate_statuses.clear();
  ASSERT_EQ(rig_.Run({"--json", "config", "validate", file.path()}), ExitCode::kDone);
  const nlohmann::json verdict = nlohmann::json::parse(rig_.out.str(), nullptr, false);
  EXPECT_TRUE(verdict["problems"].empty());
  EXPECT_EQ(verdict["server"], rig_.server);
}

TEST_F(ConfigCommandTest, ValidateSaysWhetherTheServerWasAsked) {
  const TemporaryFile file("job.yaml", "corpus: corpora/c1\nmodel: small\n");
  ASSERT_EQ(rig_.Run({"config", "validate", file.path()}), ExitCode::kDone);
  EXPECT_EQ(rig_.out.str(),
            file.path() + ": no problems found, checked with " + rig_.server + "\n");
  rig_.out.str("");
  server_.Stop();
  ASSERT_EQ(rig_.Run({"config", "validate", file.path(), "--lang", "ko"}), ExitCode::kDone);
  EXPECT_EQ(rig_.out.str(), file.path() + ": 서버 없이 알 수 있는 문제는 없습니다\n");
  EXPECT_THAT(rig_.err.str(), HasSubstr("하이퍼파라미터는 확인하지 못했습니다: "));
}

TEST_F(ConfigCommandTest, ValidateAsksWhatADryRunAsks) {
  server_.jobs.estimate_statuses = {
      {grpc::StatusCode::INVALID_ARGUMENT, "books.csv: line 2 has 1 columns"}};
  const TemporaryFile corpus("books.csv", "id,text\na\n");
  const TemporaryFile file(
      "job.yaml", "priority: 3\nname: books\ncorpus: " + corpus.path() + "\ncolumn: text\n");
  EXPECT_EQ(rig_.Run({"config", "validate", file.path()}), ExitCode::kUsage);
  EXPECT_EQ(rig_.out.str(), file.path() + ":4: column: books.csv: line 2 has 1 columns\n");
  ASSERT_THAT(server_.jobs.estimated, SizeIs(1));
  const v1::EstimateJobRequest& asked = server_.jobs.estimated[0];
  EXPECT_EQ(asked.priority(), 3);
  EXPECT_EQ(asked.display_name(), "books");
  EXPECT_EQ(asked.sample().data(), "id,text\na\n");
  EXPECT_EQ(asked.sample().header().column(), "text");
  server_.jobs.estimate_statuses.clear();
  server_.jobs.estimate.add_warnings("the corpus has only 3 sequences");
  EXPECT_EQ(rig_.Run({"config", "validate", file.path()}), ExitCode::kDone);
  EXPECT_EQ(rig_.err.str(), "warning: the corpus has only 3 sequences\n");
}

TEST_F(ConfigCommandTest, ValidateFindsAColumnThatIsMissing) {
  const TemporaryFile corpus("books.csv", "id,text\n1,a\n");
  const TemporaryFile file("job.yaml", "corpus: " + corpus.path() + "\n");
  EXPECT_EQ(rig_.Run({"config", "validate", file.path()}), ExitCode::kUsage);
  EXPECT_EQ(rig_.out.str(), file.path() +
                                ":1: corpus: books.csv: name the column that holds the text; there "
                                "are \"id\", \"text\"\n");
}

}  // namespace
}  // namespace electra::client
