#include "client/live/live_rows.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/text/display_width.h"
#include "client/views/sample_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/golden.h"
#include "tests/client/samples.h"

namespace electra::client {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr Language kLanguages[] = {Language::kEnglish, Language::kKorean};
constexpr int kWidths[] = {60, 80, 140};
const absl::Time kNow = absl::FromUnixSeconds(10'000);

std::string Name(const char* view, int columns, Language language) {
  return absl::StrCat(view, "_", columns, language == Language::kKorean ? "_ko.txt" : "_en.txt");
}

LiveRowsOptions At(int columns, int rows, Language language = Language::kEnglish) {
  return {.columns = columns, .rows = rows, .language = language, .now = kNow};
}

std::string Text(const std::vector<std::string>& rows) { return absl::StrJoin(rows, "\n") + "\n"; }

v1::Job RunningBooksJob() {
  v1::Job job;
  job.set_name("jobs/7f3a12ab");
  job.set_display_name("컴퓨터 책 books");
  job.set_state(v1::QUEUED);
  job.set_queue_position(3);
  return job;
}

v1::TrainingEvent Change(v1::JobState to, int64_t seconds) {
  v1::TrainingEvent event;
  event.mutable_time()->set_seconds(seconds);
  event.mutable_state_change()->set_to(to);
  return event;
}

v1::TrainingEvent Step(int64_t step) {
  const auto x = static_cast<double>(step);
  v1::TrainingEvent event;
  v1::StepMetrics& metrics = *event.mutable_step();
  metrics.set_step(step);
  metrics.set_epoch(static_cast<int32_t>(step / 150));
  metrics.set_generator_loss(2 + 8 * std::exp(-x / 60) + 0.3 * std::sin(x));
  metrics.set_discriminator_loss(0.1 + 0.4 * std::exp(-x / 90) + 0.02 * std::cos(2 * x));
  metrics.set_combined_loss(metrics.generator_loss() + 50 * metrics.discriminator_loss());
  metrics.set_discriminator_accuracy(0.9 + 0.05 * x / 450);
  metrics.set_discriminator_precision(0.8 * (1 - std::exp(-x / 100)));
  metrics.set_discriminator_recall(0.5 * (1 - std::exp(-x / 200)));
  metrics.set_tokens_per_second(12'345.6);
  metrics.set_step_seconds(1.5);
  return event;
}

v1::TrainingEvent EvaluationAt(int64_t step) {
  v1::TrainingEvent event;
  v1::Evaluation& evaluation = *event.mutable_evaluation();
  evaluation.set_step(step);
  evaluation.set_combined_loss(30 - 0.03 * static_cast<double>(step));
  evaluation.set_generator_loss(9 - 0.01 * static_cast<double>(step));
  evaluation.set_discriminator_loss(0.42 - 0.0004 * static_cast<double>(step));
  return event;
}

// No fake in its batch.
v1::TrainingEvent StepWithoutFakes(int64_t step) {
  v1::TrainingEvent event = Step(step);
  event.mutable_step()->clear_discriminator_precision();
  event.mutable_step()->clear_discriminator_recall();
  return event;
}

LiveState Queued() {
  LiveState state(RunningBooksJob(), "gpu1:50551");
  state.Apply(Change(v1::QUEUED, 9'900));
  state.Apply(RunningBooksJob());
  return state;
}

LiveState Preparing() {
  LiveState state = Queued();
  state.Apply(Change(v1::PREPARING, 9'950));
  v1::TrainingEvent event;
  v1::PreparationProgress& progress = *event.mutable_preparation_progress();
  progress.set_phase(v1::PreparationProgress::TOKENIZATION);
  progress.set_sample_count(1'234'567);
  progress.set_read_bytes(450);
  progress.set_size_bytes(1000);
  state.Apply(event);
  return state;
}

LiveState Running() {
  LiveState state = Preparing();
  v1::TrainingEvent prepared;
  prepared.mutable_preparation()->set_total_steps(1000);
  prepared.mutable_preparation()->set_device("cuda:0");
  state.Apply(prepared);
  state.Apply(Change(v1::RUNNING, 9'000));
  for (int64_t step = 1; step <= 450; ++step) {
    if (step % 50 == 1) state.Apply(EvaluationAt(step - 1));
    state.Apply(Step(step));
  }
  v1::DaemonStatus daemon;
  v1::Device& other = *daemon.add_devices();
  other.set_name("cuda:1");
  other.set_running_job("jobs/other");
  v1::Device& device = *daemon.add_devices();
  device.set_name("cuda:0");
  device.set_running_job("jobs/7f3a12ab");
  device.set_memory_bytes(24LL << 30);
  device.set_memory_used_bytes(13LL << 30);
  device.set_memory_free_bytes(11LL << 30);
  device.set_utilization(0.874);
  state.Apply(daemon);
  return state;
}

int WidestRow(const std::vector<std::string>& rows) {
  int widest = 0;
  for (const std::string& row : rows) widest = std::max(widest, DisplayWidth(row));
  return widest;
}

// The screen of a running job: the newest sample, and the rows below it.
TEST(LiveRowsGolden, ARunningJob) {
  for (const Language language : kLanguages) {
    for (const int columns : kWidths) {
      ExpectGolden(
          Name("watch_running", columns, language),
          RenderSample(SampleWithEveryVerdict(), {.language = language, .width = columns}) + "\n" +
              Text(RenderLive(Running(), At(columns, 44, language))));
    }
  }
}

TEST(LiveRowsGolden, ALowTerminal) {
  for (const Language language : kLanguages) {
    ExpectGolden(Name("watch_running_low", 80, language),
                 Text(RenderLive(Running(), At(80, 24, language))) + "\n" +
                     Text(RenderLive(Running(), At(80, 14, language))));
  }
}

TEST(LiveRowsGolden, EveryOtherState) {
  LiveState lost = Running();
  lost.lost = {.step = 450};
  LiveState lost_in_queue = Queued();
  lost_in_queue.lost = LostConnection();
  LiveState paused = Running();
  paused.Apply(Change(v1::PAUSED, 9'990));
  LiveState failed = Running();
  failed.Apply(Change(v1::FAILED, 9'990));
  for (const Language language : kLanguages) {
    std::string text;
    for (const LiveState& state : {Queued(), Preparing(), lost, lost_in_queue, paused, failed}) {
      absl::StrAppend(&text, Text(RenderLive(state, At(80, 14, language))), "\n");
    }
    LiveRowsOptions left = At(80, 14, language);
    left.footer = Footer::kLeftOut;
    absl::StrAppend(&text, Text(RenderLive(Running(), left)));
    ExpectGolden(Name("watch_states", 80, language), text);
  }
}

TEST(LiveRows, OfSeveralRanksTheSlowestIsShownWhereThereIsRoom) {
  LiveState state = Running();
  v1::TrainingEvent step = Step(451);
  step.mutable_step()->set_ranks(8);
  step.mutable_step()->set_slowest_rank_tokens_per_second(1'501.2);
  state.Apply(step);
  EXPECT_THAT(Text(RenderLive(state, At(140, 14, Language::kEnglish))),
              HasSubstr("12,346 tokens/s · 8 ranks, slowest 1,501 tokens/s"));
  EXPECT_THAT(Text(RenderLive(state, At(140, 14, Language::kKorean))),
              HasSubstr("12,346 토큰/초 · 랭크 8개, 가장 느린 랭크 1,501 토큰/초"));
  EXPECT_THAT(Text(RenderLive(state, At(80, 14, Language::kEnglish))), Not(HasSubstr("slowest")));
}

v1::TrainingEvent StepAt(int64_t step, int64_t seconds, double run_seconds) {
  v1::TrainingEvent event = Step(step);
  event.mutable_time()->set_seconds(seconds);
  event.mutable_step()->set_run_seconds(run_seconds);
  return event;
}

// Paused for an hour after 100 s of training, and another minute trained.
TEST(LiveRows, TheTimeThatAJobWaitedIsNotItsOwn) {
  LiveState state = Preparing();
  state.Apply(Change(v1::RUNNING, 5'000));
  state.Apply(StepAt(10, 5'100, 100));
  state.Apply(Change(v1::PAUSED, 5'101));
  state.Apply(Change(v1::QUEUED, 8'700));
  state.Apply(Change(v1::RUNNING, absl::ToUnixSeconds(kNow) - 60));
  EXPECT_THAT(Text(RenderLive(state, At(80, 14, Language::kEnglish))), HasSubstr("2:40 elapsed"));
  state.Apply(StepAt(11, absl::ToUnixSeconds(kNow) - 5, 155));
  EXPECT_THAT(Text(RenderLive(state, At(80, 14, Language::kEnglish))), HasSubstr("2:40 elapsed"));
}

TEST(LiveRows, WhatARunGoesBackBehindIsNotShown) {
  LiveState state = Running();
  v1::TrainingEvent rewind;
  rewind.mutable_rewind()->set_step(100);
  rewind.mutable_rewind()->set_last_step(450);
  state.Apply(rewind);
  EXPECT_FALSE(state.step.has_value());
  EXPECT_EQ(state.curves.combined_loss.Points().back().x, 100);
  EXPECT_EQ(state.curves.evaluated_combined_loss.Points().back().x, 100);
  EXPECT_THAT(Text(RenderLive(state, At(80, 24, Language::kEnglish))), Not(HasSubstr("450")));
  state.Apply(Step(101));
  EXPECT_THAT(Text(RenderLive(state, At(80, 24, Language::kEnglish))), HasSubstr("101"));
}

TEST(LiveRows, OfALostServerNothingOldIsShownAsIfItWereSo) {
  LiveState state = Running();
  state.lost = {.step = 450};
  const std::string text = Text(RenderLive(state, At(140, 44)));
  EXPECT_THAT(text, HasSubstr("connection lost at step 450 · trying to reach gpu1:50551 again"));
  EXPECT_THAT(text, HasSubstr("step 450/1,000 · epoch 3\n"));
  for (const char* old : {" left", "tokens/s", "busy"}) EXPECT_THAT(text, Not(HasSubstr(old)));
}

// A fake in every batch, found in one of four.
TEST(LiveRows, RatesAreOfMoreThanOneBatch) {
  LiveState state = Running();
  for (int64_t step = 451; step <= 490; ++step) {
    v1::TrainingEvent event = Step(step);
    v1::TokenCounts& counts = *event.mutable_step()->mutable_counts();
    counts.set_token_count(40);
    counts.set_discriminator_correct_count(38);
    counts.set_fake_count(1);
    counts.set_caught_count(step % 4 == 0 ? 1 : 0);
    counts.set_suspected_count(1);
    state.Apply(event);
    if (step < 470) continue;
    EXPECT_THAT(Text(RenderLive(state, At(80, 24))), HasSubstr("P 0.20  R 0.25  Acc 0.95"));
  }
}

TEST(LiveRows, WhatIsNotDefinedIsADash) {
  LiveState state = Running();
  for (int64_t step = 451; step <= 470; ++step) state.Apply(StepWithoutFakes(step));
  EXPECT_THAT(Text(RenderLive(state, At(80, 24, Language::kEnglish))),
              HasSubstr("precision -  recall -  accuracy 0.95"));
  EXPECT_THAT(Text(RenderLive(state, At(140, 44, Language::kEnglish))),
              HasSubstr("P -  R -  Acc 0.95"));
}

TEST(LiveRows, FitIntoEveryTerminal) {
  LiveState running = Running();
  running.display_name =
      "👩‍👩‍👧‍👦 שלום עולם e\u0301e\u0301 한글 이름이 아주 길다";
  running.lost = {.step = 450};
  for (const LiveState& state : {Queued(), Preparing(), Running(), running}) {
    for (int columns = 1; columns <= 150; ++columns) {
      for (const int rows : {1, 2, 5, 12, 24, 44, 100}) {
        const std::vector<std::string> lines = RenderLive(state, At(columns, rows));
        EXPECT_LT(WidestRow(lines), std::max(columns, 2)) << columns << "x" << rows;
        EXPECT_THAT(lines, SizeIs(testing::Le(static_cast<size_t>(std::max(rows - 1, 1)))));
        EXPECT_THAT(lines, Not(testing::IsEmpty()));
      }
    }
  }
}

TEST(LiveRows, CurvesTakeAtMostHalfOfTheTerminal) {
  for (const int rows : {22, 24, 36, 44, 60}) {
    for (const int columns : kWidths) {
      EXPECT_LE(RenderLive(Running(), At(columns, rows)).size(), static_cast<size_t>(rows / 2));
    }
  }
}

TEST(LiveRows, NothingOfTheServerReachesTheTerminalAsAnEscapeSequence) {
  LiveState state = Running();
  state.display_name = state.device_name = state.server = "\x1b[2J\u009b31m\x07\u202e";
  const std::string text = Text(RenderLive(state, At(140, 44)));
  for (const char* active : {"\x1b", "\u009b", "\x07", "\u202e"}) {
    EXPECT_THAT(text, Not(HasSubstr(active)));
  }
}

TEST(LiveRows, TheUseOfADeviceIsShownWhereItIsKnown) {
  LiveState state = Running();
  EXPECT_THAT(RenderLive(state, At(80, 24))[1],
              HasSubstr("cuda:0 · 87% busy · 13.0 GiB / 24.0 GiB"));
  state.device->set_utilization(-1);
  EXPECT_THAT(RenderLive(state, At(80, 24))[1], HasSubstr("cuda:0 · 13.0 GiB / 24.0 GiB"));
  state.device->set_memory_used_bytes(0);
  EXPECT_TRUE(absl::EndsWith(RenderLive(state, At(80, 24))[1], "cuda:0"));
}

TEST(LiveRows, LossesThatAreNoNumbersAreShownAsSuch) {
  LiveState state = Running();
  v1::TrainingEvent step = Step(451);
  step.mutable_step()->set_combined_loss(std::nan(""));
  step.mutable_step()->set_tokens_per_second(std::nan(""));
  step.mutable_step()->set_step_seconds(std::nan(""));
  state.Apply(step);
  const std::vector<std::string> rows = RenderLive(state, At(140, 44));
  EXPECT_THAT(rows, Contains(StartsWith("Combined nan")));
  EXPECT_THAT(rows[2], HasSubstr("- tokens/s"));
}

TEST(LiveState, TheStateIsWhatTheEventsSay) {
  LiveState state = Queued();
  EXPECT_EQ(state.queue_position, 3);
  state.Apply(Change(v1::PREPARING, 9'950));
  // An answer that was on its way meanwhile.
  state.Apply(RunningBooksJob());
  EXPECT_EQ(state.state, v1::PREPARING);
  EXPECT_EQ(state.queue_position, 0);
}

TEST(LiveState, AnEventEndsALostConnection) {
  LiveState state = Running();
  state.lost = {.step = 450};
  state.Apply(Step(451));
  EXPECT_FALSE(state.lost);
}

}  // namespace
}  // namespace electra::client
