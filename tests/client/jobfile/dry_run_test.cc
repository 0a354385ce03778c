// `electra submit --dry-run` and `--sweep`.
#include <set>
#include <tuple>

#include "client/jobfile/sweep.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/client/fake_server.h"
#include "tests/client/rig.h"

namespace electra::client {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

v1::JobEstimate BooksEstimate() {
  v1::JobEstimate estimate;
  estimate.set_model("models/small");
  estimate.set_device("cpu");
  estimate.set_parameter_count(24'401'234);
  estimate.set_vocab_size(40'000);
  estimate.set_sample_count(880);
  estimate.set_sequence_count(884);
  estimate.set_token_count(26'321);
  estimate.set_unknown_token_count(132);
  estimate.set_train_sequence_count(840);
  estimate.set_validation_sequence_count(44);
  estimate.set_steps_per_epoch(53);
  estimate.set_total_steps(159);
  estimate.set_read_bytes(120'000);
  estimate.set_size_bytes(120'000);
  estimate.set_memory_bytes(int64_t{500} << 20);
  estimate.set_device_memory_bytes(int64_t{8} << 30);
  estimate.set_speed_source(v1::JobEstimate::SPEED_SOURCE_SAME_MODEL);
  estimate.set_speed_job("jobs/7f3a");
  estimate.set_tokens_per_second(1125.4);
  estimate.set_seconds(75.2);
  return estimate;
}

class DryRunTest : public ::testing::Test {
 protected:
  DryRunTest() {
    rig_.server = server_.address();
    server_.jobs.estimate = BooksEstimate();
    server_.jobs.job.set_name("jobs/7f3a");
    server_.jobs.job.set_display_name("books");
    server_.jobs.job.set_queue_position(2);
  }

  FakeServer server_;
  ClientRig rig_;
};

TEST_F(DryRunTest, SendsTheBeginningOfTheTextAndQueuesNothing) {
  const TemporaryFile file("books.csv", std::string(5 << 20, 'x'));
  const TemporaryFile vocab("vocab.txt", "[PAD]\n[UNK]\n");
  ASSERT_EQ(
      rig_.Run({"submit", "--corpus", file.path(), "--column", "sen", "--encoding", "cp949",
                "--vocab", vocab.path(), "--model", "tiny", "--set", "epochs=3", "--dry-run"}),
      ExitCode::kDone)
      << rig_.err.str();
  ASSERT_THAT(server_.jobs.estimated, SizeIs(1));
  const v1::EstimateJobRequest& request = server_.jobs.estimated[0];
  EXPECT_EQ(request.model(), "models/tiny");
  EXPECT_EQ(request.vocabulary(), "[PAD]\n[UNK]\n");
  EXPECT_EQ(request.hyperparameters().fields().at("epochs").number_value(), 3);
  EXPECT_EQ(request.sample().header().file_name(), "books.csv");
  EXPECT_EQ(request.sample().header().column(), "sen");
  EXPECT_EQ(request.sample().header().encoding(), "cp949");
  EXPECT_EQ(request.sample().header().size_bytes(), 5 << 20);
  EXPECT_THAT(request.sample().data(), SizeIs(2 << 20));
  EXPECT_THAT(server_.corpora.headers, IsEmpty());
  EXPECT_THAT(server_.jobs.submitted, IsEmpty());
}

TEST_F(DryRunTest, ALargeVocabularyLeavesRoomForASmallerSample) {
  const TemporaryFile file("books.txt", std::string(5 << 20, 'x'));
  const TemporaryFile vocab("vocab.txt", std::string(7 << 19, 'v'));
  ASSERT_EQ(rig_.Run({"submit", "--corpus", file.path(), "--vocab", vocab.path(), "--dry-run"}),
            ExitCode::kDone)
      << rig_.err.str();
  EXPECT_THAT(server_.jobs.estimated[0].sample().data(), SizeIs(128 << 10));
}

TEST_F(DryRunTest, ACorpusOnTheServerIsNamed) {
  ASSERT_EQ(rig_.Run({"submit", "--corpus", "corpora/c9", "--dry-run"}), ExitCode::kDone);
  EXPECT_EQ(server_.jobs.estimated[0].corpus(), "corpora/c9");
  EXPECT_FALSE(server_.jobs.estimated[0].has_sample());
}

TEST_F(DryRunTest, WaitsWhereTheServerMakesAnotherEstimate) {
  server_.jobs.estimate_statuses = {{grpc::StatusCode::RESOURCE_EXHAUSTED, "another"},
                                    {grpc::StatusCode::RESOURCE_EXHAUSTED, "another"}};
  ASSERT_EQ(rig_.Run({"submit", "--corpus", "corpora/c9", "--dry-run"}), ExitCode::kDone);
  EXPECT_THAT(rig_.waits, SizeIs(2));
}

TEST_F(DryRunTest, GoldenInEnglish) {
  rig_.UseTerminal(80);
  const TemporaryFile file("books.csv", "text\nx\n");
  ASSERT_EQ(rig_.Run({"submit", "--corpus", file.path(), "--dry-run"}), ExitCode::kDone);
  EXPECT_EQ(rig_.out.str(),
            "Only a sample of the text was sent, and no job was queued.\n"
            "MODEL       models/small\n"
            "TEXT        books.csv, all of 117.2 KiB\n"
            "SAMPLES     880\n"
            "SEQUENCES   884 (840 training, 44 validation)\n"
            "TOKENS      26,321, 132 of them unknown (0.5%)\n"
            "VOCABULARY  40,000\n"
            "PARAMETERS  24,401,234\n"
            "STEPS       159 (3 epochs of 53)\n"
            "DEVICE      cpu\n"
            "MEMORY      about 500.0 MiB of 8.0 GiB\n"
            "SPEED       1,125 tokens/s, measured in jobs/7f3a with the same model\n"
            "TIME        about 1:15\n");
  EXPECT_THAT(rig_.err.str(), IsEmpty());
}

TEST_F(DryRunTest, AGuessFromTheDeviceIsSaidToBeOne) {
  server_.jobs.estimate.set_speed_source(v1::JobEstimate::SPEED_SOURCE_MATRIX_PRODUCTS);
  server_.jobs.estimate.clear_speed_job();
  const TemporaryFile file("books.csv", "text\nx\n");
  for (const auto& [language, speed, time] :
       {std::tuple(
            "en",
            "SPEED       1,125 tokens/s, a rough estimate from matrix products on cpu: no job "
            "has trained there yet\n",
            "TIME        about 1:15, within a factor of two\n"),
        std::tuple("ko",
                   "속도      1,125 토큰/초 (대략적인 추정: cpu에서 학습한 작업이 아직 없어 행렬곱 "
                   "속도로 환산)\n",
                   "시간      약 1:15 (두 배까지 틀릴 수 있는 추정)\n")}) {
    ClientRig rig;
    rig.server = server_.address();
    rig.UseTerminal(140);
    ASSERT_EQ(rig.Run({"--lang", language, "submit", "--corpus", file.path(), "--dry-run"}),
              ExitCode::kDone);
    EXPECT_THAT(rig.out.str(), AllOf(HasSubstr(speed), HasSubstr(time)));
  }
}

TEST_F(DryRunTest, GoldenInKorean) {
  rig_.UseTerminal(80);
  server_.jobs.estimate.set_read_bytes(2 << 20);
  server_.jobs.estimate.set_size_bytes(int64_t{1} << 30);
  server_.jobs.estimate.set_speed_source(v1::JobEstimate::SPEED_SOURCE_OTHER_MODEL);
  server_.jobs.estimate.set_memory_bytes(int64_t{16} << 30);
  const TemporaryFile file("books.csv", "text\nx\n");
  ASSERT_EQ(rig_.Run({"--lang", "ko", "submit", "--corpus", file.path(), "--dry-run"}),
            ExitCode::kDone);
  EXPECT_EQ(rig_.out.str(),
            "본문의 일부만 보내 계산했고, 아무것도 제출하지 않았습니다.\n"
            "모델      models/small\n"
            "본문      books.csv, 앞부분 2.0 MiB로 전체 1.0 GiB 추정\n"
            "샘플      880\n"
            "시퀀스    884 (학습 840, 평가 44)\n"
            "토큰      26,321, 그중 미등록 132 (0.5%)\n"
            "어휘      40,000\n"
            "매개변수  24,401,234\n"
            "step      159 (epoch 3회, epoch마다 53)\n"
            "장치      cpu\n"
            "메모리    약 16.0 GiB / 8.0 GiB\n"
            "속도      1,125 토큰/초 (다른 모델의 jobs/7f3a에서 FLOPs로 환산)\n"
            "시간      약 1:15\n");
  EXPECT_EQ(
      rig_.err.str(),
      "경고: 메모리가 약 16.0 GiB 필요하지만 장치에는 8.0 GiB뿐입니다. batch_size나 max_length를 "
      "줄이세요\n");
}

TEST_F(DryRunTest, TimeThatIsNotKnownIsSaidSo) {
  rig_.UseTerminal(80);
  server_.jobs.estimate.clear_tokens_per_second();
  server_.jobs.estimate.clear_seconds();
  server_.jobs.estimate.add_warnings("the corpus has only 3 sequences");
  ASSERT_EQ(rig_.Run({"submit", "--corpus", "corpora/c9", "--dry-run"}), ExitCode::kDone);
  EXPECT_THAT(rig_.out.str(), HasSubstr("TIME        unknown: no job has trained on this device"));
  EXPECT_EQ(rig_.err.str(), "warning: the corpus has only 3 sequences\n");
}

TEST_F(DryRunTest, APipeGetsNumbersAndAProgramJson) {
  ASSERT_EQ(rig_.Run({"submit", "--corpus", "corpora/c9", "--dry-run"}), ExitCode::kDone);
  EXPECT_THAT(rig_.out.str(), HasSubstr("total_steps\t159\n"));
  EXPECT_THAT(rig_.out.str(), HasSubstr("seconds\t75.2\n"));
  rig_.out.str("");
  ASSERT_EQ(rig_.Run({"--json", "submit", "--corpus", "corpora/c9", "--dry-run"}), ExitCode::kDone);
  const nlohmann::json object = nlohmann::json::parse(rig_.out.str(), nullptr, false);
  ASSERT_TRUE(object.is_object()) << rig_.out.str();
  EXPECT_EQ(object["token_count"], 26321);
  EXPECT_EQ(object["speed_source"], "SPEED_SOURCE_SAME_MODEL");
}

TEST_F(DryRunTest, AnOlderServerIsSaidToBeOne) {
  server_.jobs.estimate_statuses = {{grpc::StatusCode::UNIMPLEMENTED, "EstimateJob"}};
  EXPECT_EQ(rig_.Run({"submit", "--corpus", "corpora/c9", "--dry-run"}), ExitCode::kRefused);
  EXPECT_THAT(rig_.err.str(), HasSubstr("does not know this request (EstimateJob)"));
}

TEST_F(DryRunTest, ASweepIsATableWithTheTimeOfAll) {
  rig_.UseTerminal(80);
  ASSERT_EQ(rig_.Run({"submit", "--corpus", "corpora/c9", "--name", "books", "--sweep",
                      "learning_rate=1e-5,1e-4", "--dry-run"}),
            ExitCode::kDone);
  EXPECT_EQ(rig_.out.str(),
            "Only a sample of the text was sent, and no job was queued.\n"
            "NAME                      STEPS  TOKENS     MEMORY  TIME\n"
            "books learning_rate=1e-5    159  26,321  500.0 MiB  1:15\n"
            "books learning_rate=1e-4    159  26,321  500.0 MiB  1:15\n"
            "2 jobs, one after the other: about 2:30\n");
  EXPECT_THAT(server_.jobs.submitted, IsEmpty());
}

TEST_F(DryRunTest, ASweepQueuesEveryCombinationUnderOneTag) {
  const TemporaryFile file("books.txt", "x\n");
  ASSERT_EQ(rig_.Run({"submit", "--corpus", file.path(), "--name", "books", "--sweep",
                      "learning_rate=1e-5,1e-4", "--sweep", "batch_size=8,16", "--set", "seed=7"}),
            ExitCode::kDone)
      << rig_.err.str();
  ASSERT_THAT(server_.jobs.submitted, SizeIs(4));
  EXPECT_THAT(server_.corpora.headers, SizeIs(1));
  std::set<std::string> tags;
  std::set<std::string> request_ids;
  std::vector<std::string> names;
  for (const v1::SubmitJobRequest& request : server_.jobs.submitted) {
    tags.insert(request.tags().at("sweep"));
    request_ids.insert(request.request_id());
    names.push_back(request.display_name());
    EXPECT_EQ(request.corpus(), "corpora/c1");
    EXPECT_EQ(request.hyperparameters().fields().at("seed").number_value(), 7);
  }
  EXPECT_THAT(tags, SizeIs(1));
  EXPECT_THAT(request_ids, SizeIs(4));
  EXPECT_THAT(names, ElementsAre("books learning_rate=1e-5 batch_size=8",
                                 "books learning_rate=1e-5 batch_size=16",
                                 "books learning_rate=1e-4 batch_size=8",
                                 "books learning_rate=1e-4 batch_size=16"));
  EXPECT_EQ(server_.jobs.submitted[1].hyperparameters().fields().at("batch_size").number_value(),
            16);
  EXPECT_EQ(rig_.out.str(), "jobs/7f3a\njobs/7f3a\njobs/7f3a\njobs/7f3a\n");
  EXPECT_EQ(rig_.err.str(), "4 jobs are queued as sweep=" + *tags.begin() + "\n");
}

TEST_F(DryRunTest, ASweepOfWhichOneIsWrongQueuesNone) {
  const TemporaryFile file("books.txt", "x\n");
  server_.jobs.estimate_statuses = {
      grpc::Status::OK,
      BadRequestStatus("learning_rate is 5", {{"hyperparameters.learning_rate", "is 5"}})};
  EXPECT_EQ(rig_.Run({"submit", "--corpus", file.path(), "--sweep", "learning_rate=1e-5,5"}),
            ExitCode::kRefused);
  EXPECT_THAT(server_.jobs.submitted, IsEmpty());
  EXPECT_THAT(server_.corpora.headers, IsEmpty());
}

TEST_F(DryRunTest, ASweepThatBreaksOffSaysHowFarItCame) {
  server_.jobs.submit_statuses = {grpc::Status::OK,
                                  {grpc::StatusCode::RESOURCE_EXHAUSTED, "your queue is full"}};
  EXPECT_EQ(rig_.Run({"submit", "--corpus", "corpora/c9", "--sweep", "seed=1,2,3"}),
            ExitCode::kRefused);
  EXPECT_EQ(rig_.out.str(), "jobs/7f3a\n");
  EXPECT_EQ(rig_.err.str(), "electra: your queue is full\n  1 of 3 jobs are queued\n");
}

TEST_F(DryRunTest, SweepsThatCannotBeAreUsageErrors) {
  std::string many = "seed=0";
  for (int i = 1; i <= 100; ++i) many += "," + std::to_string(i);
  const std::pair<std::vector<std::string>, const char*> wrong[] = {
      {{"--sweep", "seed"}, "expected KEY=VALUE,VALUE,..."},
      {{"--sweep", "=1,2"}, "expected KEY=VALUE,VALUE,..."},
      {{"--sweep", "seed=1,,2"}, "empty value"},
      {{"--sweep", "seed=1", "--sweep", "seed=2"}, "--sweep seed is given twice"},
      {{"--sweep", "learning_rate=1e-4,0.0001"}, "duplicate value 0.0001"},
      {{"--sweep", many}, "the sweep has 101 jobs; at most 100"},
      {{"--sweep", "seed=1,2", "--watch"}, "--watch follows one job"},
  };
  for (const auto& [options, sentence] : wrong) {
    ClientRig rig;
    rig.server = server_.address();
    std::vector<std::string> arguments = {"submit", "--corpus", "corpora/c9"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    EXPECT_EQ(rig.Run(arguments), ExitCode::kUsage) << sentence;
    EXPECT_THAT(rig.err.str(), HasSubstr(sentence));
  }
  EXPECT_THAT(server_.jobs.submitted, IsEmpty());
}

TEST(Sweep, NamesEndWithinTheServersLimitAndBetweenCharacters) {
  const SweepPoint point{.label = "seed=1", .values = {}};
  EXPECT_EQ(SweepJobName("", point), "seed=1");
  const std::string name = SweepJobName(std::string(99, 'a') + std::string(300, 'a'), point);
  EXPECT_EQ(name.size(), 200u);
  std::string korean = "a";
  for (int i = 0; i < 100; ++i) korean += "책";
  const std::string cut = SweepJobName(korean, point);
  EXPECT_EQ(cut, korean.substr(0, 199));
}

}  // namespace
}  // namespace electra::client
