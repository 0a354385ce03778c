#include "core/session/cuda_driver.h"

#include <gtest/gtest.h>

namespace electra {
namespace {

TEST(CudaDriverTest, SaysWhatTheCardsAre) {
  const CudaDriver driver(ELECTRA_FAKE_CUDA_DRIVER);
  const std::optional<CardFacts> first = driver.Card(0);
  const std::optional<CardFacts> second = driver.Card(1);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->name, "Tesla T4");
  EXPECT_EQ(first->memory_bytes, int64_t{16} << 30);
  EXPECT_EQ(first->major, 7);
  EXPECT_EQ(first->minor, 5);
  EXPECT_EQ(second->name, "NVIDIA H200");
  EXPECT_EQ(second->memory_bytes, int64_t{141} << 30);
  EXPECT_EQ(second->major, 9);
  EXPECT_EQ(second->minor, 0);
  EXPECT_EQ(driver.version(), 13000);
  EXPECT_FALSE(driver.Card(2));
}

TEST(CudaDriverTest, WithoutADriverNothingIsKnown) {
  const CudaDriver driver("libno-such-driver.so.1");
  EXPECT_FALSE(driver.Card(0));
  EXPECT_EQ(driver.version(), 0);
}

}  // namespace
}  // namespace electra
