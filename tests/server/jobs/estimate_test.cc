// Answers and refusals of EstimateJob, over a real port.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <thread>

#include "core/base/sha256.h"
#include "core/hub/tokenizer_files_write.h"
#include "core/text/vocabulary.h"
#include "electra/v1/corpus.grpc.pb.h"
#include "electra/v1/job.grpc.pb.h"
#include "electra/v1/training.grpc.pb.h"
#include "server/corpora/text_census.h"
#include "server/daemon.h"
#include "tests/server/fake_trainer.h"
#include "tests/temporary_folder.h"

namespace electra::server {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;

constexpr char kVocabulary[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n##b\n";

class EstimateTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto trainer = std::make_unique<FakeTrainer>();
    trainer_ = trainer.get();
    DaemonOptions options;
    options.data_dir = folder_.path();
    options.listen = "127.0.0.1:0";
    auto daemon = Daemon::Start(options, std::move(trainer));
    ASSERT_TRUE(daemon.ok()) << daemon.status();
    daemon_ = *std::move(daemon);
    channel_ = grpc::CreateChannel(daemon_->address(), grpc::InsecureChannelCredentials());
    jobs_ = v1::JobService::NewStub(channel_);
  }

  // A sample that is a whole file, or the beginning of one of `size` bytes.
  static v1::EstimateJobRequest Request(const std::string& data, int64_t size = -1,
                                        const std::string& file_name = "books.txt") {
    v1::EstimateJobRequest request;
    request.set_model("models/tiny");
    request.set_vocabulary(kVocabulary);
    request.mutable_sample()->mutable_header()->set_file_name(file_name);
    request.mutable_sample()->mutable_header()->set_size_bytes(
        size < 0 ? static_cast<int64_t>(data.size()) : size);
    request.mutable_sample()->set_data(data);
    Set(request, "batch_size", 2);
    Set(request, "validation_split_percentage", 20);
    return request;
  }

  static void Set(v1::EstimateJobRequest& request, const std::string& key, double value) {
    (*request.mutable_hyperparameters()->mutable_fields())[key].set_number_value(value);
  }

  grpc::Status Estimate(const v1::EstimateJobRequest& request, v1::JobEstimate* estimate) {
    grpc::ClientContext context;
    return jobs_->EstimateJob(&context, request, estimate);
  }

  v1::JobEstimate EstimateWell(const v1::EstimateJobRequest& request) {
    v1::JobEstimate estimate;
    const grpc::Status status = Estimate(request, &estimate);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return estimate;
  }

  std::string Refusal(const v1::EstimateJobRequest& request) {
    v1::JobEstimate estimate;
    const grpc::Status status = Estimate(request, &estimate);
    EXPECT_NE(status.error_code(), grpc::StatusCode::OK);
    return status.error_message();
  }

  v1::Corpus Upload(const std::string& text) {
    const auto corpora = v1::CorpusService::NewStub(channel_);
    grpc::ClientContext context;
    v1::Corpus corpus;
    const auto writer = corpora->UploadCorpus(&context, &corpus);
    v1::UploadCorpusRequest request;
    request.mutable_header()->set_file_name("books.txt");
    request.mutable_header()->set_size_bytes(static_cast<int64_t>(text.size()));
    request.mutable_header()->set_sha256(Sha256Hex(text));
    writer->Write(request);
    for (size_t offset = 0; offset < text.size(); offset += 1 << 20) {
      request.mutable_chunk()->set_offset(static_cast<int64_t>(offset));
      request.mutable_chunk()->set_data(text.substr(offset, 1 << 20));
      writer->Write(request);
    }
    writer->WritesDone();
    const grpc::Status status = writer->Finish();
    EXPECT_TRUE(status.ok()) << status.error_message();
    return corpus;
  }

