#include "core/session/loss_scale.h"

#include <gtest/gtest.h>

namespace electra {
namespace {

at::Tensor Scalar(float value) { return at::full({}, value, at::kFloat); }

TEST(LossScaleTest, GoesOnWhereItsStateWasTaken) {
  LossScale whole(at::kCPU);
  LossScale stopped(at::kCPU);
  const auto step = [](LossScale& scale, int64_t index) {
    scale.Update(Scalar(index == 3 || index == 4 ? 1.0F : 0.0F));
  };
  // An overflow halves the scale, and 2000 good steps double it again.
  for (int64_t i = 0; i < 2200; ++i) step(whole, i);
  for (int64_t i = 0; i < 1500; ++i) step(stopped, i);
  const std::optional<LossScaleState> state = stopped.state();
  ASSERT_TRUE(state);
  EXPECT_EQ(state->factor, 16384);
  EXPECT_EQ(state->good_steps, 1495);
  LossScale restored(at::kCPU);
  restored.Restore(*state);
  for (int64_t i = 1500; i < 2200; ++i) step(restored, i);
  EXPECT_EQ(whole.state()->factor, 32768);
  EXPECT_EQ(restored.state(), whole.state());
}

TEST(LossScaleTest, WithoutScalingThereIsNoState) {
  LossScale none;
  EXPECT_FALSE(none.state());
  none.Restore({.factor = 1024, .good_steps = 3});
  EXPECT_FALSE(none.factor().defined());
}

}  // namespace
}  // namespace electra
