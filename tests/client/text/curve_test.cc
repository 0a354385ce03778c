#include "client/text/curve.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace electra::client {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::SizeIs;

auto At(double x, double y) { return AllOf(Field(&PlotPoint::x, x), Field(&PlotPoint::y, y)); }

TEST(Curve, KeepsShortHistoriesAsTheyAre) {
  Curve curve;
  EXPECT_THAT(curve.Points(), IsEmpty());
  EXPECT_EQ(curve.last(), std::nullopt);
  for (int64_t step : {1, 2, 5}) curve.Add(step, static_cast<double>(step) / 2);
  EXPECT_THAT(curve.Points(), ElementsAre(At(1, 0.5), At(2, 1), At(5, 2.5)));
  EXPECT_EQ(curve.last(), 2.5);
}

TEST(Curve, LongHistoriesKeepTheirExtremes) {
  std::mt19937 generator(7);
  std::uniform_real_distribution<double> noise(0, 1);
  Curve curve;
  for (int64_t step = 1; step <= 200'000; ++step) {
    double value = noise(generator);
    if (step == 77'777) value = 50;
    if (step == 123'456) value = -50;
    curve.Add(step, value);
  }
  const std::vector<PlotPoint> points = curve.Points();
  EXPECT_THAT(points, SizeIs(Le(2 * 2048)));
  EXPECT_TRUE(std::is_sorted(points.begin(), points.end(),
                             [](const auto& a, const auto& b) { return a.x < b.x; }));
  EXPECT_THAT(points, Contains(At(77'777, 50)));
  EXPECT_THAT(points, Contains(At(123'456, -50)));
}

TEST(Curve, StepsThatAreRunAgainTakeTheirOldPlaces) {
  Curve curve;
  for (int64_t step = 1; step <= 10; ++step) curve.Add(step, 1);
  curve.Add(8, 2);
  curve.Add(9, 3);
  const std::vector<PlotPoint> points = curve.Points();
  ASSERT_THAT(points, SizeIs(9));
  EXPECT_THAT(points[6], At(7, 1));
  EXPECT_THAT(points[7], At(8, 2));
  EXPECT_THAT(points[8], At(9, 3));
}

TEST(Curve, StepsThatAreRunAgainLeaveNothingBeyondThem) {
  Curve curve;
  for (int64_t step = 1; step <= 50'000; ++step) curve.Add(step, 1);
  curve.Add(20'000, 2);
  const std::vector<PlotPoint> points = curve.Points();
  EXPECT_THAT(points.back(), At(20'000, 2));
  EXPECT_LT(points[points.size() - 2].x, 20'000);
}

TEST(Curve, WhatCameAfterAStepIsForgotten) {
  Curve curve;
  for (int64_t step = 1; step <= 10; ++step) curve.Add(step, static_cast<double>(step));
  curve.DropAfter(7);
  ASSERT_THAT(curve.Points(), SizeIs(7));
  EXPECT_THAT(curve.Points().back(), At(7, 7));
  EXPECT_EQ(curve.last(), 7);
  curve.DropAfter(0);
  EXPECT_TRUE(curve.empty());
  EXPECT_EQ(curve.last(), std::nullopt);
  // In a stretch of several steps too.
  Curve merged;
  for (int64_t step = 1; step <= 50'000; ++step) merged.Add(step, static_cast<double>(step));
  merged.DropAfter(20'001);
  ASSERT_FALSE(merged.empty());
  EXPECT_LE(merged.Points().back().x, 20'001);
  EXPECT_GT(merged.Points().back().x, 19'900);
}

TEST(Curve, WhatIsNoNumberIsAGapAndHidesNothing) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  Curve curve;
  curve.Add(1, 1);
  curve.Add(2, kNaN);
  EXPECT_TRUE(std::isnan(*curve.last()));
  ASSERT_THAT(curve.Points(), SizeIs(2));
  EXPECT_TRUE(std::isnan(curve.Points()[1].y));
  // Among neighbours in one stretch the number wins.
  Curve merged;
  for (int64_t step = 1; step <= 5'000; ++step) merged.Add(step, step % 2 == 0 ? kNaN : 1);
  for (const PlotPoint& point : merged.Points()) EXPECT_EQ(point.y, 1) << point.x;
}

}  // namespace
}  // namespace electra::client
