// The daemon over a real port, with a trainer that needs no model.
#include "server/daemon.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/base/sha256.h"
#include "electra/v1/corpus.grpc.pb.h"
#include "electra/v1/daemon.grpc.pb.h"
#include "electra/v1/history.grpc.pb.h"
#include "electra/v1/job.grpc.pb.h"
#include "electra/v1/model.grpc.pb.h"
#include "electra/v1/training.grpc.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/store/job_state.h"
#include "tests/server/fake_trainer.h"
#include "tests/temporary_folder.h"

namespace electra::server {
namespace {

using ::google::protobuf::util::MessageDifferencer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class DaemonTest : public ::testing::Test {
 protected:
  void SetUp() override { StartDaemon(); }

  void StartDaemon(DaemonOptions options = {}) {
    auto trainer = std::make_unique<FakeTrainer>();
    trainer_ = trainer.get();
    options.data_dir = folder_.path();
    options.listen = "127.0.0.1:0";
    auto daemon = Daemon::Start(options, std::move(trainer));
    ASSERT_TRUE(daemon.ok()) << daemon.status();
    daemon_ = *std::move(daemon);
    const auto channel =
        grpc::CreateChannel(daemon_->address(), grpc::InsecureChannelCredentials());
    corpora_ = v1::CorpusService::NewStub(channel);
    jobs_ = v1::JobService::NewStub(channel);
    training_ = v1::TrainingService::NewStub(channel);
    history_ = v1::HistoryService::NewStub(channel);
    status_ = v1::DaemonService::NewStub(channel);
  }

  struct UploadOptions {
    std::string file_name = "books.txt";
    std::string column = "";
    std::string sha256 = "";  // the right one
    int64_t announced = -1;   // the right size
    size_t begin = 0;         // of the bytes that are sent
    size_t end = std::string::npos;
  };

  grpc::Status Upload(const std::string& text, const UploadOptions& options, v1::Corpus* corpus) {
    grpc::ClientContext context;
    const auto writer = corpora_->UploadCorpus(&context, corpus);
    v1::UploadCorpusRequest request;
    request.mutable_header()->set_file_name(options.file_name);
    request.mutable_header()->set_column(options.column);
    request.mutable_header()->set_size_bytes(
        options.announced < 0 ? static_cast<int64_t>(text.size()) : options.announced);
    request.mutable_header()->set_sha256(options.sha256.empty() ? Sha256Hex(text) : options.sha256);
    writer->Write(request);
    const size_t end = std::min(options.end, text.size());
    for (size_t offset = options.begin; offset < end; offset += 7) {
      request.Clear();
      request.mutable_chunk()->set_offset(static_cast<int64_t>(offset));
      request.mutable_chunk()->set_data(text.substr(offset, std::min<size_t>(7, end - offset)));
      if (!writer->Write(request)) break;
    }
    writer->WritesDone();
    return writer->Finish();
  }

  v1::Upload GetUpload(const std::string& text, const std::string& file_name) {
    v1::GetUploadRequest request;
    request.mutable_header()->set_file_name(file_name);
    request.mutable_header()->set_size_bytes(static_cast<int64_t>(text.size()));
    request.mutable_header()->set_sha256(Sha256Hex(text));
    v1::Upload upload;
    grpc::ClientContext context;
    const grpc::Status status = corpora_->GetUpload(&context, request, &upload);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return upload;
  }

  std::string UploadText() {
    v1::Corpus corpus;
    const grpc::Status status = Upload("첫 문장\n둘째 문장\n셋째 문장\n", {}, &corpus);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return corpus.name();
  }

  v1::SubmitJobRequest Request(int steps) {
    v1::SubmitJobRequest request;
    request.set_corpus(UploadText());
    request.set_model("models/tiny");
    (*request.mutable_hyperparameters()->mutable_fields())["max_steps"].set_number_value(steps);
    (*request.mutable_hyperparameters()->mutable_fields())["batch_size"].set_number_value(1);
    return request;
  }

  v1::Job Submit(const v1::SubmitJobRequest& request) {
    v1::Job job;
    grpc::ClientContext context;
    const grpc::Status status = jobs_->SubmitJob(&context, request, &job);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return job;
  }

  // Events after `after`, until the stream ends or `stop` returns true.
  std::vector<v1::TrainingEvent> Watch(
      const std::string& job, int64_t after, grpc::Status* status,
      const std::function<bool(const v1::TrainingEvent&)>& stop = nullptr) {
    grpc::ClientContext context;
    v1::WatchJobRequest request;
    request.set_name(job);
    request.set_after_sequence(after);
    const auto reader = training_->WatchJob(&context, request);
    std::vector<v1::TrainingEvent> events;
    v1::TrainingEvent event;
    while (reader->Read(&event)) {
      events.push_back(event);
      if (stop && stop(event)) context.TryCancel();
    }
    *status = reader->Finish();
    return events;
  }

  std::vector<v1::TrainingEvent> WatchToEnd(const std::string& job) {
    grpc::Status status;
    std::vector<v1::TrainingEvent> events = Watch(job, 0, &status);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return events;
  }

  v1::Job GetJob(const std::string& name) {
    v1::GetJobRequest request;
    request.set_name(name);
    v1::Job job;
    grpc::ClientContext context;
    const grpc::Status status = jobs_->GetJob(&context, request, &job);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return job;
  }

  grpc::Status Cancel(const std::string& name) {
    v1::CancelJobRequest request;
    request.set_name(name);
    v1::Job job;
    grpc::ClientContext context;
    return jobs_->CancelJob(&context, request, &job);
  }

  // For PauseJob, ResumeJob and RetryJob, which are alike.
  template <typename Request>
  grpc::Status Change(grpc::Status (v1::JobService::Stub::*method)(grpc::ClientContext*,
                                                                   const Request&, v1::Job*),
                      const std::string& name, v1::Job* job = nullptr) {
    Request request;
    request.set_name(name);
    v1::Job ignored;
    grpc::ClientContext context;
    return (jobs_.get()->*method)(&context, request, job != nullptr ? job : &ignored);
  }
  grpc::Status Pause(const std::string& name, v1::Job* job = nullptr) {
    return Change(&v1::JobService::Stub::PauseJob, name, job);
  }
  grpc::Status Resume(const std::string& name) {
    return Change(&v1::JobService::Stub::ResumeJob, name);
  }
  grpc::Status Retry(const std::string& name) {
    return Change(&v1::JobService::Stub::RetryJob, name);
  }

  // Until the job's log says that it is in this state.
  void WaitForState(const std::string& job, v1::JobState state) {
    grpc::Status ignored;
    Watch(job, 0, &ignored,
          [state](const v1::TrainingEvent& event) { return event.state_change().to() == state; });
  }

  // Waits until the job's log has this step.
  void WaitForStep(const std::string& job, int64_t step) {
    grpc::Status ignored;
    Watch(job, 0, &ignored,
          [step](const v1::TrainingEvent& event) { return event.step().step() == step; });
  }

  TemporaryFolder folder_;
  FakeTrainer* trainer_ = nullptr;  // the daemon's
  std::unique_ptr<Daemon> daemon_;
  std::unique_ptr<v1::CorpusService::Stub> corpora_;
  std::unique_ptr<v1::JobService::Stub> jobs_;
  std::unique_ptr<v1::TrainingService::Stub> training_;
  std::unique_ptr<v1::HistoryService::Stub> history_;
  std::unique_ptr<v1::DaemonService::Stub> status_;
};

// After a delete whose commit failed, or a disk that lost the file.
TEST_F(DaemonTest, AnUploadBringsBackAFileThatARowHasLost) {
  const std::string text = "첫 문장\n둘째 문장\n";
  v1::Corpus corpus;
  ASSERT_TRUE(Upload(text, {}, &corpus).ok());
  const std::filesystem::path file = folder_.path() / "corpora" / corpus.sha256();
  ASSERT_TRUE(std::filesystem::remove(file));
  const v1::Upload upload = GetUpload(text, "books.txt");
  EXPECT_FALSE(upload.has_corpus());
  EXPECT_EQ(upload.received_bytes(), 0);
  v1::Corpus again;
  ASSERT_TRUE(Upload(text, {}, &again).ok());
  EXPECT_EQ(again.name(), corpus.name());
  EXPECT_EQ(std::filesystem::file_size(file), text.size());
}

TEST_F(DaemonTest, ACorpusIsStoredOnceAndFound) {
  v1::Corpus first;
  ASSERT_TRUE(Upload("가나\n다라\n", {}, &first).ok());
  EXPECT_EQ(first.sample_count(), 2);
  EXPECT_EQ(first.format(), v1::TEXT);
  v1::Corpus again;
  ASSERT_TRUE(Upload("가나\n다라\n", {}, &again).ok());
  EXPECT_EQ(again.name(), first.name());
  v1::GetCorpusRequest request;
  request.set_name(first.name());
  v1::Corpus found;
  grpc::ClientContext context;
  ASSERT_TRUE(corpora_->GetCorpus(&context, request, &found).ok());
  EXPECT_TRUE(MessageDifferencer::Equals(first, found));
}

TEST_F(DaemonTest, ABadUploadIsRefusedAndLeavesNothing) {
  v1::Corpus corpus;
  grpc::Status status = Upload("a\n", {.sha256 = std::string(64, '0')}, &corpus);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DATA_LOSS);
  status = Upload("a\nb\n", {.announced = 3}, &corpus);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DATA_LOSS);
  status = Upload("a\n\xff\n", {}, &corpus);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("books.txt"));
  status = Upload("id,text\n1,a\n", {.file_name = "b.csv", .column = "sen"}, &corpus);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("text"));
  status = Upload("a\n", {.file_name = "book.docx"}, &corpus);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path() / "uploads"));
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path() / "corpora"));
}

