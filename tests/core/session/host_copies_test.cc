#include "core/session/host_copies.h"

#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace electra {
namespace {

// Copies as late as a card may.
class LateStream : public CopyStream {
 public:
  void Begin() override {}
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

// Writes down what it is asked, and fails in a copy of its own.
class WatchedStream : public CopyStream {
 public:
  explicit WatchedStream(std::string& calls, size_t failing_copy = 0)
      : calls_(calls), failing_copy_(failing_copy) {}
  void Begin() override { calls_ += "begin "; }
  void Copy(const at::Tensor& to, const at::Tensor& from) override {
    calls_ += "copy ";
    if (++copies_ == failing_copy_) throw std::runtime_error("the copy failed");
    to.copy_(from);
  }
  void Wait() override { calls_ += "wait "; }

 private:
  std::string& calls_;
  const size_t failing_copy_;
  size_t copies_ = 0;
};

using Storage = c10::weak_intrusive_ptr<c10::StorageImpl>;

// Refers to each tensor that is copied, without keeping it.
class StorageStream : public WatchedStream {
 public:
  StorageStream(std::string& calls, size_t failing_copy, std::vector<Storage>& storages)
      : WatchedStream(calls, failing_copy), storages_(storages) {}
  void Copy(const at::Tensor& to, const at::Tensor& from) override {
    storages_.push_back(from.storage().getWeakStorageImpl());
    WatchedStream::Copy(to, from);
  }

 private:
  std::vector<Storage>& storages_;
};

TEST(DeviceSnapshotTest, HoldsWhatWasThereWhileWorkGoesOn) {
  std::string calls;
  const at::Tensor weight = at::ones({2, 2});
  const at::Tensor moment = at::full({3}, 2.0);
  const at::Tensor tensors[] = {weight, moment};
  DeviceSnapshot snapshot(tensors, std::make_unique<WatchedStream>(calls));
  EXPECT_EQ(calls, "begin ");
  weight.fill_(7);  // the next step
  moment.fill_(8);
  std::vector<float> values[2];
  std::vector<float>* targets[] = {&values[0], &values[1]};
  std::thread([&] { snapshot.Fetch(targets); }).join();
  EXPECT_EQ(calls, "begin copy copy wait ");
  EXPECT_EQ(values[0], std::vector<float>(4, 1));
  EXPECT_EQ(values[1], std::vector<float>(3, 2));
}

TEST(DeviceSnapshotTest, GivesItsMemoryBackWhetherItArrivesOrNot) {
  for (const size_t failing_copy : {0U, 2U}) {
    std::string calls;
    std::vector<Storage> clones;
    const at::Tensor tensors[] = {at::ones({2}), at::ones({2})};
    DeviceSnapshot snapshot(tensors, std::make_unique<StorageStream>(calls, failing_copy, clones));
    std::vector<float> values[2];
    std::vector<float>* targets[] = {&values[0], &values[1]};
    if (failing_copy == 0) {
      snapshot.Fetch(targets);
    } else {
      EXPECT_THROW(snapshot.Fetch(targets), std::runtime_error);
    }
    EXPECT_EQ(calls, "begin copy copy wait ");  // no copy is under way when it ends
    ASSERT_EQ(clones.size(), 2U);
    for (const Storage& clone : clones) EXPECT_TRUE(clone.expired());
  }
}

TEST(DeviceSnapshotTest, StepsKeepTheMemoryTheyNeed) {
  constexpr int64_t kGiB = int64_t{1} << 30;
  EXPECT_TRUE(LeavesRoomForSteps(2 * kGiB, 13 * kGiB, 16 * kGiB));
  EXPECT_FALSE(LeavesRoomForSteps(2 * kGiB + 1, 13 * kGiB, 16 * kGiB));
  EXPECT_FALSE(LeavesRoomForSteps(0, 16 * kGiB, 16 * kGiB));
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