  // Runs a job of `model` to its end; returns its name.
  std::string RunJob(const std::string& corpus, const std::string& model) {
    v1::SubmitJobRequest request;
    request.set_corpus(corpus);
    request.set_model(model);
    auto& fields = *request.mutable_hyperparameters()->mutable_fields();
    fields["max_steps"].set_number_value(8);
    fields["batch_size"].set_number_value(2);
    v1::Job job;
    grpc::ClientContext context;
    const grpc::Status status = jobs_->SubmitJob(&context, request, &job);
    EXPECT_TRUE(status.ok()) << status.error_message();
    const auto training = v1::TrainingService::NewStub(channel_);
    v1::WatchJobRequest watch;
    watch.set_name(job.name());
    grpc::ClientContext watching;
    const auto reader = training->WatchJob(&watching, watch);
    for (v1::TrainingEvent event; reader->Read(&event);) continue;
    EXPECT_TRUE(reader->Finish().ok());
    return job.name();
  }

  grpc::Status Submit(const v1::SubmitJobRequest& request, v1::Job* job) {
    job->Clear();
    grpc::ClientContext context;
    return jobs_->SubmitJob(&context, request, job);
  }

  int CountJobs() {
    v1::ListJobsResponse response;
    grpc::ClientContext context;
    EXPECT_TRUE(jobs_->ListJobs(&context, v1::ListJobsRequest(), &response).ok());
    return response.jobs_size();
  }

  TemporaryFolder folder_;
  FakeTrainer* trainer_ = nullptr;  // the daemon's
  std::unique_ptr<Daemon> daemon_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::JobService::Stub> jobs_;
};

// "a b\n" ten times: 2 tokens a sample, 1 sequence each.
std::string Lines(int count, const std::string& line = "a b\n") {
  std::string text;
  for (int i = 0; i < count; ++i) text += line;
  return text;
}

// Ten words per line, no two lines equal: 10 tokens and 1 sequence per sample.
std::string DifferentLines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    for (int bit = 0; bit < 10; ++bit) {
      text += (i >> bit) % 2 == 0 ? 'a' : 'b';
      text += bit < 9 ? ' ' : '\n';
    }
  }
  return text;
}

TEST_F(EstimateTest, TheOtherCorporaAreCountedToo) {
  v1::EstimateJobRequest request = Request(DifferentLines(10));
  Set(request, "num_train_epochs", 1);
  const v1::CorpusSample other = Request(DifferentLines(6), -1, "general.txt").sample();
  request.add_mix()->set_share(0.5);
  request.add_mix()->set_share(0.5);
  *request.mutable_mix(1)->mutable_sample() = other;
  *request.add_eval_corpora()->mutable_sample() = other;
  const v1::JobEstimate estimate = EstimateWell(request);
  EXPECT_EQ(estimate.sample_count(), 16);
  EXPECT_EQ(estimate.validation_sequence_count(), 2);
  // 8 sequences of the first corpus in an epoch, and as many tokens of the other.
  EXPECT_EQ(estimate.steps_per_epoch(), 8);
  ASSERT_EQ(estimate.corpora_size(), 2);
  EXPECT_EQ(estimate.corpora(0).name(), "");
  EXPECT_EQ(estimate.corpora(0).token_count(), 60);
  EXPECT_EQ(estimate.corpora(1).name(), "general");
}

TEST_F(EstimateTest, OtherCorporaThatCannotBeUsedAreFields) {
  const auto field_of = [&](const std::function<void(v1::EstimateJobRequest&)>& change) {
    v1::EstimateJobRequest request = Request(DifferentLines(10));
    change(request);
    v1::JobEstimate ignored;
    const grpc::Status status = Estimate(request, &ignored);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    return status.error_message();
  };
  EXPECT_THAT(field_of([](auto& request) { request.add_mix(); }), HasSubstr("from 2 to 8"));
  EXPECT_THAT(field_of([](auto& request) {
                request.add_mix()->set_share(0.5);
                request.add_mix()->set_share(-1);
              }),
              HasSubstr("the share of corpus 2 is -1"));
  EXPECT_THAT(field_of([](auto& request) {
                for (int i = 0; i < 5; ++i) request.add_eval_corpora()->set_name("a");
              }),
              HasSubstr("at most 4"));
  EXPECT_THAT(field_of([](auto& request) {
                for (int i = 0; i < 2; ++i) request.add_eval_corpora()->set_name("a");
              }),
              HasSubstr("two evaluation corpora are named a"));
  EXPECT_THAT(field_of([](auto& request) { request.add_eval_corpora()->set_name("a b"); }),
              HasSubstr("cannot name an evaluation corpus"));
  EXPECT_THAT(field_of([](auto& request) {
                request.add_eval_corpora()->set_name("a");
                (*request.mutable_hyperparameters()->mutable_fields())["metric_for_best_model"]
                    .set_string_value("b.loss");
              }),
              HasSubstr("the job has a"));
}