TEST_F(DaemonTest, AnUploadGoesOnWhereItBrokeOff) {
  const std::string text = "첫 문장\n둘째 문장\n셋째 문장\n";
  v1::Corpus corpus;
  grpc::Status status = Upload(text, {.end = 14}, &corpus);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DATA_LOSS);
  EXPECT_THAT(status.error_message(), HasSubstr("14 of"));
  EXPECT_EQ(GetUpload(text, "books.txt").received_bytes(), 14);

  daemon_->Shutdown();  // and it is kept over a restart
  daemon_.reset();
  StartDaemon();
  EXPECT_EQ(GetUpload(text, "books.txt").received_bytes(), 14);
  status = Upload(text, {.begin = 21}, &corpus);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);  // a gap
  EXPECT_EQ(GetUpload(text, "books.txt").received_bytes(), 14);
  status = Upload(text, {.begin = 14}, &corpus);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(corpus.sample_count(), 3);

  // Stored content needs no bytes, even to be read in another way.
  const v1::Upload stored = GetUpload(text, "books.txt");
  EXPECT_EQ(stored.received_bytes(), static_cast<int64_t>(text.size()));
  EXPECT_EQ(stored.corpus().name(), corpus.name());
  EXPECT_FALSE(GetUpload(text, "books.csv").has_corpus());
  EXPECT_EQ(GetUpload(text, "books.csv").received_bytes(), static_cast<int64_t>(text.size()));
  v1::Corpus again;
  ASSERT_TRUE(Upload(text, {.begin = text.size()}, &again).ok());
  EXPECT_EQ(again.name(), corpus.name());
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path() / "uploads"));
}

