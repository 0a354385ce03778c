// The text of a fine-tuning.
#include "client/views/finetuning_view.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace electra::client {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;

void AddRun(v1::Finetuning& finetuning, v1::FinetunedModel model, int seed, double f1) {
  v1::FinetuningRun& run = *finetuning.add_runs();
  run.set_model(model);
  run.set_seed(seed);
  run.set_macro_f1(f1);
}

v1::Finetuning Finetuned() {
  v1::Finetuning finetuning;
  finetuning.set_name("finetunings/51c0");
  finetuning.set_state(v1::SUCCEEDED);
  finetuning.set_corpus_display_name("reviews.tsv");
  finetuning.set_label_column("stars");
  AddRun(finetuning, v1::BASE, 1, 0.5);
  AddRun(finetuning, v1::ADAPTED, 1, 0.6);
  AddRun(finetuning, v1::BASE, 2, 0.7);
  AddRun(finetuning, v1::ADAPTED, 2, 0.6);
  AddRun(finetuning, v1::BASE, 3, 0.5);
  AddRun(finetuning, v1::ADAPTED, 3, 0.8);
  for (v1::FinetuningScores* scores : {finetuning.mutable_base(), finetuning.mutable_adapted()}) {
    scores->set_run_count(3);
    scores->set_macro_f1_mean(scores == finetuning.mutable_base() ? 0.567 : 0.667);
    scores->set_macro_f1_deviation(0.1155);
    scores->set_accuracy_mean(0.75);
    scores->set_accuracy_deviation(0.01);
  }
  return finetuning;
}

TEST(FinetuningViewTest, TheGainIsThatOfPairs) {
  v1::Finetuning finetuning = Finetuned();
  AddRun(finetuning, v1::BASE, 4, 0.0);  // its pair is not done yet
  const std::optional<Gain> gain = GainOf(finetuning);
  ASSERT_TRUE(gain);
  EXPECT_EQ(gain->seeds, 3);
  EXPECT_EQ(gain->better, 2);
  EXPECT_NEAR(gain->mean, 0.1, 1e-12);
  EXPECT_NEAR(gain->deviation, 0.2, 1e-12);  // of 0.1, -0.1 and 0.3
  EXPECT_EQ(GainText(*gain, Language::kEnglish),
            "macro F1 +0.100 ± 0.200, better with 2 of 3 seeds");
}

TEST(FinetuningViewTest, ALossSaysSo) {
  v1::Finetuning finetuning;
  AddRun(finetuning, v1::BASE, 1, 0.75);
  EXPECT_FALSE(GainOf(finetuning));
  AddRun(finetuning, v1::ADAPTED, 1, 0.5);
  EXPECT_EQ(GainText(*GainOf(finetuning), Language::kEnglish),
            "macro F1 -0.250, better with 0 of 1 seeds");  // a single run has no deviation
}

TEST(FinetuningViewTest, ALineHasBothOrHowFarItIs) {
  v1::Finetuning finetuning = Finetuned();
  EXPECT_EQ(FinetuningLine(finetuning, Language::kEnglish),
            "reviews.tsv:stars · macro F1 base 0.567 ± 0.116, adapted 0.667 ± 0.116, 3 runs");
  EXPECT_EQ(ScoresText(finetuning.base(), Language::kEnglish),
            "macro F1 0.567 ± 0.116, accuracy 0.750 ± 0.010, 3 runs");
  finetuning.set_state(v1::RUNNING);
  finetuning.set_total_runs(10);
  EXPECT_THAT(FinetuningLine(finetuning, Language::kEnglish), EndsWith("6/10"));
  finetuning.set_state(v1::FAILED);
  finetuning.set_reason("the corpus was deleted");
  finetuning.mutable_reason_code()->set_code("CORPUS_DELETED");
  EXPECT_THAT(FinetuningLine(finetuning, Language::kEnglish), EndsWith(": the corpus was deleted"));
  EXPECT_THAT(FinetuningLine(finetuning, Language::kKorean),
              AllOf(HasSubstr("적응 전 0.567"), HasSubstr("적응 후 0.667")));
}

TEST(FinetuningViewTest, HarmfulNamesAreMadeVisible) {
  v1::Finetuning finetuning;
  finetuning.set_corpus_display_name("a\x1b[2J.tsv");
  finetuning.set_label_column("b\nc");
  EXPECT_EQ(TaskName(finetuning).find('\x1b'), std::string::npos);
  EXPECT_EQ(TaskName(finetuning).find('\n'), std::string::npos);
}

}  // namespace
}  // namespace electra::client
