#include "client/text/rate_curve.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace electra::client {
namespace {

using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::SizeIs;

constexpr int kColumns = 100;

// One fake a batch, found in every fourth.
Ratio OneFake(int64_t step) { return {.part = step % 4 == 0 ? 1.0 : 0.0, .whole = 1}; }

TEST(RateCurve, DoesNotFlipWithWhatOneBatchHolds) {
  RateCurve recall;
  for (int64_t step = 1; step <= 1000; ++step) recall.Add(step, OneFake(step));
  const std::vector<PlotPoint> points = recall.Points(kColumns);
  EXPECT_EQ(points.front().x, 20);
  EXPECT_EQ(points.back().x, 1000);
  for (const PlotPoint& point : points) EXPECT_EQ(point.y, 0.25) << point.x;
  EXPECT_EQ(recall.last(), 0.25);
}

TEST(RateCurve, IsASumOverASumAndNoMeanOfRatios) {
  RateCurve recall;
  for (int64_t step = 1; step <= 19; ++step) recall.Add(step, {.part = 0, .whole = 12});
  recall.Add(20, {.part = 7, .whole = 8});
  EXPECT_DOUBLE_EQ(recall.last().value(), 7.0 / 236);
  ASSERT_THAT(recall.Points(kColumns), SizeIs(1));
  EXPECT_DOUBLE_EQ(recall.Points(kColumns)[0].y, 7.0 / 236);
}

TEST(RateCurve, WhatCameAfterAStepIsForgotten) {
  RateCurve recall;
  for (int64_t step = 1; step <= 50; ++step) {
    recall.Add(step, {.part = step <= 30 ? 0.0 : 1.0, .whole = 1});
  }
  recall.DropAfter(30);
  EXPECT_EQ(recall.Points(kColumns).back().x, 30);
  EXPECT_EQ(recall.last(), 0);
  recall.DropAfter(0);
  EXPECT_TRUE(recall.empty());
}

TEST(RateCurve, AWindowIsAsWideAsAColumnOfThePlot) {
  RateCurve rate;
  for (int64_t step = 1; step <= 1000; ++step) {
    rate.Add(step, {.part = step <= 900 ? 0.0 : 1.0, .whole = 1});
  }
  // Ten columns of 100 steps each.
  const std::vector<PlotPoint> points = rate.Points(10);
  EXPECT_EQ(points.front().x, 100);
  EXPECT_EQ(points.back().y, 1);
  EXPECT_EQ(points[points.size() - 51].y, 0.5);
}

TEST(RateCurve, AShortHistoryIsOnePointOfAllOfIt) {
  RateCurve rate;
  EXPECT_THAT(rate.Points(kColumns), IsEmpty());
  EXPECT_EQ(rate.last(), std::nullopt);
  for (int64_t step = 1; step <= 8; ++step) rate.Add(step, OneFake(step));
  ASSERT_THAT(rate.Points(kColumns), SizeIs(1));
  EXPECT_EQ(rate.Points(kColumns)[0].x, 8);
  EXPECT_EQ(rate.Points(kColumns)[0].y, 0.25);
}

TEST(RateCurve, LongHistoriesLoseNoCount) {
  RateCurve rate;
  for (int64_t step = 1; step <= 200'000; ++step) rate.Add(step, OneFake(step));
  const std::vector<PlotPoint> points = rate.Points(1);  // one window
  ASSERT_THAT(points, SizeIs(1));
  EXPECT_EQ(points[0].y, 0.25);
  EXPECT_THAT(rate.Points(5'000), SizeIs(Le(2048u)));
}

TEST(RateCurve, StepsThatAreRunAgainTakeTheirOldPlaces) {
  RateCurve rate;
  for (int64_t step = 1; step <= 100; ++step) rate.Add(step, {.part = 0, .whole = 1});
  for (int64_t step = 51; step <= 70; ++step) rate.Add(step, {.part = 1, .whole = 1});
  EXPECT_EQ(rate.Points(kColumns).back().x, 70);
  EXPECT_EQ(rate.last(), 1);
}

TEST(RateCurve, WhatIsNoRatioSaysNothing) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  RateCurve rate;
  const Ratio ratios[] = {{kNaN, 1}, {1, kNaN}, {kInfinity, kInfinity}, {-1, 1}, {2, 1}, {0, 0}};
  int64_t step = 0;
  for (const Ratio& ratio : ratios) rate.Add(++step, ratio);
  EXPECT_TRUE(std::isnan(rate.last().value()));
  EXPECT_TRUE(std::isnan(rate.Points(kColumns).back().y));
  rate.Add(++step, {.part = 1, .whole = 2});
  EXPECT_EQ(rate.last(), 0.5);
  // Steps as no server counts them.
  RateCurve far;
  far.Add(std::numeric_limits<int64_t>::min(), {.part = 1, .whole = 2});
  far.Add(std::numeric_limits<int64_t>::max(), {.part = 1, .whole = 2});
  EXPECT_EQ(far.Points(kColumns).back().y, 0.5);
}

}  // namespace
}  // namespace electra::client