TEST_F(EstimateTest, AWholeFileIsCountedExactly) {
  v1::EstimateJobRequest request = Request(DifferentLines(10) + "\n" + "a x ab\n");
  Set(request, "num_train_epochs", 3);
  const v1::JobEstimate estimate = EstimateWell(request);
  EXPECT_EQ(estimate.sample_count(), 11);
  EXPECT_EQ(estimate.sequence_count(), 11);
  EXPECT_EQ(estimate.token_count(), 104);
  EXPECT_EQ(estimate.unknown_token_count(), 1);
  EXPECT_EQ(estimate.validation_sequence_count(), 3);  // ceil(20 %)
  EXPECT_EQ(estimate.train_sequence_count(), 8);
  EXPECT_EQ(estimate.steps_per_epoch(), 4);
  EXPECT_EQ(estimate.total_steps(), 12);
  EXPECT_EQ(estimate.vocab_size(), 8);
  EXPECT_EQ(estimate.read_bytes(), estimate.size_bytes());
  EXPECT_EQ(estimate.device(), "cpu");
  EXPECT_EQ(estimate.device_memory_bytes(), 1);
  EXPECT_GT(estimate.memory_bytes(), 150'000'000);  // on the processor the whole daemon's
  EXPECT_EQ(estimate.hyperparameters().fields().at("learning_rate").number_value(), 5e-4);
  EXPECT_EQ(CountJobs(), 0);
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path() / "uploads"));
}

TEST_F(EstimateTest, LongSamplesAreWindowsOrAreCut) {
  v1::EstimateJobRequest request = Request(Lines(4, "a b a b a b a b a b a b a\n"));
  Set(request, "max_length", 8);
  EXPECT_EQ(EstimateWell(request).sequence_count(), 12);  // 13 tokens in windows of 6
  (*request.mutable_hyperparameters()->mutable_fields())["truncate"].set_bool_value(true);
  const v1::JobEstimate cut = EstimateWell(request);
  EXPECT_EQ(cut.sequence_count(), 4);
  EXPECT_EQ(cut.token_count(), 24);
}

TEST_F(EstimateTest, DuplicatesAreLeftOutOnWish) {
  v1::EstimateJobRequest request = Request(DifferentLines(100) + DifferentLines(100));
  const v1::JobEstimate kept = EstimateWell(request);
  (*request.mutable_hyperparameters()->mutable_fields())["deduplicate"].set_bool_value(true);
  const v1::JobEstimate once = EstimateWell(request);
  EXPECT_EQ(once.validation_sequence_count(), kept.validation_sequence_count());
  EXPECT_EQ(once.train_sequence_count(), 100 - once.validation_sequence_count());
  EXPECT_EQ(kept.train_sequence_count(), 2 * once.train_sequence_count());
}

TEST_F(EstimateTest, TheBeginningIsScaledToTheWhole) {
  const std::string whole = DifferentLines(1000);
  v1::JobEstimate estimate =
      EstimateWell(Request(whole.substr(0, 2002), static_cast<int64_t>(whole.size())));
  EXPECT_NEAR(static_cast<double>(estimate.sample_count()), 1000, 10);
  EXPECT_NEAR(static_cast<double>(estimate.token_count()), 10000, 100);
  EXPECT_NEAR(static_cast<double>(estimate.train_sequence_count()), 800, 10);
  EXPECT_EQ(estimate.read_bytes(), 2002);
  EXPECT_EQ(estimate.size_bytes(), 20000);
}