TEST_F(DaemonTest, TheNewestUploadOfAContentHasIt) {
  const std::string text = "가나\n다라\n";
  v1::UploadCorpusRequest request;
  request.mutable_header()->set_file_name("a.txt");
  request.mutable_header()->set_size_bytes(static_cast<int64_t>(text.size()));
  request.mutable_header()->set_sha256(Sha256Hex(text));
  v1::Corpus ignored;
  grpc::ClientContext context;
  const auto old = corpora_->UploadCorpus(&context, &ignored);
  old->Write(request);
  v1::UploadCorpusRequest chunk;
  chunk.mutable_chunk()->set_data(text.substr(0, 7));
  old->Write(chunk);
  while (GetUpload(text, "a.txt").received_bytes() < 7) std::this_thread::yield();

  EXPECT_EQ(Upload(text, {.end = 7}, &ignored).error_code(), grpc::StatusCode::DATA_LOSS);
  chunk.mutable_chunk()->set_offset(7);
  chunk.mutable_chunk()->set_data(text.substr(7));
  old->Write(chunk);
  old->WritesDone();
  EXPECT_EQ(old->Finish().error_code(), grpc::StatusCode::ABORTED);
  EXPECT_TRUE(Upload(text, {.begin = 7}, &ignored).ok());
}

