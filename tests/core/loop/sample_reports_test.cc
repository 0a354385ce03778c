#include "core/loop/sample_reports.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/core/loop/loop_rig.h"

namespace electra {
namespace {

class SampleReportsTest : public ::testing::Test {
 protected:
  SampleReportsTest() { hyperparameters_.sample_every = 5; }

  Hyperparameters hyperparameters_;
  const RunLength run_{.steps_per_epoch = 2, .total_steps = 10};
  const PreparedCorpus corpus_;
  const ProbeSet probe_;
  Recorder recorder_;
  SampleReports reports_{hyperparameters_, run_, corpus_, probe_, recorder_};
};

TEST_F(SampleReportsTest, ChoosesASequenceWhereASampleIsDue) {
  EXPECT_EQ(reports_.ChooseSequence(4, 8), std::nullopt);
  std::set<size_t> chosen;
  for (int64_t step = 5; step <= 500; step += 5) {
    const std::optional<size_t> sequence = reports_.ChooseSequence(step, 8);
    ASSERT_TRUE(sequence.has_value());
    EXPECT_LT(*sequence, 8u);
    EXPECT_EQ(sequence, reports_.ChooseSequence(step, 8));  // a resumed run shows the same
    chosen.insert(*sequence);
  }
  EXPECT_EQ(chosen.size(), 8u);
}

TEST_F(SampleReportsTest, ChoosesNoneWhereNoneAreWanted) {
  hyperparameters_.sample_every = 0;
  EXPECT_FALSE(reports_.AreDue(5));
  EXPECT_EQ(reports_.ChooseSequence(5, 8), std::nullopt);
}

}  // namespace
}  // namespace electra
