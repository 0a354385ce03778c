#include "client/live/training_view.h"

#include "client/views/sample_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/rig.h"
#include "tests/client/samples.h"

namespace electra::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class TrainingViewTest : public ::testing::Test {
 protected:
  TrainingView View(Language language) {
    return TrainingView({.output = rig_.environment.out,
                         .zone = absl::UTCTimeZone(),
                         .language = language,
                         .server = "gpu1:50551",
                         .total_steps = 60});
  }

  static v1::TrainingEvent Step(int64_t step) {
    v1::TrainingEvent event;
    event.mutable_step()->set_step(step);
    event.mutable_step()->set_combined_loss(2.5);
    event.mutable_step()->set_generator_loss(0.9);
    event.mutable_step()->set_discriminator_loss(0.032);
    event.mutable_step()->set_tokens_per_second(1234.4);
    event.mutable_step()->set_step_seconds(2);
    return event;
  }

  static v1::TrainingEvent State(v1::JobState to, const char* reason = "") {
    v1::TrainingEvent event;
    event.mutable_time()->set_seconds(3661);
    event.mutable_state_change()->set_to(to);
    event.mutable_state_change()->set_reason(reason);
    return event;
  }

  ClientRig rig_;
};

TEST_F(TrainingViewTest, PlainOutputHasALineEveryTenthStep) {
  TrainingView view = View(Language::kEnglish);
  for (int64_t step = 1; step <= 21; ++step) view.OnEvent(Step(step));
  EXPECT_EQ(rig_.out.str(),
            "step 1/60 · epoch 0 · Combined 2.500 Generator 0.900 Discriminator 0.032 · 1234 "
            "tokens/s · 1:58 left\n"
            "step 10/60 · epoch 0 · Combined 2.500 Generator 0.900 Discriminator 0.032 · 1234 "
            "tokens/s · 1:40 left\n"
            "step 20/60 · epoch 0 · Combined 2.500 Generator 0.900 Discriminator 0.032 · 1234 "
            "tokens/s · 1:20 left\n");
}

TEST_F(TrainingViewTest, PlainOutputHasTheSlowestOfSeveralRanks) {
  v1::TrainingEvent step = Step(60);
  step.mutable_step()->set_ranks(4);
  step.mutable_step()->set_slowest_rank_tokens_per_second(300.6);
  View(Language::kEnglish).OnEvent(step);
  EXPECT_THAT(rig_.out.str(), HasSubstr("1234 tokens/s · 4 ranks, slowest 301 tokens/s"));
  rig_.out.str("");
  View(Language::kKorean).OnEvent(step);
  EXPECT_THAT(rig_.out.str(), HasSubstr("1234 토큰/초 · 랭크 4개, 가장 느린 랭크 301 토큰/초"));
}

TEST_F(TrainingViewTest, PlainOutputHasTheLastStep) {
  TrainingView view = View(Language::kEnglish);
  view.OnEvent(Step(58));
  EXPECT_EQ(rig_.out.str(), "");
  v1::TrainingEvent preparation;
  preparation.mutable_preparation()->set_total_steps(59);
  view.OnEvent(preparation);
  rig_.out.str("");
  view.OnEvent(Step(59));
  EXPECT_THAT(rig_.out.str(), HasSubstr("step 59/59 "));
  EXPECT_THAT(rig_.out.str(), Not(HasSubstr("left")));
}

TEST_F(TrainingViewTest, ATerminalGetsTheSameLinesWrapped) {
  rig_.UseTerminal(60);
  TrainingView view = View(Language::kEnglish);
  view.OnEvent(Step(10));
  EXPECT_EQ(rig_.out.str(),
            "step 10/60 · epoch 0 · Combined 2.500 Generator 0.900\n"
            "Discriminator 0.032 · 1234 tokens/s · 1:40 left\n");
}

