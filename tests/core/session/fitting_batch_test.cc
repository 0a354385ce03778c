#include "core/session/fitting_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace electra {
namespace {

using ::testing::ElementsAre;

TEST(FittingBatchTest, HalvesUntilItFits) {
  std::vector<size_t> tried;
  const auto fits_in = [&](size_t most) {
    return [&tried, most](size_t sequences) {
      tried.push_back(sequences);
      return sequences <= most;
    };
  };
  EXPECT_EQ(FittingBatch(48, fits_in(15)), 12u);
  EXPECT_THAT(tried, ElementsAre(24, 12));
  EXPECT_EQ(FittingBatch(5, fits_in(0)), 0u);
  EXPECT_EQ(FittingBatch(1, fits_in(1)), 0u);  // the whole has been tried by the step
}

}  // namespace
}  // namespace electra