TEST_F(DaemonTest, ACallsIdAndTraceAreInItsAnswerAndInTheLog) {
  const auto call = [this](const std::string& id) {
    grpc::ClientContext context;
    context.AddMetadata("x-request-id", id);
    context.AddMetadata("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    v1::Job job;
    const v1::SubmitJobRequest request = Request(1);
    testing::internal::CaptureStderr();
    const grpc::Status status = jobs_->SubmitJob(&context, request, &job);
    const std::string log = testing::internal::GetCapturedStderr();
    EXPECT_TRUE(status.ok()) << status.error_message();
    const auto& metadata = context.GetServerInitialMetadata();
    const auto told = metadata.find("x-request-id");
    EXPECT_NE(told, metadata.end());
    const std::string said(told->second.data(), told->second.size());
    EXPECT_THAT(log, HasSubstr("request=" + said +
                               " trace_id=4bf92f3577b34da6a3ce929d0e0e4736 "
                               "span_id=00f067aa0ba902b7"));
    return said;
  };
  EXPECT_EQ(call("ann-1.2_3"), "ann-1.2_3");
  EXPECT_NE(call("a id that is none"), "a id that is none");
  EXPECT_NE(call(std::string(65, 'a')), std::string(65, 'a'));
}

TEST_F(DaemonTest, QuotasChangeWhileTheDaemonRuns) {
  daemon_->SetQuotas(5, 0, 0);
  v1::Corpus corpus;
  EXPECT_EQ(Upload("0123456789\n", {}, &corpus).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  daemon_->SetQuotas(0, 0, 0);
  EXPECT_TRUE(Upload("0123456789\n", {}, &corpus).ok());
}

TEST_F(DaemonTest, CorporaStayWithinTheirQuota) {
  daemon_->Shutdown();
  daemon_.reset();
  StartDaemon({.corpora_quota = 20});
  v1::Corpus corpus;
  ASSERT_TRUE(Upload("0123456789\n", {}, &corpus).ok());
  const grpc::Status status = Upload("9876543210\n", {}, &corpus);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), HasSubstr("at most 20"));
  ASSERT_TRUE(Upload("0123456789\n", {}, &corpus).ok());  // the same takes no room
}

TEST_F(DaemonTest, BeyondTheQuotaOfCheckpointsNoJobIsTaken) {
  daemon_->Shutdown();
  daemon_.reset();
  StartDaemon({.checkpoints_quota = 10});
  trainer_->SaveBytes(10);
  const v1::Job job = Submit(Request(1));
  WatchToEnd(job.name());
  v1::Job refused;
  grpc::ClientContext context;
  const grpc::Status status = jobs_->SubmitJob(&context, Request(1), &refused);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), HasSubstr("electra server gc"));
}

TEST_F(DaemonTest, WhatIsSeenLiveIsWhatIsReplayed) {
  const v1::Job job = Submit(Request(20));
  EXPECT_EQ(job.state(), v1::QUEUED);
  const std::vector<v1::TrainingEvent> live = WatchToEnd(job.name());
  const std::vector<v1::TrainingEvent> replayed = WatchToEnd(job.name());
  ASSERT_EQ(live.size(), replayed.size());
  for (size_t i = 0; i < live.size(); ++i) {
    EXPECT_EQ(live[i].sequence(), static_cast<int64_t>(i) + 1);
    EXPECT_EQ(live[i].SerializeAsString(), replayed[i].SerializeAsString());
  }
  EXPECT_EQ(live.back().state_change().to(), v1::SUCCEEDED);
  const v1::Job ended = GetJob(job.name());
  EXPECT_EQ(ended.state(), v1::SUCCEEDED);
  EXPECT_EQ(ended.step(), 20);
  EXPECT_EQ(ended.total_steps(), 20);
  EXPECT_EQ(ended.last_sequence(), live.back().sequence());
  EXPECT_THAT(ended.model_path(), HasSubstr("checkpoint"));
}

TEST_F(DaemonTest, AWatcherGoesOnBehindItsSequence) {
  const v1::Job job = Submit(Request(10));
  const size_t all = WatchToEnd(job.name()).size();
  grpc::Status status;
  const auto rest = Watch(job.name(), 5, &status);
  EXPECT_TRUE(status.ok());
  ASSERT_EQ(rest.size(), all - 5);
  EXPECT_EQ(rest.front().sequence(), 6);
}