// For every way to cut off a file in its middle.
TEST_F(EstimateTest, ACutBeginningIsNoError) {
  const std::string korean = Lines(50, "가 나\n");
  const std::string quoted = "id,text\n" + Lines(50, "1,\"a\nb\"\n");
  const std::string json = Lines(50, "{\"text\": \"a b\"}\n");
  v1::JobEstimate estimate;
  for (size_t cut = 0; cut < 8; ++cut) {
    const auto size = static_cast<int64_t>(1 << 20);
    v1::EstimateJobRequest txt = Request(korean.substr(0, korean.size() - cut), size);
    (*txt.mutable_hyperparameters()->mutable_fields())["allow_unknown"].set_bool_value(true);
    EXPECT_GT(EstimateWell(txt).sample_count(), 50);
    v1::EstimateJobRequest csv = Request(quoted.substr(0, quoted.size() - cut), size, "b.csv");
    csv.mutable_sample()->mutable_header()->set_column("text");
    EXPECT_GT(EstimateWell(csv).sample_count(), 50) << cut;
    v1::EstimateJobRequest jsonl = Request(json.substr(0, json.size() - cut), size, "b.jsonl");
    jsonl.mutable_sample()->mutable_header()->set_column("text");
    EXPECT_GT(EstimateWell(jsonl).sample_count(), 50) << cut;
  }
  std::string packed(1 << 16, '\0');
  const std::string text = Lines(20000);
  z_stream stream = {};
  ASSERT_EQ(deflateInit2(&stream, 1, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  ASSERT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  const v1::JobEstimate half = EstimateWell(Request(
      packed.substr(0, packed.size() / 2), static_cast<int64_t>(packed.size()), "b.txt.gz"));
  EXPECT_NEAR(static_cast<double>(half.sample_count()), 20000, 2000);
}

TEST_F(EstimateTest, WhatIsWrongInTheWholeFileIsAnError) {
  EXPECT_THAT(Refusal(Request("a\n\xff\n")), HasSubstr("books.txt"));
  v1::EstimateJobRequest csv = Request("id,text\n1,a\n", -1, "b.csv");
  csv.mutable_sample()->mutable_header()->set_column("sen");
  EXPECT_THAT(Refusal(csv), HasSubstr("text"));
  EXPECT_THAT(Refusal(Request("a\n", -1, "b.docx")), HasSubstr("--format"));
  EXPECT_THAT(Refusal(Request("a\n", -1, "b.xlsx")), HasSubstr("save the sheet as CSV"));
  EXPECT_THAT(Refusal(Request("a\n", 1)), HasSubstr("no more than its file"));
  EXPECT_THAT(Refusal(Request("")), HasSubstr("empty"));
  EXPECT_THAT(Refusal(Request(std::string(kCensusText + 1, 'a'))), HasSubstr("the sample has"));
  EXPECT_THAT(Refusal(Request("\n\n")), HasSubstr("sample"));
}

TEST_F(EstimateTest, RefusesWhatASubmissionWouldBeRefusedFor) {
  v1::EstimateJobRequest request = Request(Lines(10));
  Set(request, "learning_rat", 1);
  EXPECT_THAT(Refusal(request), HasSubstr("did you mean learning_rate?"));
  request = Request(Lines(10));
  Set(request, "batch_size", 64);
  EXPECT_THAT(Refusal(request), HasSubstr("batch_size x gradient_accumulation_steps is 64"));
  request = Request(Lines(10));
  request.set_vocabulary("[PAD]\n");
  EXPECT_THAT(Refusal(request), HasSubstr("[UNK]"));
  request = Request(Lines(10));
  request.set_model("models/tniy");
  EXPECT_THAT(Refusal(request), HasSubstr("did you mean tiny?"));
}

TEST_F(EstimateTest, TextThatIsNotThereIsRefusedOrWarnedOf) {
  const std::string korean = "데이터 모델 데이터 b\n";
  EXPECT_THAT(Refusal(Request(Lines(10) + Lines(20, korean))),
              AllOf(HasSubstr("60 words are not in the vocabulary, most often \"데이터\" (40)"),
                    HasSubstr("--allow-unknown")));
  v1::EstimateJobRequest request = Request(Lines(100) + korean);
  EXPECT_THAT(EstimateWell(request).warnings(),
              IsSupersetOf({HasSubstr("\"데이터\" (2)"), HasSubstr("99 of 101 samples")}));
}

TEST_F(EstimateTest, ASubmissionIsToldOfItsText) {
  v1::SubmitJobRequest request;
  request.set_model("models/tiny");
  request.set_vocabulary(kVocabulary);
  auto& fields = *request.mutable_hyperparameters()->mutable_fields();
  fields["batch_size"].set_number_value(2);
  fields["max_steps"].set_number_value(1);
  request.set_corpus(Upload("데이터 a\n모델 b\n").name());
  v1::Job job;
  grpc::Status status = Submit(request, &job);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("2 words are not in the vocabulary"));
  EXPECT_EQ(CountJobs(), 0);
  fields["allow_unknown"].set_bool_value(true);
  ASSERT_TRUE(Submit(request, &job).ok());
  EXPECT_THAT(job.warnings(), ElementsAre(HasSubstr("50.0 % of the tokens")));

  // Without a vocabulary, only words that are too long for any count as unknown.
  request.clear_vocabulary();
  fields["allow_unknown"].set_bool_value(false);
  request.set_corpus(Upload("데이터 모델\n" + Lines(40, "도") + "\n").name());
  status = Submit(request, &job);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::OK) << status.error_message();
  EXPECT_THAT(job.warnings(), IsEmpty());
  request.set_corpus(Upload("데이터 모델\n\u1103\u1166\u110B\u1175\n").name());
  status = Submit(request, &job);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::OK) << status.error_message();
  EXPECT_THAT(job.warnings(), ElementsAre(HasSubstr("1 of the examined samples hold Hangul")));
  request.set_corpus(Upload("데이터 모델\n" + Lines(101, "도") + "\n").name());
  status = Submit(request, &job);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("1 words are longer than 100 characters"));
}

