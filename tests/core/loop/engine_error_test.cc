#include "core/loop/engine_error.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "core/base/device_lost.h"

namespace electra {
namespace {

absl::Status StatusOf(const char* what) {
  return DeviceError(std::runtime_error(what), absl::ResourceExhaustedError("fewer texts"));
}

TEST(EngineErrorTest, MemoryThatRanOutIsTheCallersError) {
  const absl::Status status = StatusOf("CUDA out of memory. Tried to allocate 20.00 GiB");
  EXPECT_EQ(status, absl::ResourceExhaustedError("fewer texts"));
}

TEST(EngineErrorTest, ACardWithoutCodeIsRefusedAndNotLost) {
  const absl::Status status =
      StatusOf("CUDA error: no kernel image is available for execution on the device");
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(IsDeviceLost(status));
}

TEST(EngineErrorTest, OtherErrorsComeWithoutTheStack) {
  const absl::Status status = StatusOf("index 50 is out of range\nException raised from here");
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(status.message(), "index 50 is out of range");
}

}  // namespace
}  // namespace electra
