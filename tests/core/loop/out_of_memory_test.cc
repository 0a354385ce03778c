#include "core/loop/out_of_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace electra {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

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