TEST_F(EstimateTest, ATokenizerJsonIsAVocabularyAndSaysHowTextIsSplit) {
  const auto vocabulary = Vocabulary::Parse(kVocabulary, "vocab.txt");
  ASSERT_TRUE(vocabulary.ok()) << vocabulary.status();
  v1::EstimateJobRequest request = Request(Lines(10));
  const v1::JobEstimate expected = EstimateWell(request);
  request.set_vocabulary(TokenizerJson(*vocabulary, {.tokenize_chinese_chars = false}));
  const v1::JobEstimate estimate = EstimateWell(request);
  EXPECT_EQ(estimate.token_count(), expected.token_count());
  const auto& values = estimate.hyperparameters().fields();
  EXPECT_FALSE(values.at("tokenize_chinese_chars").bool_value());
  (*request.mutable_hyperparameters()->mutable_fields())["tokenize_chinese_chars"].set_bool_value(
      true);
  EXPECT_THAT(Refusal(request),
              HasSubstr("tokenize_chinese_chars is true, but tokenizer.json says false: leave it"));
  request = Request(Lines(10));
  request.set_vocabulary(TokenizerJson(*vocabulary, {.clean_text = false}));
  EXPECT_THAT(Refusal(request), HasSubstr("clean_text is false"));
  request.set_vocabulary(TokenizerJson(*vocabulary, {.max_word_characters = 50}));
  EXPECT_THAT(Refusal(request), HasSubstr("max_input_chars_per_word is 50"));
  request.set_vocabulary("{\"model\": {}}");
  EXPECT_THAT(Refusal(request), HasSubstr("tokenizer.json: normalizer"));
}

TEST_F(EstimateTest, SettingsAloneAreChecked) {
  v1::EstimateJobRequest request;
  Set(request, "num_train_epochs", 2);
  const v1::JobEstimate estimate = EstimateWell(request);
  EXPECT_EQ(estimate.model(), "models/small");
  EXPECT_EQ(estimate.total_steps(), 0);
  EXPECT_EQ(estimate.hyperparameters().fields().at("num_train_epochs").number_value(), 2);
}

