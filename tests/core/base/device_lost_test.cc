#include "core/base/device_lost.h"

#include <gtest/gtest.h>

namespace electra {
namespace {

TEST(DeviceLostTest, TheMarkStaysWithin) {
  const absl::Status status = DeviceLostError(Message("GONE", "device {device} is gone", 1));
  const absl::Status within = Within("rank 2", status);
  EXPECT_TRUE(IsDeviceLost(within));
  EXPECT_EQ(within.message(), "rank 2: device 1 is gone");
  EXPECT_EQ(MessageOf(within).code(), "GONE");
  EXPECT_FALSE(IsDeviceLost(absl::UnavailableError("the network is gone")));
}

TEST(DeviceLostTest, WhatAnotherLibrarySaysHasNoCode) {
  const absl::Status status = DeviceLostError("CUDA error: unspecified launch failure");
  EXPECT_EQ(status.message(), "CUDA error: unspecified launch failure");
  EXPECT_EQ(MessageOf(status).code(), "");
}

}  // namespace
}  // namespace electra
