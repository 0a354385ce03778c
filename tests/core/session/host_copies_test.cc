#include "core/session/host_copies.h"

#include <gtest/gtest.h>

#include <numeric>
#include <utility>
#include <vector>

namespace electra {
namespace {

// Copies as late as a card may.
class LateStream : public CopyStream {
 public:
  void Copy(const at::Tensor& to, const at::Tensor& from) override {
    queued_.emplace_back(to, from);
  }
  void Wait() override {
    ++waits_;
    for (const auto& [to, from] : queued_) to.copy_(from);
    queued_.clear();
  }
  int waits() const { return waits_; }

 private:
  std::vector<std::pair<at::Tensor, at::Tensor>> queued_;
  int waits_ = 0;
};

TEST(HostCopiesTest, ManyTensorsTakeOneWait) {
  LateStream stream;
  HostCopies copies(stream, at::kCPU, /*buffer_size=*/1000);
  std::vector<std::vector<float>> values(100);
  for (size_t i = 0; i < values.size(); ++i) {
    copies.Add(at::full({2, 3}, static_cast<double>(i)), values[i]);
  }
  EXPECT_EQ(stream.waits(), 0);
  copies.Finish();
  EXPECT_EQ(stream.waits(), 1);
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(values[i], std::vector<float>(6, static_cast<float>(i)));
  }
}

TEST(HostCopiesTest, WhatIsLargerThanTheBufferGoesInParts) {
  LateStream stream;
  HostCopies copies(stream, at::kCPU, /*buffer_size=*/10);
  std::vector<float> small;
  std::vector<float> large;
  std::vector<float> empty = {7};
  copies.Add(at::ones({4}), small);
  copies.Add(at::arange(25).view({5, 5}), large);
  copies.Add(at::empty({0, 3}), empty);
  copies.Finish();
  std::vector<float> expected(25);
  std::iota(expected.begin(), expected.end(), 0.0f);
  EXPECT_EQ(large, expected);
  EXPECT_EQ(small, std::vector<float>(4, 1.0f));
  EXPECT_TRUE(empty.empty());
  EXPECT_EQ(stream.waits(), 3);
}

TEST(HostCopiesTest, ATransposedMatrixComesRowByRow) {
  DeviceCopyStream stream(at::kCPU);
  HostCopies copies(stream, at::kCPU);
  std::vector<float> values;
  copies.Add(at::arange(6, at::kDouble).view({2, 3}).t(), values);
  copies.Finish();
  EXPECT_EQ(values, (std::vector<float>{0, 3, 1, 4, 2, 5}));
}

}  // namespace
}  // namespace electra