TEST_F(DaemonTest, EveryStepIsInTheHistoryOnce) {
  const v1::Job job = Submit(Request(30));
  WatchToEnd(job.name());
  std::vector<int64_t> steps;
  v1::ListStepMetricsRequest request;
  request.set_parent(job.name());
  request.set_page_size(7);
  do {
    v1::ListStepMetricsResponse response;
    grpc::ClientContext context;
    ASSERT_TRUE(history_->ListStepMetrics(&context, request, &response).ok());
    for (const v1::StepMetrics& step : response.steps()) steps.push_back(step.step());
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  ASSERT_EQ(steps.size(), 30u);
  for (size_t i = 0; i < steps.size(); ++i) EXPECT_EQ(steps[i], static_cast<int64_t>(i) + 1);

  v1::ListSamplesRequest samples_request;
  samples_request.set_parent(job.name());
  samples_request.set_first_step(10);
  samples_request.set_last_step(14);
  v1::ListSamplesResponse samples;
  grpc::ClientContext context;
  ASSERT_TRUE(history_->ListSamples(&context, samples_request, &samples).ok());
  EXPECT_EQ(samples.samples_size(), 3);
}

TEST_F(DaemonTest, ProbeSentencesAreShownStoredAndCounted) {
  v1::SubmitJobRequest request = Request(6);
  request.add_probe("첫째 문장");
  request.add_probe("둘째 문장");
  const v1::Job job = Submit(request);
  EXPECT_EQ(job.probe_count(), 2);
  std::vector<std::string> live;
  const auto describe = [](const v1::Sample& sample) {
    return absl::StrCat(sample.step(), "/", sample.probe(), " ", sample.tokens(1).text());
  };
  for (const v1::TrainingEvent& event : WatchToEnd(job.name())) {
    if (event.has_sample()) live.push_back(describe(event.sample()));
  }
  EXPECT_THAT(live,
              ElementsAre("2/0 웹", "2/1 첫째 문장", "2/2 둘째 문장", "4/0 웹", "4/1 첫째 문장",
                          "4/2 둘째 문장", "6/0 웹", "6/1 첫째 문장", "6/2 둘째 문장"));
  // A page may end between the samples of a step.
  std::vector<std::string> listed;
  v1::ListSamplesRequest list;
  list.set_parent(job.name());
  list.set_page_size(2);
  do {
    v1::ListSamplesResponse response;
    grpc::ClientContext context;
    ASSERT_TRUE(history_->ListSamples(&context, list, &response).ok());
    for (const v1::Sample& sample : response.samples()) listed.push_back(describe(sample));
    list.set_page_token(response.next_page_token());
  } while (!list.page_token().empty() && listed.size() < 20);
  EXPECT_EQ(listed, live);
}

TEST_F(DaemonTest, ProbeSentencesThatCannotBeShownAreRefused) {
  const auto refusal = [&](const std::string& sentence, int count, double sample_every) {
    v1::SubmitJobRequest request = Request(5);
    for (int i = 0; i < count; ++i) request.add_probe(sentence);
    (*request.mutable_hyperparameters()->mutable_fields())["sample_every"].set_number_value(
        sample_every);
    v1::Job job;
    grpc::ClientContext context;
    return jobs_->SubmitJob(&context, request, &job).error_message();
  };
  EXPECT_EQ(refusal("한 문장", 100, 1), "");
  EXPECT_THAT(refusal("한 문장", 101, 1), HasSubstr("probe has 101 sentences: at most 100"));
  EXPECT_THAT(refusal("한 문장", 1, 0), HasSubstr("sample_every is 0"));
  EXPECT_THAT(refusal("두\n줄", 1, 1), HasSubstr("probe sentence 1 must be one line"));
  EXPECT_THAT(refusal(" \t", 1, 1), HasSubstr("probe sentence 1 must be one line with text"));
  EXPECT_THAT(refusal(std::string(4097, 'x'), 1, 1), HasSubstr("has 4097 bytes: at most 4096"));
}

TEST_F(DaemonTest, AJobTellsOfSkippedStepsAndWhichModelItKept) {
  trainer_->SkipSteps(3);
  trainer_->EndWithNote(Message("NOTE", "the model is that of step {step}", 4));
  const v1::Job job = Submit(Request(9));
  const std::vector<v1::TrainingEvent> events = WatchToEnd(job.name());
  EXPECT_EQ(events.back().state_change().to(), v1::SUCCEEDED);
  EXPECT_EQ(events.back().state_change().reason(), "the model is that of step 4");
  const v1::Job ended = GetJob(job.name());
  EXPECT_EQ(ended.reason(), "the model is that of step 4");
  EXPECT_EQ(ended.skipped_steps(), 3);
  // Its two evaluations are equal: the first of them is the best.
  EXPECT_EQ(ended.best_evaluation().step(), 4);
  EXPECT_EQ(ended.last_evaluation().step(), 8);
}

TEST_F(DaemonTest, BadHyperparametersAreAllNamed) {
  v1::SubmitJobRequest request = Request(5);
  auto& fields = *request.mutable_hyperparameters()->mutable_fields();
  fields["learning_rate"].set_number_value(7);
  fields["no_such_key"].set_bool_value(true);
  fields["freeze_layers"].set_number_value(90);
  fields["disc_token_weights"].set_string_value("domain");  // nothing to compare the corpus with
  v1::Job job;
  grpc::ClientContext context;
  const grpc::Status status = jobs_->SubmitJob(&context, request, &job);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  ASSERT_EQ(details.details_size(), 2);
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(details.details(0).UnpackTo(&info));
  EXPECT_EQ(info.domain(), "electra");
  google::rpc::BadRequest bad_request;
  ASSERT_TRUE(details.details(1).UnpackTo(&bad_request));
  ASSERT_EQ(bad_request.field_violations_size(), 4);
  std::map<std::string, std::string> problems;  // a Struct has no order
  for (const auto& violation : bad_request.field_violations()) {
    problems[violation.field()] = violation.description();
  }
  EXPECT_THAT(problems["hyperparameters.learning_rate"], HasSubstr("above 0, at most 1"));
  EXPECT_THAT(problems["hyperparameters.no_such_key"], HasSubstr("unknown"));
  EXPECT_THAT(problems["hyperparameters.freeze_layers"], HasSubstr("freeze_layers is 90"));
  EXPECT_THAT(problems["hyperparameters.disc_token_weights"], HasSubstr("start from a pair"));
}

TEST_F(DaemonTest, WhatIsNotThereIsSaid) {
  v1::SubmitJobRequest request = Request(5);
  request.set_corpus("corpora/000000000000");
  v1::Job job;
  {
    grpc::ClientContext context;
    EXPECT_EQ(jobs_->SubmitJob(&context, request, &job).error_code(), grpc::StatusCode::NOT_FOUND);
  }
  request = Request(5);
  request.set_model("models/huge");
  {
    grpc::ClientContext context;
    const grpc::Status status = jobs_->SubmitJob(&context, request, &job);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
    EXPECT_THAT(status.error_message(), HasSubstr("huge"));
  }
  EXPECT_EQ(Cancel("jobs/abc").error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Cancel("abc").error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  grpc::Status status;
  Watch("jobs/abc", 0, &status);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(DaemonTest, BadVocabulariesAndBatchesAreRefusedAtSubmission) {
  v1::SubmitJobRequest request = Request(5);
  request.set_vocabulary("[PAD]\n[UNK]\n[CLS]\n[SEP]\n");
  v1::Job job;
  {
    grpc::ClientContext context;
    const grpc::Status status = jobs_->SubmitJob(&context, request, &job);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(status.error_message(), HasSubstr("[MASK]"));
  }
  request = Request(5);
  (*request.mutable_hyperparameters()->mutable_fields())["batch_size"].set_number_value(256);
  {
    grpc::ClientContext context;
    const grpc::Status status = jobs_->SubmitJob(&context, request, &job);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(status.error_message(), HasSubstr("256"));
  }
}

TEST_F(DaemonTest, TheSameRequestIdIsOneJob) {
  v1::SubmitJobRequest request = Request(3);
  request.set_request_id("0b6f5c1e-93a8-4a5a-8f1e-0c6b1f4d2a77");
  const v1::Job job = Submit(request);
  EXPECT_EQ(Submit(request).name(), job.name());
  WatchToEnd(job.name());
  v1::DeleteCorpusRequest corpus;
  corpus.set_name(job.corpus());
  google::protobuf::Empty ignored;
  grpc::ClientContext context;
  ASSERT_TRUE(corpora_->DeleteCorpus(&context, corpus, &ignored).ok());
  EXPECT_EQ(Submit(request).name(), job.name());  // whatever has changed since
}

TEST_F(DaemonTest, AWaitingJobIsCancelledAtOnce) {
  trainer_->HoldAfter(2);
  const v1::Job running = Submit(Request(10));
  WaitForStep(running.name(), 2);
  const v1::Job waiting = Submit(Request(10));
  EXPECT_EQ(GetJob(waiting.name()).queue_position(), 1);
  EXPECT_TRUE(Cancel(waiting.name()).ok());
  EXPECT_EQ(WatchToEnd(waiting.name()).back().state_change().to(), v1::CANCELLED);
  EXPECT_EQ(Cancel(waiting.name()).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(GetJob(running.name()).state(), v1::RUNNING);
}

TEST_F(DaemonTest, ARunningJobIsCancelledAfterItsStep) {
  trainer_->HoldAfter(2);
  trainer_->EndWithNote(Message("NOTE", "the model is that of step {step}", 1));
  const v1::Job job = Submit(Request(10));
  WaitForStep(job.name(), 2);
  EXPECT_TRUE(Cancel(job.name()).ok());
  EXPECT_EQ(WatchToEnd(job.name()).back().state_change().to(), v1::CANCELLED);
  EXPECT_EQ(GetJob(job.name()).step(), 2);
  EXPECT_EQ(GetJob(job.name()).reason(), "cancelled after step 2; the model is that of step 1");
}

TEST_F(DaemonTest, OneJobAfterTheOtherByPriority) {
  trainer_->HoldAfter(2);
  v1::SubmitJobRequest most_urgent = Request(4);
  most_urgent.set_priority(20);
  const v1::Job first = Submit(most_urgent);
  WaitForStep(first.name(), 2);
  const v1::Job low = Submit(Request(4));
  v1::SubmitJobRequest urgent = Request(4);
  urgent.set_priority(10);
  const v1::Job high = Submit(urgent);
  trainer_->Release();
  WatchToEnd(low.name());
  EXPECT_THAT(trainer_->trained(),
              ElementsAre(first.name().substr(5), high.name().substr(5), low.name().substr(5)));
}

TEST_F(DaemonTest, APausedJobWaitsUntilItIsResumed) {
  trainer_->HoldAfter(2);
  const v1::Job job = Submit(Request(6));
  WaitForStep(job.name(), 2);
  const v1::Job waiting = Submit(Request(6));
  v1::Job paused;
  ASSERT_TRUE(Pause(waiting.name(), &paused).ok());
  EXPECT_EQ(paused.state(), v1::PAUSED);  // at once
  ASSERT_TRUE(Pause(job.name(), &paused).ok());
  EXPECT_EQ(paused.state(), v1::RUNNING);  // after its step
  WaitForState(job.name(), v1::PAUSED);
  EXPECT_EQ(GetJob(job.name()).step(), 2);

  // It survives the daemon.
  daemon_->Shutdown();
  daemon_.reset();
  StartDaemon();
  EXPECT_EQ(GetJob(job.name()).state(), v1::PAUSED);
  EXPECT_EQ(WatchToEnd(Submit(Request(2)).name()).back().state_change().to(), v1::SUCCEEDED);
  EXPECT_EQ(GetJob(waiting.name()).state(), v1::PAUSED);
  ASSERT_TRUE(Resume(job.name()).ok());
  ASSERT_TRUE(Resume(waiting.name()).ok());
  EXPECT_EQ(WatchToEnd(job.name()).back().state_change().to(), v1::SUCCEEDED);
  EXPECT_EQ(WatchToEnd(waiting.name()).back().state_change().to(), v1::SUCCEEDED);
  EXPECT_EQ(Resume(job.name()).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(Pause(job.name()).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(DaemonTest, APausedJobCanBeCancelled) {
  trainer_->HoldAfter(2);
  const v1::Job job = Submit(Request(6));
  WaitForStep(job.name(), 2);
  ASSERT_TRUE(Pause(job.name()).ok());
  WaitForState(job.name(), v1::PAUSED);
  ASSERT_TRUE(Cancel(job.name()).ok());
  EXPECT_EQ(GetJob(job.name()).state(), v1::CANCELLED);
}

TEST_F(DaemonTest, AFailedJobIsTriedAgainInTheSameLog) {
  trainer_->FailWith(absl::ResourceExhaustedError("memory ran out"));
  const v1::Job job = Submit(Request(4));
  EXPECT_EQ(WatchToEnd(job.name()).back().state_change().to(), v1::FAILED);
  trainer_->FailWith(absl::OkStatus());
  ASSERT_TRUE(Retry(job.name()).ok());
  const std::vector<v1::TrainingEvent> events = WatchToEnd(job.name());
  EXPECT_EQ(events.back().state_change().to(), v1::SUCCEEDED);
  for (size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].sequence(), static_cast<int64_t>(i) + 1);
  }
  const v1::Job ended = GetJob(job.name());
  EXPECT_EQ(ended.reason(), "");
  EXPECT_EQ(Retry(job.name()).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(DaemonTest, AMoreUrgentJobTakesTheDevice) {
  trainer_->HoldAfter(2);
  const v1::Job first = Submit(Request(4));
  WaitForStep(first.name(), 2);
  v1::SubmitJobRequest equal = Request(4);
  const v1::Job second = Submit(equal);
  EXPECT_EQ(GetJob(first.name()).state(), v1::RUNNING);  // an equal one waits
  v1::SubmitJobRequest urgent = Request(4);
  urgent.set_priority(10);
  const v1::Job high = Submit(urgent);
  WaitForStep(high.name(), 2);
  EXPECT_EQ(GetJob(first.name()).state(), v1::QUEUED);
  EXPECT_EQ(GetJob(first.name()).queue_position(), 1);  // its old place
  trainer_->Release();
  for (const v1::Job& job : {high, first, second}) {
    EXPECT_EQ(WatchToEnd(job.name()).back().state_change().to(), v1::SUCCEEDED);
  }
  EXPECT_THAT(trainer_->trained(), ElementsAre(first.name().substr(5), high.name().substr(5),
                                               first.name().substr(5), second.name().substr(5)));
}

TEST_F(DaemonTest, OneJobsFaultEndsOnlyThatJob) {
  trainer_->FailWith(absl::InvalidArgumentError("the loss of step 3 is not a number"));
  const v1::Job broken = Submit(Request(4));
  EXPECT_EQ(WatchToEnd(broken.name()).back().state_change().to(), v1::FAILED);
  EXPECT_THAT(GetJob(broken.name()).reason(), HasSubstr("not a number"));
  trainer_->FailWith(absl::OkStatus());
  EXPECT_EQ(WatchToEnd(Submit(Request(4)).name()).back().state_change().to(), v1::SUCCEEDED);
}

TEST_F(DaemonTest, TheQueueSurvivesARestart) {
  trainer_->HoldAfter(2);
  const v1::Job running = Submit(Request(6));
  WaitForStep(running.name(), 2);
  const v1::Job waiting = Submit(Request(6));
  daemon_->Shutdown();
  daemon_.reset();
  StartDaemon();
  EXPECT_EQ(WatchToEnd(waiting.name()).back().state_change().to(), v1::SUCCEEDED);
  EXPECT_EQ(WatchToEnd(running.name()).back().state_change().to(), v1::SUCCEEDED);
  EXPECT_THAT(trainer_->trained(), ElementsAre(running.name().substr(5), waiting.name().substr(5)));
}

TEST_F(DaemonTest, AShutdownEndsStreamsSoThatClientsComeBack) {
  trainer_->HoldAfter(2);
  const v1::Job job = Submit(Request(6));
  grpc::Status status;
  std::thread stopper([&] {
    WaitForStep(job.name(), 2);
    daemon_->Shutdown();
  });
  Watch(job.name(), 0, &status);
  stopper.join();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(DaemonTest, ASecondDaemonOnTheFolderIsRefused) {
  const absl::Status status = Daemon::Start({.data_dir = folder_.path(), .listen = "127.0.0.1:0"},
                                            std::make_unique<FakeTrainer>())
                                  .status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(DaemonTest, ATakenPortIsRefused) {
  TemporaryFolder other;
  const absl::Status status =
      Daemon::Start({.data_dir = other.path(), .listen = daemon_->address()},
                    std::make_unique<FakeTrainer>())
          .status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
}

TEST_F(DaemonTest, ARemoteAddressNeedsAWord) {
  TemporaryFolder other;
  const absl::Status status = Daemon::Start({.data_dir = other.path(), .listen = "0.0.0.0:0"},
                                            std::make_unique<FakeTrainer>())
                                  .status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("--insecure-i-know"));
}

TEST_F(DaemonTest, ListsHavePages) {
  std::vector<std::string> submitted;
  for (int i = 0; i < 5; ++i) submitted.push_back(Submit(Request(1)).name());
  std::vector<std::string> listed;
  v1::ListJobsRequest request;
  request.set_page_size(2);
  do {
    v1::ListJobsResponse response;
    grpc::ClientContext context;
    ASSERT_TRUE(jobs_->ListJobs(&context, request, &response).ok());
    for (const v1::Job& job : response.jobs()) listed.push_back(job.name());
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  std::reverse(submitted.begin(), submitted.end());
  EXPECT_EQ(listed, submitted);

  request.set_page_token("next");
  v1::ListJobsResponse response;
  grpc::ClientContext context;
  EXPECT_EQ(jobs_->ListJobs(&context, request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(DaemonTest, StatusSaysWhatRuns) {
  trainer_->HoldAfter(2);
  const v1::Job job = Submit(Request(6));
  WaitForStep(job.name(), 2);
  Submit(Request(6));
  v1::DaemonStatus status;
  grpc::ClientContext context;
  ASSERT_TRUE(status_->GetStatus(&context, {}, &status).ok());
  EXPECT_EQ(status.running_jobs(), 1);
  EXPECT_EQ(status.queued_jobs(), 1);
  ASSERT_EQ(status.devices_size(), 1);
  EXPECT_EQ(status.devices(0).running_job(), job.name());
  EXPECT_GT(status.free_bytes(), 0);
}

}  // namespace
}  // namespace electra::server
