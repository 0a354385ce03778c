#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/text/display_width.h"
#include "client/views/sample_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/client/fake_server.h"
#include "tests/client/golden.h"
#include "tests/client/rig.h"
#include "tests/client/samples.h"

namespace electra::client {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class ListsTest : public ::testing::Test {
 protected:
  ListsTest() { rig_.server = server_.address(); }

  v1::Job Job(const std::string& id, const std::string& name, int64_t minutes_ago) {
    v1::Job job;
    job.set_name("jobs/" + id);
    job.set_display_name(name);
    job.set_state(v1::RUNNING);
    job.set_step(12);
    job.set_total_steps(60);
    job.mutable_last_step()->set_combined_loss(2.225);
    job.set_model("models/small");
    job.set_corpus("corpora/c1");
    job.mutable_create_time()->set_seconds(absl::ToUnixSeconds(rig_.now) - 60 * minutes_ago);
    return job;
  }

  FakeServer server_;
  ClientRig rig_;
};

TEST_F(ListsTest, JobsAreATableOnATerminal) {
  server_.jobs.jobs = {Job("7f3a", "책 모음", 5), Job("aa", "books", 125)};
  (*server_.jobs.jobs[0].mutable_tags())["sweep"] = "lr";
  rig_.UseTerminal(120);
  EXPECT_EQ(rig_.Run({"jobs", "--lang", "en"}), ExitCode::kDone);
  EXPECT_EQ(rig_.out.str(),
            "JOB   NAME     STATE     STEP   LOSS  MODEL  CORPUS  CREATED    TAGS\n"
            "7f3a  책 모음  running  12/60  2.225  small  c1      5 min ago  sweep=lr\n"
            "aa    books    running  12/60  2.225  small  c1      2 h ago\n");
}

TEST_F(ListsTest, WhatDoesNotFitIsCutAndNoIdBreaks) {
  const std::string id = "7f3a51c0-d2e4-4b1d-9c55-0a0b0c0d0e0f";
  v1::Job job = Job(id, "컴퓨터 과학과 자료 구조 말뭉치", 5);
  job.set_model("models/koelectra-base-v3-domain");
  job.set_corpus_display_name("전산학 교과서 모음.csv");
  job.set_step(120'000);
  job.set_total_steps(1'000'000);
  (*job.mutable_tags())["owner"] = "김 연구원";
  server_.jobs.jobs = {job};
  for (const char* language : {"ko", "en"}) {
    rig_.out.str("");
    rig_.UseTerminal(80);
    EXPECT_EQ(rig_.Run({"jobs", "--lang", language}), ExitCode::kDone);
    ExpectGolden(absl::StrCat("jobs_", language, "_80.txt"), rig_.out.str());
    EXPECT_EQ(CountLines(rig_.out.str()), 2u);
    EXPECT_THAT(rig_.out.str(), AllOf(HasSubstr("\n7f3a51c0  "), HasSubstr("…"),
                                      HasSubstr("  120000/1000000  2.225  ")));
    for (absl::string_view line : absl::StrSplit(rig_.out.str(), '\n')) {
      EXPECT_LE(DisplayWidth({line.data(), line.size()}), 80) << line;
    }
  }
  rig_.environment.out.charset = Charset::kAscii;
  rig_.out.str("");
  EXPECT_EQ(rig_.Run({"jobs", "--lang", "en"}), ExitCode::kDone);
  EXPECT_THAT(rig_.out.str(), AllOf(HasSubstr("..."), Not(HasSubstr("…"))));
  rig_.out.str("");
  EXPECT_EQ(rig_.Run({"jobs", "--wide", "--lang", "en"}), ExitCode::kDone);
  EXPECT_THAT(rig_.out.str(),
              AllOf(HasSubstr("\n" + id), HasSubstr("컴퓨터 과학과 자료 구조 말뭉치"),
                    HasSubstr("koelectra-base-v3-domain"), HasSubstr("전산학 교과서 모음.csv"),
                    HasSubstr("owner=\"김 연구원\"\n"), Not(HasSubstr("..."))));
}

TEST_F(ListsTest, JobsAreTabSeparatedInAPipe) {
  server_.jobs.jobs = {Job("7f3a", "a\tb\x1b", 0)};
  EXPECT_EQ(rig_.Run({"jobs"}), ExitCode::kDone);
  EXPECT_EQ(rig_.out.str(),
            "7f3a\ta␉b␛\tRUNNING\t12/60\t2.225\tsmall\tc1\t2026-11-25T12:00:00Z\t\n");
}

TEST_F(ListsTest, PipesGetNoFormulasUnlessTheyAskForThem) {
  server_.jobs.jobs = {Job("7f3a", "=1+1", 0)};
  server_.jobs.jobs[0].mutable_last_step()->set_combined_loss(-2.5);
  const std::string rest = "\tRUNNING\t12/60\t-2.500\tsmall\tc1\t2026-11-25T12:00:00Z\t\n";
  EXPECT_EQ(rig_.Run({"jobs"}), ExitCode::kDone);
  EXPECT_EQ(rig_.Run({"jobs", "--raw-cells"}), ExitCode::kDone);
  EXPECT_EQ(rig_.out.str(), "7f3a\t'=1+1" + rest + "7f3a\t=1+1" + rest);
}

TEST_F(ListsTest, JobsAreOneObjectALineAsJson) {
  server_.jobs.jobs = {Job("7f3a", "x", 0), Job("aa", "y", 1)};
  EXPECT_EQ(rig_.Run({"jobs", "--json"}), ExitCode::kDone);
  const std::string out = rig_.out.str();
  EXPECT_EQ(CountLines(out), 2u);
  const nlohmann::json first = nlohmann::json::parse(out.substr(0, out.find('\n')), nullptr, false);
  EXPECT_EQ(first["display_name"], "x");
  EXPECT_EQ(first["total_steps"], 60);  // not a string, as protobuf maps 64-bit integers
}

TEST_F(ListsTest, JobsAreFetchedPageByPageUpToTheLimit) {
  for (int i = 0; i < 450; ++i) server_.jobs.jobs.push_back(Job(absl::StrCat(i), "", 0));
  EXPECT_EQ(rig_.Run({"jobs", "--limit", "401"}), ExitCode::kDone);
  const std::string out = rig_.out.str();
  EXPECT_EQ(CountLines(out), 401u);
  EXPECT_THAT(out, HasSubstr("\n400\t"));
  EXPECT_THAT(server_.jobs.page_sizes, ElementsAre(200, 200, 200));
}

TEST_F(ListsTest, EmptyListsSayNothingToAPipe) {
  EXPECT_EQ(rig_.Run({"jobs"}), ExitCode::kDone);
  EXPECT_THAT(rig_.out.str(), IsEmpty());
  rig_.UseTerminal(80);
  EXPECT_EQ(rig_.Run({"jobs", "--lang", "ko"}), ExitCode::kDone);
  EXPECT_EQ(rig_.out.str(), "아직 없습니다.\n");
}

TEST_F(ListsTest, JobShowsItsFacts) {
  server_.jobs.job = Job("7f3a", "책", 3);
  auto& fields = *server_.jobs.job.mutable_hyperparameters()->mutable_fields();
  fields["learning_rate"].set_number_value(0.0001);
  fields["device"].set_string_value("cpu");
  fields["truncate"].set_bool_value(true);
  EXPECT_EQ(rig_.Run({"job", "show", "7f"}), ExitCode::kDone);
  EXPECT_THAT(server_.jobs.asked, ElementsAre("jobs/7f"));
  EXPECT_EQ(rig_.out.str(),
            "name\tjobs/7f3a\n"
            "display_name\t책\n"
            "state\tRUNNING\n"
            "step\t12/60\n"
            "last_step\tCombined 2.225 Generator 0.000 Discriminator 0.000\n"
            "model\tmodels/small\n"
            "corpus\tcorpora/c1\n"
            "priority\t0\n"
            "create_time\t2026-11-25T11:57:00Z\n"
            "hyperparameters\tdevice=cpu learning_rate=0.0001 truncate=true\n");
  rig_.out.str("");
  rig_.UseTerminal(80);
  EXPECT_EQ(rig_.Run({"job", "show", "7f", "--lang", "ko"}), ExitCode::kDone);
  EXPECT_THAT(rig_.out.str(), HasSubstr("작업            jobs/7f3a\n"));
  EXPECT_THAT(rig_.out.str(), HasSubstr("제출            3분 전\n"));
}

TEST_F(ListsTest, JobShowsEvaluationsBeforeAndAfterAndWhatWasBest) {
  server_.jobs.job = Job("7f3a", "", 3);
  const auto evaluation = [](int64_t step, double loss) {
    v1::Evaluation evaluation;
    evaluation.set_step(step);
    evaluation.set_combined_loss(loss);
    return evaluation;
  };
  *server_.jobs.job.mutable_first_evaluation() = evaluation(0, 30);
  *server_.jobs.job.mutable_last_evaluation() = evaluation(60, 21);
  *server_.jobs.job.mutable_best_evaluation() = evaluation(60, 21);
  server_.jobs.job.set_skipped_steps(2);
  server_.jobs.job.set_probe_count(5);
  EXPECT_EQ(rig_.Run({"job", "show", "7f"}), ExitCode::kDone);
  EXPECT_THAT(rig_.out.str(),
              AllOf(HasSubstr("first_evaluation\tevaluation (step 0): Combined 30.000"),
                    HasSubstr("last_evaluation\tevaluation (step 60): Combined 21.000"),
                    HasSubstr("skipped_steps\t2\n"), HasSubstr("probe_count\t5\n"),
                    Not(HasSubstr("best_evaluation"))));
  *server_.jobs.job.mutable_best_evaluation() = evaluation(40, 20);
  EXPECT_EQ(rig_.Run({"job", "show", "7f"}), ExitCode::kDone);
  EXPECT_THAT(rig_.out.str(), HasSubstr("best_evaluation\tevaluation (step 40): Combined 20.000"));
}

TEST_F(ListsTest, CancelSaysWhenTheJobEnds) {
  server_.jobs.job = Job("7f3a", "", 0);
  EXPECT_EQ(rig_.Run({"job", "cancel", "7f3a", "--lang", "en"}), ExitCode::kDone);
  EXPECT_EQ(rig_.out.str(), "jobs/7f3a will end after its current step, with a checkpoint.\n");
  rig_.out.str("");
  server_.jobs.job.set_state(v1::CANCELLED);
  EXPECT_EQ(rig_.Run({"job", "cancel", "jobs/7f3a", "--lang", "en"}), ExitCode::kDone);
  EXPECT_EQ(rig_.out.str(), "jobs/7f3a is cancelled.\n");
  // A possible prefix of an ID, or a name, is looked up first.
  EXPECT_THAT(server_.jobs.asked, ElementsAre("jobs/7f3a", "jobs/7f3a", "jobs/7f3a"));
}

TEST_F(ListsTest, SeveralJobsAreChangedThoughOneIsRefused) {
  server_.jobs.get_status = {grpc::StatusCode::NOT_FOUND, "there is no such job"};
  server_.jobs.job.set_name("jobs/7f3a");
  server_.jobs.job.set_state(v1::CANCELLED);
  EXPECT_EQ(rig_.Run({"job", "cancel", "jobs/7f3a", "no such name", "jobs/51c0", "--lang", "en"}),
            ExitCode::kRefused);
  // The second is looked up, the others are changed.
  EXPECT_THAT(server_.jobs.asked, ElementsAre("jobs/7f3a", "jobs/no such name", "jobs/51c0"));
  EXPECT_EQ(rig_.err.str(), "electra: there is no such job\n");
  server_.jobs.asked.clear();
  EXPECT_EQ(rig_.Run({"job", "retry", "jobs/7f3a", "jobs/51c0", "--lang", "en"}), ExitCode::kDone);
  EXPECT_THAT(server_.jobs.asked, ElementsAre("retry jobs/7f3a", "retry jobs/51c0"));
}

TEST_F(ListsTest, JobsArePausedResumedAndRetried) {
  server_.jobs.job.set_name("jobs/7f3a");
  server_.jobs.job.set_state(v1::RUNNING);
  EXPECT_EQ(rig_.Run({"job", "pause", "jobs/7f3a", "--lang", "en"}), ExitCode::kDone);
  server_.jobs.job.set_state(v1::PAUSED);
  EXPECT_EQ(rig_.Run({"job", "pause", "jobs/7f3a", "--lang", "en"}), ExitCode::kDone);
  EXPECT_EQ(rig_.Run({"job", "resume", "jobs/7f3a", "--lang", "en"}), ExitCode::kDone);
  EXPECT_EQ(rig_.Run({"job", "retry", "jobs/7f3a", "--lang", "en"}), ExitCode::kDone);
  EXPECT_EQ(rig_.out.str(),
            "jobs/7f3a will pause after its current step, with a checkpoint.\n"
            "jobs/7f3a is paused.\n"
            "jobs/7f3a is back in the queue.\n"
            "jobs/7f3a is back in the queue and continues from its last checkpoint.\n");
  EXPECT_THAT(server_.jobs.asked, ElementsAre("pause jobs/7f3a", "pause jobs/7f3a",
                                              "resume jobs/7f3a", "retry jobs/7f3a"));
  EXPECT_EQ(rig_.Run({"job"}), ExitCode::kUsage);
  EXPECT_EQ(rig_.Run({"job", "retry"}), ExitCode::kUsage);
}

TEST_F(ListsTest, CorporaAreListed) {
  v1::Corpus corpus;
  corpus.set_name("corpora/c1");
  corpus.set_file_name("책.csv");
  corpus.set_format(v1::CSV);
  corpus.set_column("sen");
  corpus.set_size_bytes(2048);
  corpus.set_sample_count(1234);
  server_.corpora.corpora = {corpus};
  EXPECT_EQ(rig_.Run({"corpus", "list"}), ExitCode::kDone);
  EXPECT_EQ(rig_.out.str(), "corpora/c1\t책.csv\tcsv\tsen\t2048\t1234\t\n");
}

TEST_F(ListsTest, ModelsAndHyperparametersAreTables) {
  v1::Model model;
  model.set_name("models/small");
  model.set_description("KoELECTRA v3 small");
  model.mutable_generator()->set_num_hidden_layers(12);
  model.mutable_generator()->set_hidden_size(64);
  model.mutable_discriminator()->set_num_hidden_layers(12);
  model.mutable_discriminator()->set_hidden_size(256);
  model.set_parameter_count(14'000'000);
  model.set_learning_rate(5e-4);
  server_.models.models = {model};
  v1::Hyperparameter batch;
  batch.set_key("batch_size");
  batch.set_type("integer");
  batch.set_default_value("32");
  batch.set_accepted("1 to 65536");
  batch.set_description("Sequences a step");
  batch.add_aliases("per_device_train_batch_size");
  server_.jobs.hyperparameters = {batch};
  EXPECT_EQ(rig_.Run({"model", "list"}), ExitCode::kDone);
  EXPECT_EQ(rig_.Run({"hyperparameters"}), ExitCode::kDone);
  EXPECT_EQ(rig_.out.str(),
            "small\t12 x 64\t12 x 256\t14000000\t0.0005\tKoELECTRA v3 small\n"
            "batch_size (per_device_train_batch_size)\tinteger\t32\t1 to 65536\tSequences a "
            "step\n");
}

TEST_F(ListsTest, StatusShowsDevices) {
  server_.daemon.status.set_version("0.1.0");
  server_.daemon.status.set_data_dir("/var/lib/electrad");
  server_.daemon.status.set_queued_jobs(2);
  v1::Device& device = *server_.daemon.status.add_devices();
  device.set_name("cuda:0");
  device.set_description("NVIDIA H100");
  device.set_memory_bytes(int64_t{80} << 30);
  device.set_running_job("jobs/7f3a");
  rig_.UseTerminal(100);
  EXPECT_EQ(rig_.Run({"status", "--lang", "en"}), ExitCode::kDone);
  EXPECT_THAT(rig_.out.str(), HasSubstr("JOBS WAITING  2\n"));
  EXPECT_THAT(rig_.out.str(),
              HasSubstr("DEVICE        cuda:0: NVIDIA H100, MEMORY 80.0 GiB, RUNNING JOB "
                        "jobs/7f3a\n"));
}

TEST_F(ListsTest, SamplesAreShownAsTheStreamShowsThem) {
  server_.history.samples = {AppSample(), SampleWithEveryVerdict()};
  EXPECT_EQ(rig_.Run({"samples", "7f3a", "--step", "12", "--lang", "ko"}), ExitCode::kDone);
  EXPECT_EQ(rig_.out.str(),
            RenderSample(AppSample(), {}) + "\n" + RenderSample(SampleWithEveryVerdict(), {}));
  EXPECT_EQ(server_.history.sample_requests[0].parent(), "jobs/7f3a");
  EXPECT_TRUE(server_.history.sample_requests[0].has_step());
  EXPECT_EQ(server_.history.sample_requests[0].step(), 12);
}

TEST_F(ListsTest, MetricsAreOneLineAStep) {
  v1::StepMetrics step;
  step.set_step(1);
  step.set_combined_loss(2.5);
  step.set_learning_rate(1e-4);
  server_.history.steps = {step};
  EXPECT_EQ(rig_.Run({"metrics", "7f3a", "--from", "1", "--to", "9"}), ExitCode::kDone);
  EXPECT_EQ(rig_.out.str(), "1\t0\t2.5\t0\t0\t0\t0\t-\t-\t0.0001\t0\t0\t0\t1\t0\n");
  EXPECT_EQ(server_.history.metrics_requests[0].first_step(), 1);
  EXPECT_EQ(server_.history.metrics_requests[0].last_step(), 9);
}

TEST_F(ListsTest, LearningRatesHaveFourSignificantDigits) {
  v1::StepMetrics step;
  step.set_step(1);
  step.set_learning_rate(0.00012345678);
  server_.history.steps = {step};
  rig_.UseTerminal(120);
  EXPECT_EQ(rig_.Run({"metrics", "7f3a"}), ExitCode::kDone);
  EXPECT_THAT(rig_.out.str(), HasSubstr("  0.0001235  "));
}

TEST_F(ListsTest, MetricsOfSeveralRanksHaveTheSlowest) {
  v1::StepMetrics step;
  step.set_step(1);
  step.set_tokens_per_second(9000);
  step.set_ranks(8);
  step.set_slowest_rank_tokens_per_second(1100.4);
  server_.history.steps = {step};
  rig_.UseTerminal(140);
  EXPECT_EQ(rig_.Run({"metrics", "7f3a"}), ExitCode::kDone);
  EXPECT_THAT(rig_.out.str(),
              AllOf(HasSubstr("TOK/S  RANKS  SLOWEST\n"), HasSubstr("9000      8     1100\n")));
}

TEST_F(ListsTest, StatusShowsTheQueueAndWhoIsThere) {
  v1::DaemonStatus& status = server_.daemon.status;
  status.set_queue_policy(v1::JOBS_BY_DEVICES);
  for (const char* name : {"cuda:0", "cuda:1"}) {
    v1::Device& device = *status.add_devices();
    device.set_name(name);
    device.set_description("H100");
  }
  status.mutable_devices(0)->set_running_job("jobs/aa");
  status.mutable_devices(1)->set_waiting_job("jobs/bb");
  rig_.UseTerminal(200);
  EXPECT_EQ(rig_.Run({"status", "--lang", "en"}), ExitCode::kDone);
  EXPECT_THAT(rig_.out.str(), AllOf(HasSubstr("one job per device"),
                                    HasSubstr("cuda:0: H100, RUNNING JOB jobs/aa\n"),
                                    HasSubstr("cuda:1: H100, held for jobs/bb\n")));

  status.set_queue_policy(v1::JOBS_OVER_RANKS);
  v1::Rank& first = *status.add_ranks();
  first.set_host("node0");
  first.set_device("cuda:0");
  first.set_present(true);
  v1::Rank& second = *status.add_ranks();
  second.set_rank(1);
  second.set_host("node1");
  second.set_device("cuda:0");
  status.add_ranks()->set_rank(2);  // never seen
  rig_.out.str("");
  EXPECT_EQ(rig_.Run({"status", "--lang", "en"}), ExitCode::kDone);
  EXPECT_THAT(rig_.out.str(),
              AllOf(HasSubstr("over all ranks"), HasSubstr("0: node0 cuda:0\n"),
                    HasSubstr("1: node1 cuda:0, not there\n"), HasSubstr("2: not there\n")));
}

TEST_F(ListsTest, ListsCannotSendEscapeSequences) {
  server_.jobs.jobs = {Job("\x1b[2J", "\u009b31m", 0)};
  server_.jobs.job = server_.jobs.jobs[0];
  server_.jobs.job.set_reason("\x1b[2J");
  server_.daemon.status.set_data_dir("\x1b[2J");
  server_.daemon.status.add_ranks()->set_host("\x1b[2J");
  rig_.UseTerminal(100);
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"jobs"}, {"job", "show", "x"}, {"job", "cancel", "x"}, {"status"}}) {
    EXPECT_EQ(rig_.Run(arguments), ExitCode::kDone);
  }
  EXPECT_THAT(rig_.out.str(), Not(HasSubstr("\x1b")));
  EXPECT_THAT(rig_.out.str(), Not(HasSubstr("\u009b")));
}

}  // namespace
}  // namespace electra::client
