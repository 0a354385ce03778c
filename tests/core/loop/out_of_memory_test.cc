#include "core/loop/out_of_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace electra {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

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

TEST(OutOfMemoryErrorTest, NamesTheSettingsOfTheSameTraining) {
  Hyperparameters hyperparameters;
  hyperparameters.batch_size = 50;
  hyperparameters.gradient_accumulation_steps = 2;
  hyperparameters.max_length = 128;
  const absl::Status status = OutOfMemoryError(hyperparameters, "cuda:1", 3, 12);
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("the memory of cuda:1 ran out in step 3 (batch_size 50, max_length "
                              "128). A batch_size of 12 fits. "),
                    HasSubstr("gradient_accumulation_steps=9;")));
}

TEST(OutOfMemoryErrorTest, WhereNothingFitsABatchSizeIsNoHelp) {
  const std::string message(OutOfMemoryError({}, "cpu", 1, 0).message());
  EXPECT_THAT(message, AllOf(HasSubstr("Not even one sequence fits"),
                             HasSubstr("use a smaller max_length or model")));
}

}  // namespace
}  // namespace electra
