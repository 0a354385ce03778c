#include "core/session/device.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace electra {
namespace {

// Puts a variable back.
class Variable {
 public:
  explicit Variable(const char* name) : name_(name) {
    const char* value = std::getenv(name);
    was_set_ = value != nullptr;
    if (was_set_) before_ = value;
    unsetenv(name);
  }
  ~Variable() {
    if (was_set_) {
      setenv(name_, before_.c_str(), 1);
    } else {
      unsetenv(name_);
    }
  }
  void Set(const char* value) const { setenv(name_, value, 1); }
  std::string value() const {
    const char* text = std::getenv(name_);
    return text == nullptr ? "" : text;
  }

 private:
  const char* name_;
  bool was_set_ = false;
  std::string before_;
};

TEST(ProcessorTest, HasBFloat16WhereItsFeaturesSaySo) {
  EXPECT_TRUE(NamesBFloat16("avx512f avx512_bf16 wbnoinvd"));
  EXPECT_TRUE(NamesBFloat16("amx_tile amx_bf16"));
  EXPECT_TRUE(NamesBFloat16("asimd i8mm bf16"));  // Arm
  EXPECT_FALSE(NamesBFloat16("avx2 avx512f avx512_vnni svebf16"));
  EXPECT_FALSE(NamesBFloat16(""));
}

TEST(CudaEnvironmentTest, IsThatOfTheUserWhereTheUserSetIt) {
  const Variable workspace("CUBLAS_WORKSPACE_CONFIG");
  const Variable allocator("PYTORCH_CUDA_ALLOC_CONF");
  const Variable newer("PYTORCH_ALLOC_CONF");
  PrepareEnvironmentForCuda();
  EXPECT_EQ(workspace.value(), ":4096:8");
  EXPECT_EQ(allocator.value(), "expandable_segments:True");

  workspace.Set(":16:8");
  allocator.Set("backend:cudaMallocAsync");
  PrepareEnvironmentForCuda();
  EXPECT_EQ(workspace.value(), ":16:8");
  EXPECT_EQ(allocator.value(), "backend:cudaMallocAsync");

  unsetenv("PYTORCH_CUDA_ALLOC_CONF");
  newer.Set("max_split_size_mb:512");
  PrepareEnvironmentForCuda();
  EXPECT_EQ(allocator.value(), "");
}

TEST(TryDeviceTest, TheProcessorComputes) {
  EXPECT_NO_THROW(TryDevice("cpu"));
  EXPECT_ANY_THROW(TryDevice("cuda:99"));
}

}  // namespace
}  // namespace electra
