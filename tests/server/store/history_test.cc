// The records of runs and how to find them: over a real port and a real database.
#include "server/store/history.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "absl/strings/str_cat.h"
#include "electra/v1/history.grpc.pb.h"
#include "electra/v1/job.grpc.pb.h"
#include "electra/v1/training.grpc.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/daemon.h"
#include "server/store/confusions.h"
#include "server/store/corpora.h"
#include "server/store/events.h"
#include "server/store/run_summaries.h"
#include "tests/server/fake_trainer.h"
#include "tests/temporary_folder.h"

namespace electra::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class HistoryTest : public ::testing::Test {
 protected:
  HistoryTest() {
    database_ = *Database::Open(folder_.path() / "electrad.db");
    Write([&](Transaction& transaction) {
      corpus_ = InsertCorpus(transaction,
                             {.name = "0123456789ab", .file_name = "책.csv", .sha256 = "aa"});
    });
  }

  void Write(const std::function<void(Transaction&)>& write) {
    const absl::Status status = database_->Write([&](Transaction& transaction) {
      write(transaction);
      return absl::OkStatus();
    });
    ASSERT_TRUE(status.ok()) << status;
  }

  // A job that has ended, so that no daemon touches it.
  JobRow AddJob(const std::string& display_name, const JobTags& tags = {}) {
    JobRow job;
    Write([&](Transaction& transaction) {
      job.name = absl::StrCat(absl::Hex(0xa00000000000 + ++jobs_));
      job.display_name = display_name;
      job.corpus_id = corpus_.id;
      job.corpus_name = corpus_.name;
      job.corpus_file_name = corpus_.file_name;
      job.model = "tiny";
      job.hyperparameters = "{}";
      job.requested_device = "auto";
      job = *InsertJob(transaction, job, tags);
      ASSERT_TRUE(ChangeState(transaction, job.id, v1::CANCELLED).ok());
    });
    return job;
  }

  void AddEvaluation(const JobRow& job, int64_t step, double loss) {
    Write([&](Transaction& transaction) {
      v1::TrainingEvent event;
      event.mutable_evaluation()->set_step(step);
      event.mutable_evaluation()->set_combined_loss(loss);
      AppendEvent(transaction, job.id, event);
    });
  }

  void AddSteps(const JobRow& job, int64_t first, int64_t last,
                const std::function<double(int64_t)>& loss) {
    Write([&](Transaction& transaction) {
      v1::StepMetrics step;
      for (int64_t i = first; i <= last; ++i) {
        step.set_step(i);
        step.set_combined_loss(loss(i));
        UpsertStep(transaction, job.id, step, i);
      }
    });
  }

  // The store is closed: one process has the database.
  void StartDaemon() {
    database_.reset();
    auto trainer = std::make_unique<FakeTrainer>();
    trainer_ = trainer.get();
    auto daemon =
        Daemon::Start({.data_dir = folder_.path(), .listen = "127.0.0.1:0"}, std::move(trainer));
    ASSERT_TRUE(daemon.ok()) << daemon.status();
    daemon_ = *std::move(daemon);
    const auto channel =
        grpc::CreateChannel(daemon_->address(), grpc::InsecureChannelCredentials());
    jobs_stub_ = v1::JobService::NewStub(channel);
    history_ = v1::HistoryService::NewStub(channel);
    training_ = v1::TrainingService::NewStub(channel);
  }

  grpc::Status List(const v1::ListJobsRequest& request, v1::ListJobsResponse* response) {
    grpc::ClientContext context;
    response->Clear();
    return jobs_stub_->ListJobs(&context, request, response);
  }
  grpc::Status Update(const v1::UpdateJobRequest& request, v1::Job* job) {
    grpc::ClientContext context;
    job->Clear();
    return jobs_stub_->UpdateJob(&context, request, job);
  }
  grpc::Status Delete(const std::string& name) {
    grpc::ClientContext context;
    v1::DeleteJobRequest request;
    request.set_name(name);
    google::protobuf::Empty ignored;
    return jobs_stub_->DeleteJob(&context, request, &ignored);
  }
  v1::Job Get(const std::string& name) {
    grpc::ClientContext context;
    v1::GetJobRequest request;
    request.set_name(name);
    v1::Job job;
    EXPECT_TRUE(jobs_stub_->GetJob(&context, request, &job).ok());
    return job;
  }

  v1::Job Submit(int steps) {
    grpc::ClientContext context;
    v1::SubmitJobRequest request;
    request.set_corpus("corpora/" + corpus_.name);
    request.set_model("models/tiny");
    request.set_display_name("submitted");
    (*request.mutable_tags())["sweep"] = "s1";
    auto& settings = *request.mutable_hyperparameters()->mutable_fields();
    settings["max_steps"].set_number_value(steps);
    settings["batch_size"].set_number_value(1);
    v1::Job job;
    const grpc::Status status = jobs_stub_->SubmitJob(&context, request, &job);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return job;
  }

  // Reads events until the stream ends or `stop` says so.
  grpc::Status Watch(const std::string& name,
                     const std::function<bool(const v1::TrainingEvent&)>& stop) {
    grpc::ClientContext context;
    v1::WatchJobRequest request;
    request.set_name(name);
    const auto reader = training_->WatchJob(&context, request);
    for (v1::TrainingEvent event; reader->Read(&event);) {
      if (stop(event)) context.TryCancel();
    }
    return reader->Finish();
  }

