#include "server/models/inference_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "core/base/device_lost.h"
#include "tests/temporary_folder.h"

namespace electra::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Reports its destruction.
class FakePair : public InferencePair {
 public:
  explicit FakePair(int* alive) : alive_(alive) { ++*alive_; }
  ~FakePair() override { --*alive_; }
  absl::StatusOr<std::vector<Judgement>> Fake(std::span<const std::string>,
                                              const Hyperparameters&) override {
    return std::vector<Judgement>();
  }
  absl::StatusOr<std::vector<Judgement>> Judge(std::span<const std::string>) override {
    return std::vector<Judgement>();
  }
  absl::StatusOr<TextEmbeddings> Embed(std::span<const std::string>, Pooling) override {
    return TextEmbeddings();
  }
  int64_t size_bytes() const override { return 0; }

 private:
  int* alive_;
};

class InferenceCacheTest : public ::testing::Test {
 protected:
  InferenceCacheTest()
      : cache_({.load = [this](const std::filesystem::path& folder, const std::string& device)
                    -> absl::StatusOr<std::unique_ptr<InferencePair>> {
                  loaded_.push_back(folder.filename().string());
                  devices_.push_back(device);
                  alive_at_load_.push_back(alive_);
                  if (while_loading_) while_loading_();
                  if (device == broken_card_) return absl::ResourceExhaustedError("no memory");
                  if (device == lost_card_) return DeviceLostError("fell off");
                  return std::make_unique<FakePair>(&alive_);
                },
                .idle_device = [this] { return idle_device_; },
                .on_device_lost =
                    [this](const std::string& device, const std::string& error) {
                      losses_.push_back(device + ": " + error);
                    },
                .available_memory = [this] { return available_; }}) {}

  std::filesystem::path Folder(const std::string& name, size_t bytes = 10) {
    const std::filesystem::path folder = folder_.path() / name;
    std::filesystem::create_directories(folder / "discriminator");
    std::ofstream(folder / "discriminator" / "model.safetensors") << std::string(bytes, 'x');
    return folder;
  }

  TemporaryFolder folder_;
  int alive_ = 0;
  int64_t available_ = 1000;
  std::vector<std::string> loaded_;
  std::vector<int> alive_at_load_;
  std::vector<std::string> devices_;
  std::string idle_device_ = "cpu";
  std::string broken_card_;
  std::string lost_card_;
  std::vector<std::string> losses_;
  std::function<void()> while_loading_;
  InferenceCache cache_;
};

TEST_F(InferenceCacheTest, OnePairStaysLoaded) {
  const auto a = Folder("a");
  const auto b = Folder("b");
  ASSERT_TRUE(cache_.Get(a).ok());
  ASSERT_TRUE(cache_.Get(a).ok());
  EXPECT_EQ(alive_, 1);
  ASSERT_TRUE(cache_.Get(b).ok());
  EXPECT_EQ(alive_, 1);
  ASSERT_TRUE(cache_.Get(a).ok());
  EXPECT_THAT(loaded_, ElementsAre("a", "b", "a"));
  EXPECT_THAT(alive_at_load_, ElementsAre(0, 0, 0)) << "the other is let go first";
}

TEST_F(InferenceCacheTest, AJobThatBeginsGetsTheMemory) {
  ASSERT_TRUE(cache_.Get(Folder("a")).ok());
  cache_.Drop();
  EXPECT_EQ(alive_, 0);
}

TEST_F(InferenceCacheTest, AnIdleCardComputes) {
  ASSERT_TRUE(cache_.Get(Folder("a")).ok());
  idle_device_ = "cuda:1";
  ASSERT_TRUE(cache_.Get(Folder("b")).ok());
  EXPECT_THAT(devices_, ElementsAre("cpu", "cuda:1"));
}

TEST_F(InferenceCacheTest, TheProcessorComputesWhatTheCardCannot) {
  idle_device_ = broken_card_ = "cuda:0";
  ASSERT_TRUE(cache_.Get(Folder("a")).ok());
  EXPECT_THAT(devices_, ElementsAre("cuda:0", "cpu"));
  EXPECT_EQ(alive_, 1);
  EXPECT_THAT(losses_, IsEmpty());
}

TEST_F(InferenceCacheTest, ALostCardIsTold) {
  idle_device_ = lost_card_ = "cuda:0";
  ASSERT_TRUE(cache_.Get(Folder("a")).ok()) << "the processor answers meanwhile";
  EXPECT_THAT(losses_, ElementsAre("cuda:0: fell off"));
}

TEST_F(InferenceCacheTest, ACardThatIsLostWhileItComputesIsTold) {
  idle_device_ = "cuda:1";
  ASSERT_TRUE(cache_.Get(Folder("a")).ok());
  cache_.TellIfLost(absl::OkStatus());
  cache_.TellIfLost(absl::ResourceExhaustedError("no memory"));
  EXPECT_THAT(losses_, IsEmpty());
  cache_.TellIfLost(DeviceLostError("fell off"));
  EXPECT_THAT(losses_, ElementsAre("cuda:1: fell off"));
}

TEST_F(InferenceCacheTest, WhatIsLoadedWhileAJobBeginsIsNotKept) {
  while_loading_ = [this] { cache_.Drop(); };
  ASSERT_TRUE(cache_.Get(Folder("a")).ok());
  EXPECT_EQ(alive_, 0);
}

TEST_F(InferenceCacheTest, WhoHasAPairKeepsIt) {
  auto pair = cache_.Get(Folder("a"));
  ASSERT_TRUE(pair.ok());
  cache_.Drop();
  EXPECT_EQ(alive_, 1);
  pair->reset();
  EXPECT_EQ(alive_, 0);
}

TEST_F(InferenceCacheTest, ACheckpointThatWasWrittenAgainIsLoadedAgain) {
  const auto a = Folder("a");
  ASSERT_TRUE(cache_.Get(a).ok());
  std::filesystem::last_write_time(
      a / "discriminator",
      std::filesystem::last_write_time(a / "discriminator") + std::chrono::seconds(1));
  ASSERT_TRUE(cache_.Get(a).ok());
  EXPECT_THAT(loaded_, ElementsAre("a", "a"));
}

TEST_F(InferenceCacheTest, WhatWouldTakeTheMemoryOfAJobIsRefused) {
  const auto refused = cache_.Get(Folder("a", 501));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(loaded_.empty());
  EXPECT_TRUE(cache_.Get(Folder("b", 500)).ok());
}

TEST_F(InferenceCacheTest, AFolderThatIsGoneIsSaid) {
  EXPECT_EQ(cache_.Get(folder_.path() / "none").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace electra::server