TEST_F(TrainingViewTest, WhatIsShownElsewhereIsNotInTheLog) {
  TrainingView view({.output = rig_.environment.out,
                     .zone = absl::UTCTimeZone(),
                     .language = Language::kEnglish,
                     .progress = Progress::kElsewhere,
                     .server = "gpu1:50551",
                     .total_steps = 60});
  v1::TrainingEvent preparing;
  preparing.mutable_preparation_progress()->set_size_bytes(10);
  view.OnEvent(preparing);
  view.OnEvent(Step(10));
  view.OnConnectionLost(absl::Milliseconds(1500), 2, 0);
  view.OnEvent(Step(20));
  EXPECT_EQ(rig_.out.str(), "");
  view.OnEvent(State(v1::RUNNING));
  EXPECT_EQ(rig_.out.str(), "[01:01:01] running\n");
}

TEST_F(TrainingViewTest, ShowsStatesWithTheirReason) {
  TrainingView view = View(Language::kKorean);
  view.OnEvent(State(v1::PREPARING));
  view.OnEvent(State(v1::FAILED, "column 'x' is not there\x1b[0m"));
  EXPECT_EQ(rig_.out.str(), "[01:01:01] 준비\n[01:01:01] 실패: column 'x' is not there␛[0m\n");
}

TEST_F(TrainingViewTest, ShowsWhatTheCorpusBecame) {
  v1::TrainingEvent event;
  v1::Preparation& preparation = *event.mutable_preparation();
  preparation.set_sample_count(1234);
  preparation.set_sequence_count(1300);
  preparation.set_train_sequence_count(1235);
  preparation.set_validation_sequence_count(65);
  preparation.set_token_count(40000);
  preparation.set_unknown_token_count(100);
  preparation.set_split_sample_count(7);
  preparation.set_vocab_size(30522);
  preparation.set_parameter_count(14000000);
  preparation.set_device("cpu");
  preparation.set_total_steps(60);
  View(Language::kEnglish).OnEvent(event);
  EXPECT_EQ(rig_.out.str(),
            "corpus: 1,234 samples, 1,300 sequences (1,235 training, 65 validation), 40,000 tokens"
            ", 100 unknown (0.25%), 7 samples split into several sequences\n"
            "model: vocabulary of 30,522, 14,000,000 parameters, on cpu, 60 steps in all\n");
}

TEST_F(TrainingViewTest, ShowsEvaluationsCheckpointsAndWarnings) {
  TrainingView view = View(Language::kKorean);
  v1::TrainingEvent evaluation;
  evaluation.mutable_evaluation()->set_step(30);
  evaluation.mutable_evaluation()->set_combined_loss(9.5);
  evaluation.mutable_evaluation()->set_discriminator_precision(0.75);
  view.OnEvent(evaluation);
  v1::TrainingEvent checkpoint;
  checkpoint.mutable_checkpoint()->set_step(30);
  checkpoint.mutable_checkpoint()->set_path("/data/c30");
  checkpoint.mutable_checkpoint()->set_size_bytes(2048);
  view.OnEvent(checkpoint);
  v1::TrainingEvent log;
  log.mutable_log()->set_severity(v1::LogMessage::WARNING);
  log.mutable_log()->set_text("5 tokens occur twice");
  view.OnEvent(log);
  EXPECT_EQ(rig_.out.str(),
            "평가 (step 30): Combined 9.500 Generator 0.000 Discriminator 0.000 · Generator 정확도 "
            "0.000 · 판별 정밀도 0.750 재현율 - F1 - 정확도 0.000\n"
            "체크포인트 (step 30): /data/c30 (2.0 KiB)\n"
            "경고: 5 tokens occur twice\n");
}

TEST_F(TrainingViewTest, EventsOfANewerServerAreSkipped) {
  View(Language::kKorean).OnEvent(v1::TrainingEvent());
  EXPECT_EQ(rig_.out.str(), "");
}

TEST_F(TrainingViewTest, ALostConnectionAndItsReturnAreLines) {
  TrainingView view = View(Language::kEnglish);
  view.OnConnectionLost(absl::Milliseconds(1500), 2, 12);
  view.OnEvent(State(v1::RUNNING));
  EXPECT_EQ(rig_.out.str(),
            "lost the connection to gpu1:50551, trying again within 1.5 s (2/12)\n"
            "connected again\n"
            "[01:01:01] running\n");
}

}  // namespace
}  // namespace electra::client