TEST_F(EstimateTest, AllOfARequestButItsTextIsChecked) {
  v1::EstimateJobRequest request;
  request.set_priority(101);
  request.add_probe("two\nlines");
  (*request.mutable_tags())["no key"] = "1";
  request.set_display_name(std::string(201, 'a'));
  Set(request, "num_train_epochs", -1);
  v1::JobEstimate estimate;
  const grpc::Status status = Estimate(request, &estimate);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  for (const char* field :
       {"priority", "probe", "tags", "display_name", "hyperparameters.num_train_epochs"}) {
    EXPECT_THAT(status.error_details(), HasSubstr(field));
  }
  v1::SubmitJobRequest submission;
  submission.set_priority(101);
  submission.set_corpus(Upload(Lines(10)).name());
  v1::Job job;
  EXPECT_EQ(Submit(submission, &job).error_message(),
            "priority is 101: it must be from -100 to 100");
}

TEST_F(EstimateTest, ACorpusThatIsStillToBeSentIsCheckedByItsHeader) {
  v1::EstimateJobRequest request;
  v1::CorpusHeader& header = *request.mutable_header();
  header.set_file_name("books.csv");
  header.set_size_bytes(int64_t{5} << 30);
  header.set_column("text");
  EXPECT_EQ(EstimateWell(request).total_steps(), 0);
  header.set_column("");
  EXPECT_EQ(Refusal(request), "books.csv: name the column that holds the text");
  header.set_file_name("books.txt");
  header.set_column("text");
  EXPECT_THAT(Refusal(request), HasSubstr("a .txt corpus has no column \"text\""));
  header.set_column("");
  header.set_encoding("cp94");
  EXPECT_THAT(Refusal(request), HasSubstr("unknown encoding \"cp94\""));
  header.set_encoding("");
  header.set_file_name("books.xlsx");
  EXPECT_THAT(Refusal(request), HasSubstr("save the sheet as CSV"));
  header.set_file_name("books.txt");
  header.set_size_bytes(0);
  EXPECT_EQ(Refusal(request), "books.txt is empty");
}

TEST_F(EstimateTest, AStoredCorpusIsReadAndAHugeOneScaledByItsText) {
  v1::EstimateJobRequest request;
  request.set_model("models/tiny");
  request.set_vocabulary(kVocabulary);
  Set(request, "batch_size", 2);
  request.set_corpus(Upload(Lines(100)).name());
  EXPECT_EQ(EstimateWell(request).sample_count(), 100);
  EXPECT_EQ(EstimateWell(request).token_count(), 200);
  const int lines = 1'500'000;  // 4.5 MB of text, of which 2 MiB are read
  request.set_corpus(Upload(Lines(lines)).name());
  const v1::JobEstimate huge = EstimateWell(request);
  EXPECT_EQ(huge.sample_count(), lines);
  EXPECT_NEAR(static_cast<double>(huge.token_count()), 2.0 * lines, 10);
  EXPECT_LT(huge.read_bytes(), huge.size_bytes());
  request.set_corpus("corpora/0123456789ab");
  EXPECT_THAT(Refusal(request), HasSubstr("there is no corpus"));
}