  std::vector<v1::StepMetrics> Steps(const JobRow& job, int max_points, int64_t first = 0,
                                     int64_t last = 0) {
    v1::ListStepMetricsRequest request;
    request.set_parent("jobs/" + job.name);
    request.set_max_points(max_points);
    request.set_first_step(first);
    request.set_last_step(last);
    grpc::ClientContext context;
    v1::ListStepMetricsResponse response;
    const grpc::Status status = history_->ListStepMetrics(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(response.next_page_token(), "");
    return {response.steps().begin(), response.steps().end()};
  }

  TemporaryFolder folder_;
  std::unique_ptr<Database> database_;
  CorpusRow corpus_;
  int64_t jobs_ = 0;
  FakeTrainer* trainer_ = nullptr;  // the daemon's
  std::unique_ptr<Daemon> daemon_;
  std::unique_ptr<v1::JobService::Stub> jobs_stub_;
  std::unique_ptr<v1::HistoryService::Stub> history_;
  std::unique_ptr<v1::TrainingService::Stub> training_;
};

std::vector<std::string> Names(const v1::ListJobsResponse& response) {
  std::vector<std::string> names;
  for (const v1::Job& job : response.jobs()) names.push_back(job.display_name());
  return names;
}

// The report of one evaluation: `웹` is faked `step` times, `##을` is suspected twice.
ConfusionReport ReportOf(int64_t step) {
  ConfusionReport report{.step = step, .sequences = 3, .confusions = {}};
  Confusions<std::string>& confusions = report.confusions;
  confusions.tokens = 100;
  confusions.masked = 20;
  confusions.fakes = step + 1;
  confusions.caught = 1;
  confusions.suspected = 2;
  confusions.faked = {
      {.token = "웹", .count = 50, .masked = 19, .fakes = step, .missed = step - 1, .suspected = 0},
      {.token = "##을", .count = 9, .masked = 1, .fakes = 1, .missed = 1, .suspected = 2}};
  confusions.suspects = {confusions.faked[1]};
  // The vocabulary holds `앱` twice.
  confusions.missed = {{.original = "웹", .fake = "앱", .fakes = step - 1, .missed = step - 2},
                       {.original = "웹", .fake = "앱", .fakes = 1, .missed = 1},
                       {.original = "##을", .fake = "##를", .fakes = 1, .missed = 1}};
  return report;
}

TEST_F(HistoryTest, JobsAreFilteredAndOrderedByTheServer) {
  const JobRow one = AddJob("one", {{"sweep", "s"}});
  const JobRow two = AddJob("two", {{"sweep", "s"}});
  AddJob("three");
  AddEvaluation(one, 0, 9);
  AddEvaluation(one, 10, 5);
  AddEvaluation(one, 20, 7);
  AddEvaluation(two, 10, 6);
  StartDaemon();
  v1::ListJobsRequest request;
  request.set_filter("tags.sweep=s AND eval_loss<5.5");
  v1::ListJobsResponse response;
  ASSERT_TRUE(List(request, &response).ok());
  ASSERT_THAT(Names(response), ElementsAre("one"));
  EXPECT_EQ(response.jobs(0).tags().at("sweep"), "s");
  EXPECT_EQ(response.jobs(0).best_evaluation().step(), 10);
  EXPECT_EQ(response.jobs(0).corpus_display_name(), "책.csv");
  request.set_filter("");
  request.set_order_by("eval_loss desc");
  ASSERT_TRUE(List(request, &response).ok());
  EXPECT_THAT(Names(response), ElementsAre("two", "one", "three"));
}

TEST_F(HistoryTest, AnEvaluationThatIsDoneAgainChangesWhatIsBest) {
  const JobRow job = AddJob("job");
  AddEvaluation(job, 10, 5);
  AddEvaluation(job, 10, 8);  // the step was run again after a checkpoint
  AddEvaluation(job, 20, 6);
  StartDaemon();
  v1::ListJobsRequest request;
  request.set_filter("eval_loss=6");
  v1::ListJobsResponse response;
  ASSERT_TRUE(List(request, &response).ok());
  EXPECT_THAT(Names(response), ElementsAre("job"));
}

TEST_F(HistoryTest, TheBestEvaluationIsByTheJobsMetric) {
  const auto best_of = [&](const std::string& hyperparameters) {
    const JobRow job = AddJob(hyperparameters);
    Write([&](Transaction& transaction) {
      SQLite::Statement update(transaction.connection(),
                               "UPDATE jobs SET hyperparameters = ? WHERE id = ?");
      update.bind(1, hyperparameters);
      update.bind(2, job.id);
      update.exec();
      const double combined[] = {9, 5, 7, 8};
      const double generator[] = {8, 7.5, 7, 7.2};
      for (int64_t i = 0; i < 4; ++i) {
        v1::TrainingEvent event;
        v1::Evaluation& evaluation = *event.mutable_evaluation();
        evaluation.set_step(i * 10);
        evaluation.set_combined_loss(combined[i]);
        evaluation.set_generator_loss(generator[i]);
        if (i > 0) evaluation.set_discriminator_f1(0.1 * static_cast<double>(i));
        AppendEvent(transaction, job.id, event);
      }
    });
    int64_t step = -1;
    EXPECT_TRUE(database_
                    ->Read([&](Reader& reader) {
                      step = RunSummaries(reader).Read(job.id).best_evaluation->step();
                      return absl::OkStatus();
                    })
                    .ok());
    return step;
  };
  EXPECT_EQ(best_of("{}"), 10);  // of an older version
  EXPECT_EQ(best_of(R"({"metric_for_best_model": "loss"})"), 10);
  EXPECT_EQ(best_of(R"({"metric_for_best_model": "generator_loss"})"), 20);
  EXPECT_EQ(best_of(R"({"metric_for_best_model": "f1"})"), 30);
}

TEST_F(HistoryTest, EvaluationCorporaAreKeptWithTheirEvaluationAndMayDecide) {
  const JobRow job = AddJob("job");
  Write([&](Transaction& transaction) {
    transaction.connection().exec(
        R"(UPDATE jobs SET hyperparameters = '{"metric_for_best_model": "일반.loss"}')");
    const double losses[] = {9, 5, 7};
    for (int64_t i = 0; i < 3; ++i) {
      v1::TrainingEvent event;
      v1::Evaluation& evaluation = *event.mutable_evaluation();
      evaluation.set_step(i * 10);
      evaluation.set_combined_loss(10 - static_cast<double>(i));
      for (const char* name : {"일반", "a"}) {
        v1::Evaluation& one = *evaluation.add_eval_corpora();
        one.set_step(i * 10);
        one.set_eval_corpus(name);
        one.set_combined_loss(losses[i]);
        if (i == 1) one.set_discriminator_f1(0.5);
      }
      AppendEvent(transaction, job.id, event);
    }
  });
  const absl::Status read = database_->Read([&](Reader& reader) {
    const RunSummary run = RunSummaries(reader).Read(job.id);
    EXPECT_EQ(run.best_evaluation->step(), 10);
    EXPECT_EQ(run.best_evaluation->combined_loss(), 9);
    EXPECT_EQ(run.best_evaluation->eval_corpora_size(), 2);
    EXPECT_EQ(run.best_evaluation->eval_corpora(0).eval_corpus(), "일반");
    EXPECT_EQ(run.best_evaluation->eval_corpora(0).combined_loss(), 5);
    EXPECT_EQ(run.best_evaluation->eval_corpora(1).discriminator_f1(), 0.5);
    const std::vector<v1::Evaluation> all = ListEvaluations(reader, job.id, {.limit = 10});
    EXPECT_EQ(all.size(), 3u);
    EXPECT_EQ(all.back().eval_corpora_size(), 2);
    EXPECT_FALSE(all.back().eval_corpora(0).has_discriminator_f1());
    return absl::OkStatus();
  });
  EXPECT_TRUE(read.ok()) << read;
  Write([&](Transaction& transaction) {
    RewindHistory(transaction, job.id, 0);
    const auto rows =
        transaction.connection().execAndGet("SELECT count(*) FROM corpus_evaluations");
    EXPECT_EQ(rows.getInt(), 2);
  });
}

TEST_F(HistoryTest, AMetricThatIsNotDefinedIsNullAndAbsent) {
  const JobRow job = AddJob("job");
  Write([&](Transaction& transaction) {
    v1::StepMetrics step;
    step.set_step(1);
    UpsertStep(transaction, job.id, step, 1);
    step.set_step(2);
    step.set_discriminator_recall(0);
    UpsertStep(transaction, job.id, step, 2);
    v1::Evaluation evaluation;
    UpsertEvaluation(transaction, job.id, evaluation, 1);
    evaluation.set_step(1);
    evaluation.set_discriminator_f1(0);
    UpsertEvaluation(transaction, job.id, evaluation, 1);
  });
  const absl::Status read = database_->Read([&](Reader& reader) {
    const std::vector<v1::StepMetrics> steps = ListSteps(reader, job.id, {.limit = 10});
    EXPECT_FALSE(steps.at(0).has_discriminator_precision());
    EXPECT_FALSE(steps.at(0).has_discriminator_recall());
    EXPECT_FALSE(steps.at(1).has_discriminator_precision());
    EXPECT_TRUE(steps.at(1).has_discriminator_recall());
    const std::vector<v1::Evaluation> evaluations = ListEvaluations(reader, job.id, {.limit = 10});
    EXPECT_FALSE(evaluations.at(0).has_discriminator_f1());
    EXPECT_TRUE(evaluations.at(1).has_discriminator_f1());
    // A direct query in SQLite sees it too: the mean is over the step that has one.
    EXPECT_EQ(reader.connection()
                  .execAndGet("SELECT count(discriminator_recall) || ' of ' || count(*) || ', ' || "
                              "count(discriminator_precision) FROM step_metrics")
                  .getString(),
              "1 of 2, 0");
    return absl::OkStatus();
  });
  EXPECT_TRUE(read.ok()) << read;
}

v1::StepMetrics StepWithCounts(int64_t step) {
  v1::StepMetrics metrics;
  metrics.set_step(step);
  metrics.set_combined_loss(std::abs(static_cast<double>(step % 10) - 5));
  v1::TokenCounts& counts = *metrics.mutable_counts();
  counts.set_token_count(100);
  counts.set_masked_count(15);
  counts.set_generator_correct_count(step % 15);
  counts.set_discriminator_correct_count(90);
  counts.set_fake_count(2);
  counts.set_caught_count(step % 2);
  counts.set_suspected_count(1);
  return metrics;
}

TEST_F(HistoryTest, CountsAreKeptAndSummedOverTheStepsThatAreLeftOut) {
  const JobRow job = AddJob("job");
  Write([&](Transaction& transaction) {
    for (int64_t step = 1; step <= 200; ++step) {
      UpsertStep(transaction, job.id, StepWithCounts(step), step);
    }
  });
  const absl::Status read = database_->Read([&](Reader& reader) {
    const std::vector<v1::StepMetrics> all = ListSteps(reader, job.id, {.limit = 300});
    EXPECT_EQ(all.at(6).counts().SerializeAsString(),
              StepWithCounts(7).counts().SerializeAsString());
    const std::vector<v1::StepMetrics> few = ListStepExtremes(reader, job.id, {}, 20);
    EXPECT_LE(few.size(), 20u);
    v1::TokenCounts sums;
    int64_t before = 0;
    for (const v1::StepMetrics& step : few) {
      EXPECT_EQ(step.counts().token_count(), 100 * (step.step() - before));
      before = step.step();
      sums.set_fake_count(sums.fake_count() + step.counts().fake_count());
      sums.set_caught_count(sums.caught_count() + step.counts().caught_count());
      sums.set_suspected_count(sums.suspected_count() + step.counts().suspected_count());
    }
    EXPECT_EQ(sums.fake_count(), 400);
    EXPECT_EQ(sums.caught_count(), 100);
    EXPECT_EQ(sums.suspected_count(), 200);
    return absl::OkStatus();
  });
  EXPECT_TRUE(read.ok()) << read;
}

TEST_F(HistoryTest, StepsOfOldDaemonsHaveNoCounts) {
  const JobRow job = AddJob("job");
  Write([&](Transaction& transaction) {
    for (int64_t step = 1; step <= 200; ++step) {
      v1::StepMetrics metrics = StepWithCounts(step);
      if (step <= 100) metrics.clear_counts();
      UpsertStep(transaction, job.id, metrics, step);
    }
  });
  const absl::Status read = database_->Read([&](Reader& reader) {
    EXPECT_FALSE(ListSteps(reader, job.id, {.limit = 1}).at(0).has_counts());
    const std::vector<v1::StepMetrics> few = ListStepExtremes(reader, job.id, {}, 20);
    EXPECT_FALSE(few.at(1).has_counts());
    EXPECT_TRUE(few.back().has_counts());
    return absl::OkStatus();
  });
  EXPECT_TRUE(read.ok()) << read;
}

TEST_F(HistoryTest, AWrongFilterNamesItsFieldAndPlace) {
  StartDaemon();
  v1::ListJobsRequest request;
  request.set_filter("state=QUEUED AND loss=1");
  v1::ListJobsResponse response;
  const grpc::Status status = List(request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("filter:1:18: there is no field \"loss\""));
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  std::string field;
  for (const google::protobuf::Any& any : details.details()) {
    google::rpc::BadRequest bad_request;
    if (any.UnpackTo(&bad_request)) field = bad_request.field_violations(0).field();
  }
  EXPECT_EQ(field, "filter");
}

TEST_F(HistoryTest, PagesNeitherShiftNorRepeatWhileJobsAreAdded) {
  for (int i = 0; i < 7; ++i) {
    const JobRow job = AddJob(absl::StrCat("old ", i));
    if (i % 3 != 0) AddEvaluation(job, 1, i % 2);  // equal values, and jobs without one
  }
  StartDaemon();
  trainer_->HoldAfter(1);  // new jobs stay where they are
  for (const char* order_by : {"", "eval_loss", "eval_loss desc, name", "create_time"}) {
    v1::ListJobsRequest request;
    request.set_filter("name:old");
    request.set_order_by(order_by);
    v1::ListJobsResponse all;
    ASSERT_TRUE(List(request, &all).ok());
    request.set_page_size(2);
    std::vector<std::string> paged;
    v1::ListJobsResponse page;
    do {
      ASSERT_TRUE(List(request, &page).ok());
      for (const std::string& name : Names(page)) paged.push_back(name);
      request.set_page_token(page.next_page_token());
      Submit(1000);
    } while (!page.next_page_token().empty() && paged.size() < 20);
    EXPECT_EQ(paged, Names(all)) << order_by;
  }
}

TEST_F(HistoryTest, PageTokensOfAnotherListAreRefused) {
  for (int i = 0; i < 3; ++i) AddJob("a");
  const JobRow job = AddJob("a");
  AddSteps(job, 1, 5, [](int64_t) { return 1.0; });
  StartDaemon();
  v1::ListJobsRequest request;
  request.set_page_size(1);
  v1::ListJobsResponse response;
  ASSERT_TRUE(List(request, &response).ok());
  const std::string token = response.next_page_token();
  ASSERT_NE(token, "");
  request.set_page_token(token);
  EXPECT_TRUE(List(request, &response).ok());
  request.set_page_size(2);  // which may change between pages
  EXPECT_TRUE(List(request, &response).ok());
  const auto refused = [&](const std::function<void()>& change) {
    request.Clear();
    request.set_page_token(token);
    change();
    return List(request, &response).error_code() == grpc::StatusCode::INVALID_ARGUMENT;
  };
  EXPECT_TRUE(refused([&] { request.set_filter("name:a"); }));
  EXPECT_TRUE(refused([&] { request.set_order_by("name"); }));
  EXPECT_TRUE(refused([&] { request.set_page_token("3"); }));
  EXPECT_TRUE(refused([&] {
    std::string& changed = *request.mutable_page_token();
    changed[5] = changed[5] == 'A' ? 'B' : 'A';
  }));
  EXPECT_TRUE(refused([&] { request.mutable_page_token()->resize(9000, 'A'); }));
  EXPECT_TRUE(refused([&] { request.set_page_size(-1); }));

  v1::ListStepMetricsRequest steps;
  steps.set_parent("jobs/" + job.name);
  steps.set_page_size(2);
  v1::ListStepMetricsResponse rows;
  grpc::ClientContext first;
  ASSERT_TRUE(history_->ListStepMetrics(&first, steps, &rows).ok());
  EXPECT_EQ(rows.steps_size(), 2);
  steps.set_page_token(rows.next_page_token());
  steps.set_last_step(4);  // another range
  grpc::ClientContext second;
  EXPECT_EQ(history_->ListStepMetrics(&second, steps, &rows).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(HistoryTest, AnUpdateChangesWhatItsMaskNames) {
  const JobRow row = AddJob("old", {{"a", "1"}, {"b", "2"}});
  StartDaemon();
  const v1::Job before = Get("jobs/" + row.name);
  v1::UpdateJobRequest request;
  v1::Job& wanted = *request.mutable_job();
  wanted.set_name("jobs/" + row.name);
  wanted.set_display_name("새 이름");
  wanted.set_note("왜 이렇게\n했는지");
  wanted.set_state(v1::RUNNING);  // not in the mask, so ignored
  request.mutable_update_mask()->add_paths("display_name");
  v1::Job job;
  ASSERT_TRUE(Update(request, &job).ok());
  EXPECT_EQ(job.display_name(), "새 이름");
  EXPECT_EQ(job.note(), "");
  EXPECT_EQ(job.tags().size(), 2u);
  EXPECT_EQ(job.state(), v1::CANCELLED);
  EXPECT_GT(
      absl::Seconds(job.update_time().seconds()) + absl::Nanoseconds(job.update_time().nanos()),
      absl::Seconds(before.update_time().seconds()) +
          absl::Nanoseconds(before.update_time().nanos()));

  // Sets one tag, and removes one that the request's job lacks.
  (*wanted.mutable_tags())["c.d"] = "3";
  request.mutable_update_mask()->Clear();
  for (const char* path : {"tags.`c.d`", "tags.a"}) request.mutable_update_mask()->add_paths(path);
  ASSERT_TRUE(Update(request, &job).ok());
  EXPECT_EQ((JobTags{job.tags().begin(), job.tags().end()}), (JobTags{{"b", "2"}, {"c.d", "3"}}));

  // Without a mask: the fields that are set. With a star: everything.
  request.mutable_update_mask()->Clear();
  wanted.clear_display_name();
  ASSERT_TRUE(Update(request, &job).ok());
  EXPECT_EQ(job.display_name(), "새 이름");
  EXPECT_EQ(job.note(), "왜 이렇게\n했는지");
  EXPECT_EQ((JobTags{job.tags().begin(), job.tags().end()}), (JobTags{{"c.d", "3"}}));
  request.mutable_update_mask()->add_paths("*");
  wanted.clear_tags();
  ASSERT_TRUE(Update(request, &job).ok());
  EXPECT_EQ(job.display_name(), "");
  EXPECT_TRUE(job.tags().empty());
  EXPECT_EQ(Get("jobs/" + row.name).note(), "왜 이렇게\n했는지");
}

TEST_F(HistoryTest, AnUpdateThatCannotBeIsRefusedAsAWhole) {
  const JobRow row = AddJob("old");
  StartDaemon();
  v1::Job job;
  const auto refusal = [&](const std::vector<std::string>& paths,
                           const std::function<void(v1::Job&)>& fill) {
    v1::UpdateJobRequest request;
    request.mutable_job()->set_name("jobs/" + row.name);
    request.mutable_job()->set_display_name("new");
    fill(*request.mutable_job());
    for (const std::string& path : paths) request.mutable_update_mask()->add_paths(path);
    const grpc::Status status = Update(request, &job);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(Get("jobs/" + row.name).display_name(), "old");
    return status.error_message();
  };
  const auto nothing = [](v1::Job&) {};
  EXPECT_THAT(refusal({"display_name", "state"}, nothing),
              HasSubstr("\"state\" cannot be changed"));
  EXPECT_THAT(refusal({"nota"}, nothing),
              HasSubstr("not a field of a job: did you mean \"note\"?"));
  EXPECT_THAT(refusal({"display_name"},
                      [](v1::Job& wanted) { wanted.set_display_name(std::string(201, 'a')); }),
              HasSubstr("201 bytes: at most 200"));
  EXPECT_THAT(refusal({"*"}, [](v1::Job& wanted) { wanted.set_note(std::string(4097, 'a')); }),
              HasSubstr("4097 bytes: at most 4096"));
  const auto tag = [](const std::string& key, const std::string& value) {
    return [=](v1::Job& wanted) { (*wanted.mutable_tags())[key] = value; };
  };
  EXPECT_THAT(refusal({"*"}, tag("1a", "")), HasSubstr("\"1a\" is not a tag's key"));
  EXPECT_THAT(refusal({"*"}, tag("", "")), HasSubstr("is not a tag's key"));
  EXPECT_THAT(refusal({"*"}, tag("a b", "")), HasSubstr("is not a tag's key"));
  EXPECT_THAT(refusal({"*"}, tag("a", std::string(257, 'x'))), HasSubstr("257 bytes"));
  EXPECT_THAT(refusal({"*"}, tag("a", "x\n")), HasSubstr("control character"));
  EXPECT_THAT(refusal({"*"},
                      [](v1::Job& wanted) {
                        for (int i = 0; i < 65; ++i) {
                          (*wanted.mutable_tags())[absl::StrCat("t", i)] = "";
                        }
                      }),
              HasSubstr("65 tags: at most 64"));

  v1::UpdateJobRequest unknown;
  unknown.mutable_job()->set_name("jobs/ffffffffffff");
  unknown.mutable_job()->set_note("x");
  EXPECT_EQ(Update(unknown, &job).error_code(), grpc::StatusCode::NOT_FOUND);
  unknown.mutable_job()->set_name("jobs/" + row.name);
  unknown.mutable_job()->clear_note();
  EXPECT_THAT(Update(unknown, &job).error_message(), HasSubstr("there is nothing to change"));
}

TEST_F(HistoryTest, OfTwoWhoEditANoteTheSecondIsToldOfTheFirst) {
  const JobRow row = AddJob("job", {{"a", "1"}});
  const JobRow alike = AddJob("job", {{"a", "1"}});
  StartDaemon();
  const std::string name = "jobs/" + row.name;
  const auto note = [&](const std::string& text, const std::string& etag) {
    v1::UpdateJobRequest request;
    request.mutable_job()->set_name(name);
    request.mutable_job()->set_note(text);
    request.mutable_job()->set_etag(etag);
    request.mutable_update_mask()->add_paths("note");
    v1::Job job;
    return Update(request, &job);
  };
  const std::string seen = Get(name).etag();
  EXPECT_THAT(seen, ::testing::MatchesRegex("W/\"[0-9a-f]+\""));
  EXPECT_EQ(Get(name).etag(), seen);
  EXPECT_NE(Get("jobs/" + alike.name).etag(), seen);
  EXPECT_TRUE(note("ann's", seen).ok());
  const grpc::Status late = note("bob's", seen);
  EXPECT_EQ(late.error_code(), grpc::StatusCode::ABORTED);
  EXPECT_THAT(late.error_message(), HasSubstr("somebody else has changed job " + row.name));
  EXPECT_EQ(Get(name).note(), "ann's");
  EXPECT_TRUE(note("bob's, who has read ann's", Get(name).etag()).ok());
  EXPECT_TRUE(note("of one who does not care", "").ok());

  v1::DeleteJobRequest remove;
  remove.set_name(name);
  remove.set_etag(seen);
  google::protobuf::Empty nothing;
  grpc::ClientContext refused;
  EXPECT_EQ(jobs_stub_->DeleteJob(&refused, remove, &nothing).error_code(),
            grpc::StatusCode::ABORTED);
  remove.set_etag(Get(name).etag());
  grpc::ClientContext done;
  EXPECT_TRUE(jobs_stub_->DeleteJob(&done, remove, &nothing).ok());
}

TEST_F(HistoryTest, UpdateTimeMovesWithEveryStep) {
  StartDaemon();
  trainer_->HoldAfter(2);
  const v1::Job submitted = Submit(4);
  EXPECT_EQ(submitted.tags().at("sweep"), "s1");
  Watch(submitted.name(), [](const v1::TrainingEvent& event) { return event.step().step() == 2; });
  const v1::Job held = Get(submitted.name());
  EXPECT_GT(held.last_sequence(), submitted.last_sequence());
  EXPECT_NE(held.update_time().SerializeAsString(), submitted.update_time().SerializeAsString());
}

TEST_F(HistoryTest, ADeletedJobIsGoneWithAllThatWasRecorded) {
  const JobRow row = AddJob("old", {{"a", "1"}});
  const JobRow other = AddJob("other", {{"a", "1"}});
  for (const JobRow& job : {row, other}) {
    AddSteps(job, 1, 3, [](int64_t) { return 1.0; });
    AddEvaluation(job, 3, 1);
    Write([&](Transaction& transaction) { PutConfusions(transaction, job.id, ReportOf(3)); });
  }
  const std::filesystem::path folder = folder_.path() / "jobs" / row.name;
  StartDaemon();
  std::filesystem::create_directories(folder / "checkpoints");
  ASSERT_TRUE(Delete("jobs/" + row.name).ok());
  EXPECT_FALSE(std::filesystem::exists(folder));
  EXPECT_EQ(Delete("jobs/" + row.name).error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Steps(other, 100).size(), 3u);
  daemon_.reset();
  database_ = *Database::Open(folder_.path() / "electrad.db");
  Write([&](Transaction& transaction) {
    for (const char* table : {"events", "step_metrics", "evaluations", "samples", "job_tags",
                              "evaluation_confusions", "evaluation_tokens", "evaluation_fakes"}) {
      SQLite::Statement query(transaction.connection(), absl::StrCat("SELECT count(*) FROM ", table,
                                                                     " WHERE job_id = ", row.id));
      query.executeStep();
      EXPECT_EQ(query.getColumn(0).getInt(), 0) << table;
    }
  });
}

TEST_F(HistoryTest, AJobThatRunsIsNotDeletedAndOneThatWaitsIs) {
  StartDaemon();
  trainer_->HoldAfter(1);
  const v1::Job running = Submit(100);
  Watch(running.name(), [](const v1::TrainingEvent& event) { return event.step().step() == 1; });
  const grpc::Status refused = Delete(running.name());
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(refused.error_message(), HasSubstr("electra job cancel"));
  // Its watchers are told that it is gone.
  const v1::Job waiting = Submit(1);
  const grpc::Status watched = Watch(waiting.name(), [&](const v1::TrainingEvent& event) {
    const bool queued = event.state_change().to() == v1::QUEUED;
    EXPECT_TRUE(!queued || Delete(waiting.name()).ok());
    return false;
  });
  EXPECT_EQ(watched.error_code(), grpc::StatusCode::NOT_FOUND);
  // The queue continues without it.
  const v1::Job next = Submit(1);
  trainer_->Release();
  EXPECT_TRUE(Watch(next.name(), [](const v1::TrainingEvent&) { return false; }).ok());
  EXPECT_EQ(trainer_->trained().size(), 2u);
}

TEST_F(HistoryTest, FewStepsAreAllThereAndOfManyTheExtremes) {
  const JobRow job = AddJob("job");
  constexpr int64_t kSteps = 20000;
  const auto loss = [](int64_t step) {
    if (step == 7777) return 99.0;
    if (step == 12345) return 0.001;
    return 10.0 + static_cast<double>(step * 7919 % 1000) / 1000;  // a noise of period 1000
  };
  AddSteps(job, 1, kSteps, loss);
  StartDaemon();
  EXPECT_EQ(Steps(job, 100, 501, 600).size(), 100u);
  const std::vector<v1::StepMetrics> steps = Steps(job, 1000);
  ASSERT_LE(steps.size(), 1000u);
  ASSERT_GT(steps.size(), 900u);
  EXPECT_EQ(steps.front().step(), 1);
  EXPECT_EQ(steps.back().step(), kSteps);
  std::set<int64_t> shown;
  for (size_t i = 0; i < steps.size(); ++i) {
    EXPECT_EQ(steps[i].combined_loss(), loss(steps[i].step()));  // recorded rows, not means
    EXPECT_TRUE(i == 0 || steps[i - 1].step() < steps[i].step());
    shown.insert(steps[i].step());
  }
  EXPECT_TRUE(shown.contains(7777));
  EXPECT_TRUE(shown.contains(12345));
  // The lowest and the highest of each of the 499 stretches, found here by a search over all steps.
  std::vector<std::pair<int64_t, int64_t>> extremes(499, {0, 0});
  for (int64_t step = 1; step <= kSteps; ++step) {
    auto& [lowest, highest] = extremes[static_cast<size_t>((step - 1) * 499 / kSteps)];
    if (lowest == 0 || loss(step) < loss(lowest)) lowest = step;
    if (highest == 0 || loss(step) > loss(highest)) highest = step;
  }
  for (const auto& [lowest, highest] : extremes) {
    EXPECT_TRUE(shown.contains(lowest)) << lowest;
    EXPECT_TRUE(shown.contains(highest)) << highest;
  }
}

TEST_F(HistoryTest, StepsWithGapsAreNotThinnedBelowWhatWasAskedFor) {
  const JobRow job = AddJob("job");
  AddSteps(job, 1, 5, [](int64_t) { return 1.0; });
  AddSteps(job, 1'000'000'000'001, 1'000'000'000'005, [](int64_t) { return 1.0; });
  const JobRow empty = AddJob("empty");
  StartDaemon();
  EXPECT_EQ(Steps(job, 10).size(), 10u);
  // Equal losses: the first of a stretch is its lowest and its highest.
  EXPECT_EQ(Steps(job, 4).size(), 2u);
  EXPECT_THAT(Steps(empty, 4), IsEmpty());
  v1::ListStepMetricsRequest request;
  request.set_parent("jobs/" + job.name);
  v1::ListStepMetricsResponse response;
  for (int wrong : {-1, 3, 10001}) {
    request.set_max_points(wrong);
    grpc::ClientContext context;
    EXPECT_EQ(history_->ListStepMetrics(&context, request, &response).error_code(),
              grpc::StatusCode::INVALID_ARGUMENT);
  }
}

TEST_F(HistoryTest, StepZeroAloneCanBeAskedFor) {
  const JobRow job = AddJob("job");
  Write([&](Transaction& transaction) {
    int probe = 0;
    for (int step : {0, 0, 10}) {
      v1::TrainingEvent event;
      event.mutable_sample()->set_step(step);
      event.mutable_sample()->set_probe(++probe);
      AppendEvent(transaction, job.id, event);
    }
  });
  StartDaemon();
  v1::ListSamplesRequest request;
  request.set_parent("jobs/" + job.name);
  request.set_page_size(1);
  request.set_first_step(10);  // ignored
  const auto count = [&](int64_t step) {
    int found = 0;
    request.set_step(step);
    request.clear_page_token();
    do {
      grpc::ClientContext context;
      v1::ListSamplesResponse response;
      EXPECT_TRUE(history_->ListSamples(&context, request, &response).ok());
      for (const v1::Sample& sample : response.samples()) {
        EXPECT_EQ(sample.step(), step);
        ++found;
      }
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    return found;
  };
  EXPECT_EQ(count(0), 2);
  EXPECT_EQ(count(10), 1);
  EXPECT_EQ(count(5), 0);
}

TEST_F(HistoryTest, WhatTheLastAndTheBestEvaluationConfusedIsKept) {
  const JobRow job = AddJob("job");
  const JobRow without = AddJob("of an older version");
  const double losses[] = {9, 5, 7, 6};
  for (int64_t i = 0; i < 4; ++i) {
    AddEvaluation(job, (i + 1) * 10, losses[i]);
    Write([&](Transaction& transaction) {
      PutConfusions(transaction, job.id, ReportOf((i + 1) * 10));
      // Trained again after a kill: the same rows.
      PutConfusions(transaction, job.id, ReportOf((i + 1) * 10));
    });
  }
  AddEvaluation(without, 10, 1.0);
  StartDaemon();
  const auto confusions = [&](const JobRow& row, v1::ConfusionSource source, int limit) {
    v1::GetConfusionsRequest request;
    request.set_name("jobs/" + row.name);
    request.set_source(source);
    request.set_limit(limit);
    grpc::ClientContext context;
    v1::Confusions found;
    const grpc::Status status = history_->GetConfusions(&context, request, &found);
    EXPECT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(found.source(), source);
    return found;
  };
  const v1::Confusions last = confusions(job, v1::CONFUSION_SOURCE_LAST_EVALUATION, 0);
  EXPECT_EQ(last.first_step(), 40);
  EXPECT_EQ(last.last_step(), 40);
  EXPECT_EQ(last.sample_count(), 3);
  EXPECT_EQ(last.token_count(), 100);
  EXPECT_EQ(last.masked_count(), 20);
  EXPECT_EQ(last.fake_count(), 41);
  EXPECT_EQ(last.caught_count(), 1);
  EXPECT_EQ(last.suspected_count(), 2);
  ASSERT_EQ(last.faked_size(), 2);
  EXPECT_EQ(last.faked(0).token(), "웹");
  EXPECT_EQ(last.faked(0).count(), 50);
  EXPECT_EQ(last.faked(0).masked_count(), 19);
  EXPECT_EQ(last.faked(0).fake_count(), 40);
  EXPECT_EQ(last.faked(0).missed_count(), 39);
  ASSERT_EQ(last.suspected_size(), 1);
  EXPECT_EQ(last.suspected(0).token(), "##을");
  ASSERT_EQ(last.missed_size(), 2);
  EXPECT_EQ(last.missed(0).fake(), "앱");
  EXPECT_EQ(last.missed(0).fake_count(), 40);
  EXPECT_EQ(last.missed(0).missed_count(), 39);
  EXPECT_EQ(confusions(job, v1::CONFUSION_SOURCE_LAST_EVALUATION, 1).faked_size(), 1);
  EXPECT_EQ(confusions(job, v1::CONFUSION_SOURCE_BEST_EVALUATION, 0).last_step(), 20);
  EXPECT_EQ(confusions(job, v1::CONFUSION_SOURCE_SAMPLES, 0).sample_count(), 0);
  EXPECT_EQ(confusions(without, v1::CONFUSION_SOURCE_LAST_EVALUATION, 0).sample_count(), 0);
  // Only two of the four are kept.
  const auto reader = OpenReadOnly(folder_.path() / "electrad.db");
  SQLite::Statement steps(*reader, "SELECT group_concat(DISTINCT step) FROM evaluation_tokens");
  steps.executeStep();
  EXPECT_EQ(steps.getColumn(0).getString(), "20,40");
}

TEST_F(HistoryTest, SamplesAreChosenByWhatTheDiscriminatorGotWrong) {
  const JobRow job = AddJob("job");
  Write([&](Transaction& transaction) {
    for (int i = 0; i < 8; ++i) {
      v1::TrainingEvent event;
      event.mutable_sample()->set_step(i);
      event.mutable_sample()->set_fake_count(2);
      event.mutable_sample()->set_caught_count(i % 2 == 0 ? 2 : 1);
      event.mutable_sample()->set_suspected_count(i % 4 < 2 ? 0 : 3);
      AppendEvent(transaction, job.id, event);
    }
  });
  StartDaemon();
  const auto steps = [&](bool missed, bool suspected) {
    std::vector<int64_t> found;
    v1::ListSamplesRequest request;
    request.set_parent("jobs/" + job.name);
    request.set_missed_only(missed);
    request.set_suspected_only(suspected);
    request.set_page_size(1);
    do {
      grpc::ClientContext context;
      v1::ListSamplesResponse response;
      EXPECT_TRUE(history_->ListSamples(&context, request, &response).ok());
      for (const v1::Sample& sample : response.samples()) found.push_back(sample.step());
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty() && found.size() < 20);
    return found;
  };
  EXPECT_THAT(steps(false, false), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  EXPECT_THAT(steps(true, false), ElementsAre(1, 3, 5, 7));
  EXPECT_THAT(steps(false, true), ElementsAre(2, 3, 6, 7));
  EXPECT_THAT(steps(true, true), ElementsAre(3, 7));
}

}  // namespace
}  // namespace electra::server
