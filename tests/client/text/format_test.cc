#include "client/text/format.h"

#include <limits>

#include "gtest/gtest.h"

namespace electra::client {
namespace {

TEST(Format, Counts) {
  EXPECT_EQ(FormatCount(0), "0");
  EXPECT_EQ(FormatCount(999), "999");
  EXPECT_EQ(FormatCount(1000), "1,000");
  EXPECT_EQ(FormatCount(1234567), "1,234,567");
  EXPECT_EQ(FormatCount(-123456), "-123,456");
}

TEST(Format, Bytes) {
  EXPECT_EQ(FormatBytes(1023), "1023 B");
  EXPECT_EQ(FormatBytes(1024), "1.0 KiB");
  EXPECT_EQ(FormatBytes((1 << 20) - 1), "1.0 MiB");
  EXPECT_EQ(FormatBytes(int64_t{5} << 40), "5.0 TiB");
  EXPECT_EQ(FormatBytes(std::numeric_limits<int64_t>::max()), "8192.0 PiB");
}

TEST(Format, Durations) {
  EXPECT_EQ(FormatElapsed(absl::Seconds(45)), "0:45");
  EXPECT_EQ(FormatElapsed(absl::Seconds(3723)), "1:02:03");
  EXPECT_EQ(FormatElapsed(absl::Seconds(-1)), "0:00");
}

TEST(Format, PercentIsOneHundredOnlyAtTheEnd) {
  EXPECT_EQ(Percent(0, 10), 0);
  EXPECT_EQ(Percent(7, 236), 3);
  EXPECT_EQ(Percent(1, 200), 1);
  EXPECT_EQ(Percent(999, 1000), 99);
  EXPECT_EQ(Percent(1000, 1000), 100);
  EXPECT_EQ(Percent(0, 0), 100);
}

TEST(Format, LearningRatesHaveFourSignificantDigits) {
  EXPECT_EQ(FormatRate(0.00012345678), "0.0001235");
  EXPECT_EQ(FormatRate(5e-4), "0.0005");
  EXPECT_EQ(FormatRate(1.23456e-7), "1.235e-07");
  EXPECT_EQ(FormatRate(0), "0");
}

TEST(Format, NumbersReadBackAsTheSame) {
  EXPECT_EQ(FormatNumber(0.0001), "0.0001");
  EXPECT_EQ(FormatNumber(0), "0");
  EXPECT_EQ(FormatNumber(64), "64");
  EXPECT_EQ(FormatNumber(-0.5), "-0.5");
  EXPECT_EQ(FormatNumber(1e-6), "1e-06");
  EXPECT_EQ(FormatNumber(1e300), "1e+300");
  EXPECT_EQ(FormatNumber(0.1 + 0.2), "0.30000000000000004");
}

}  // namespace
}  // namespace electra::client