TEST_F(EstimateTest, TheSpeedIsThatOfTheSameModelElseOfAnother) {
  const std::string corpus = Upload(Lines(100)).name();
  v1::EstimateJobRequest request = Request(DifferentLines(100));
  v1::JobEstimate estimate = EstimateWell(request);
  EXPECT_EQ(estimate.speed_source(), v1::JobEstimate::SPEED_SOURCE_UNSPECIFIED);
  EXPECT_EQ(estimate.seconds(), 0);

  // The speed of the device's products is known; half of it goes to tokens.
  trainer_->product_speed = 1e12;
  estimate = EstimateWell(request);
  EXPECT_EQ(estimate.speed_source(), v1::JobEstimate::SPEED_SOURCE_MATRIX_PRODUCTS);
  EXPECT_EQ(estimate.speed_job(), "");
  // `tiny` has some 4 million FLOPs a token.
  EXPECT_GT(estimate.tokens_per_second(), 50'000);
  EXPECT_LT(estimate.tokens_per_second(), 500'000);
  EXPECT_GT(estimate.seconds(), 0);

  trainer_->TrainAt(1000);
  const std::string small = RunJob(corpus, "models/small");
  estimate = EstimateWell(request);
  EXPECT_EQ(estimate.speed_source(), v1::JobEstimate::SPEED_SOURCE_OTHER_MODEL);
  EXPECT_EQ(estimate.speed_job(), small);
  // A token of `tiny` needs a small part of the FLOPs that one of `small` needs.
  EXPECT_GT(estimate.tokens_per_second(), 10 * 1000);
  EXPECT_LT(estimate.tokens_per_second(), 60 * 1000);

  trainer_->TrainAt(5000);
  const std::string tiny = RunJob(corpus, "models/tiny");
  trainer_->TrainAt(700);
  RunJob(corpus, "models/base");
  Set(request, "eval_steps", 0);
  estimate = EstimateWell(request);
  EXPECT_EQ(estimate.speed_source(), v1::JobEstimate::SPEED_SOURCE_SAME_MODEL);
  EXPECT_EQ(estimate.speed_job(), tiny);
  EXPECT_NEAR(estimate.tokens_per_second(), 5000, 1e-6);
  // 3 epochs of 80 sequences of 12 tokens, and 2 evaluations of 20 that cost a third.
  EXPECT_NEAR(estimate.seconds(), (3 * 80 * 12 + 2 * 20 * 12 / 3.0) / 5000, 1e-9);
  // The same model with another batch says more than another model.
  Set(request, "batch_size", 4);
  EXPECT_EQ(EstimateWell(request).speed_job(), tiny);
}

TEST_F(EstimateTest, ManyAtOnceAreMadeOrAskedToComeAgain) {
  std::atomic<int> made = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const v1::EstimateJobRequest request = Request(Lines(1000));
      v1::JobEstimate estimate;
      grpc::Status status = Estimate(request, &estimate);
      while (status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED) {
        status = Estimate(request, &estimate);
      }
      if (status.ok()) ++made;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(made, 8);
}

TEST_F(EstimateTest, IdsAreNamedByTheirBeginningAndByWhatWasMeant) {
  const std::string corpus = Upload(Lines(20)).name();
  const std::string job = RunJob(corpus, "models/tiny");
  const auto get = [&](const std::string& name, v1::Job* found) {
    v1::GetJobRequest request;
    request.set_name(name);
    grpc::ClientContext context;
    return jobs_->GetJob(&context, request, found);
  };
  v1::Job found;
  ASSERT_TRUE(get(job.substr(0, 9), &found).ok());
  EXPECT_EQ(found.name(), job);
  std::string misspelt = job.substr(0, 13);
  misspelt[8] = misspelt[8] == 'a' ? 'b' : 'a';
  EXPECT_THAT(get(misspelt, &found).error_message(),
              HasSubstr("did you mean " + job.substr(5) + "?"));
  // Seventeen jobs: two of them begin alike.
  for (int i = 0; i < 16; ++i) RunJob(corpus, "models/tiny");
  std::map<char, int> beginnings;
  v1::ListJobsResponse all;
  grpc::ClientContext context;
  ASSERT_TRUE(jobs_->ListJobs(&context, v1::ListJobsRequest(), &all).ok());
  for (const v1::Job& one : all.jobs()) ++beginnings[one.name()[5]];
  const auto shared = std::find_if(beginnings.begin(), beginnings.end(),
                                   [](const auto& one) { return one.second > 1; });
  ASSERT_NE(shared, beginnings.end());
  const grpc::Status ambiguous = get(std::string("jobs/") + shared->first, &found);
  EXPECT_EQ(ambiguous.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  for (const v1::Job& one : all.jobs()) {
    if (one.name()[5] != shared->first) continue;
    EXPECT_THAT(ambiguous.error_message(), HasSubstr(one.name().substr(5)));
  }
}

}  // namespace
}  // namespace electra::server
