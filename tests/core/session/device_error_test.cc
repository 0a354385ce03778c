#include "core/session/device_error.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "core/session/device.h"

namespace electra {
namespace {

// The beginnings of libtorch 2.13's error messages.
constexpr char kIllegalAddress[] =
    "CUDA error: an illegal memory access was encountered\nCUDA kernel errors might be "
    "asynchronously reported at some other API call";
constexpr char kAssert[] = "CUDA error: device-side assert triggered";
constexpr char kInvalidArgument[] = "CUDA error: invalid argument";
constexpr char kAllocationFailed[] =
    "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`";
constexpr char kCudnnAllocationFailed[] = "cuDNN error: CUDNN_STATUS_ALLOC_FAILED";
constexpr char kNoKernel[] = "CUDA error: no kernel image is available for execution on the device";
constexpr char kOutOfMemory[] =
    "CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has a total capacity of 15.00 GiB";

bool Fails() { return true; }
bool Recovers() { return false; }

TEST(DeviceErrorTest, ADeviceIsLostWhereWaitingForItFailsAgain) {
  for (const char* text : {kIllegalAddress, kAssert, kInvalidArgument}) {
    EXPECT_EQ(ClassifyDeviceError(text, Fails), DeviceErrorKind::kLost) << text;
    EXPECT_EQ(ClassifyDeviceError(text, Recovers), DeviceErrorKind::kNone) << text;
  }
}

TEST(DeviceErrorTest, ALibraryWithoutMemoryIsOutOfMemory) {
  for (const char* text : {kAllocationFailed, kCudnnAllocationFailed, kOutOfMemory,
                           "CUDA error: out of memory", "CUDA driver error: out of memory",
                           "DefaultCPUAllocator: can't allocate memory: you tried to allocate"}) {
    EXPECT_EQ(ClassifyDeviceError(text, Fails), DeviceErrorKind::kOutOfMemory) << text;
  }
  EXPECT_TRUE(IsOutOfMemory(std::runtime_error(kAllocationFailed)));
  EXPECT_FALSE(IsDeviceFailure(std::runtime_error(kAllocationFailed)));
}

TEST(DeviceErrorTest, ACardThatTheBuildHasNoCodeForIsNotLost) {
  EXPECT_EQ(ClassifyDeviceError(kNoKernel, Fails), DeviceErrorKind::kUnsupported);
  EXPECT_TRUE(IsUnsupportedDevice(std::runtime_error(kNoKernel)));
  EXPECT_FALSE(IsDeviceFailure(std::runtime_error(kNoKernel)));
}

TEST(DeviceErrorTest, ErrorsOfOtherCausesAskNoDevice) {
  const auto never = [] {
    ADD_FAILURE() << "the device was asked";
    return true;
  };
  for (const char* text : {"index 50 is out of range", "expected head size a multiple of 8", ""}) {
    EXPECT_EQ(ClassifyDeviceError(text, never), DeviceErrorKind::kNone) << text;
  }
}

}  // namespace
}  // namespace electra
