#include "client/text/braille_plot.h"

#include <cmath>
#include <limits>
#include <string>

#include "absl/strings/str_join.h"
#include "client/text/display_width.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace electra::client {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::string Plot(const std::vector<Series>& series, const PlotOptions& options,
                 ColorMode color = ColorMode::kOff) {
  std::string out;
  for (const StyledText& line : BraillePlot(series, options)) out += line.Render(color) + "\n";
  return out;
}

TEST(BraillePlot, ACurveRunsFromCornerToCorner) {
  EXPECT_EQ(Plot({{.points = {{0, 0}, {10, 10}}}}, {.columns = 15, .rows = 6}),
            "10.0 |       ⡠⠊\n"
            "     |    ⢀⠔⠉\n"
            "     |  ⣀⠔⠁\n"
            " 0.0 |⡠⠊\n"
            "     +---------\n"
            "      0   5  10\n");
}

TEST(BraillePlot, OnePointIsADotWithItsValues) {
  EXPECT_EQ(Plot({{.points = {{7, 2.5}}}}, {.columns = 12, .rows = 3}),
            "2.50 |⠂\n"
            "     +------\n"
            "      7\n");
}

TEST(BraillePlot, AConstantSeriesIsALineInTheMiddle) {
  EXPECT_EQ(Plot({{.points = {{1, 3}, {100, 3}}}}, {.columns = 14, .rows = 5}),
            "     |\n"
            "3.00 |⠒⠒⠒⠒⠒⠒⠒⠒\n"
            "     |\n"
            "     +--------\n"
            "      1    100\n");
}

TEST(BraillePlot, NothingIsDrawnAcrossAGap) {
  EXPECT_EQ(
      Plot({{.points = {{0, 1}, {3, 1}, {4, kNaN}, {7, 1}, {10, 1}}}}, {.columns = 16, .rows = 3}),
      "1.00 |⠒⠒⠒⠂  ⠐⠒⠒⠒\n"
      "     +----------\n"
      "      0    5  10\n");
}

TEST(BraillePlot, InfinitiesAreGapsAndNotLimitsOfTheAxis) {
  const std::string plot =
      Plot({{.points = {{0, 1}, {1, std::numeric_limits<double>::infinity()}, {2, 2}}}},
           {.columns = 20, .rows = 6});
  EXPECT_THAT(plot, testing::HasSubstr("2.00"));
  EXPECT_THAT(plot, testing::Not(testing::HasSubstr("inf")));
}

TEST(BraillePlot, TheLowestAndTheHighestOfManyPointsAreSeen) {
  // 100,000 points in 20 columns of dots, one up and one down among them.
  std::vector<PlotPoint> points;
  for (int i = 0; i < 100000; ++i) points.push_back({static_cast<double>(i), 5});
  points[30000].y = 10;
  points[70000].y = 0;
  EXPECT_EQ(Plot({{.points = points}}, {.columns = 16, .rows = 6}),
            "10.0 |   ⡇\n"
            "     |⣀⣀⣀⣇⣀⣀⣀⣀⣀⣀\n"
            "     |      ⢸\n"
            " 0.0 |      ⢸\n"
            "     +----------\n"
            "      0    99999\n");
}

TEST(BraillePlot, SeriesHaveTheirStyles) {
  const std::vector<Series> series = {
      {.points = {{0, 0}, {9, 0}}, .style = SeriesStyle(0)},
      {.points = {{0, 1}, {9, 1}}, .style = SeriesStyle(1)},
  };
  EXPECT_EQ(Plot(series, {.columns = 11, .rows = 4}, ColorMode::kOn),
            "\x1b[2m1.00 |\x1b[0m\x1b[35m⠉⠉⠉⠉⠉\x1b[0m\n"
            "\x1b[2m0.00 |\x1b[0m\x1b[36m⣀⣀⣀⣀⣀\x1b[0m\n"
            "\x1b[2m     +-----\x1b[0m\n"
            "\x1b[2m      0   9\x1b[0m\n");
  EXPECT_EQ(SeriesStyle(6), SeriesStyle(0));
}

TEST(BraillePlot, WhereSeriesCrossDotsAddUp) {
  const std::vector<Series> series = {{.points = {{0, 0}, {9, 1}}}, {.points = {{0, 1}, {9, 0}}}};
  EXPECT_EQ(Plot(series, {.columns = 10, .rows = 3}),
            "0.00 |⣉⠶⠶⣉\n"
            "     +----\n"
            "      0  9\n");
}

TEST(BraillePlot, WhatLiesOutsideTheGivenRangeIsAGap) {
  EXPECT_EQ(Plot({{.points = {{0, 1}, {5, 1}, {6, 99}, {7, 1}, {20, 1}}}},
                 {.columns = 16, .rows = 3, .x = PlotRange{0, 10}, .y = PlotRange{1, 1}}),
            "1.00 |⠒⠒⠒⠒⠒⠂⠐\n"
            "     +----------\n"
            "      0    5  10\n");
}

TEST(BraillePlot, NumbersTellNeighboursApart) {
  const auto plot = [](double low, double high) {
    return Plot({{.points = {{0, low}, {9, high}}}}, {.columns = 40, .rows = 4});
  };
  EXPECT_THAT(plot(0, 0.0005), testing::HasSubstr("0.00050 |"));
  EXPECT_THAT(plot(0, 1e-12), testing::HasSubstr("1e-12 |"));
  EXPECT_THAT(plot(1000000, 1000001), testing::HasSubstr("1000001.00 |"));
  EXPECT_THAT(plot(1e12, 1e12 + 1), testing::HasSubstr("1000000000001 |"));
  EXPECT_THAT(plot(-1e308, 1e308), testing::HasSubstr("1e+308 |"));
  EXPECT_THAT(plot(1200, 34000), testing::HasSubstr("34000 |"));
}

TEST(BraillePlot, ThePictureHasTheSizeThatWasAskedFor) {
  std::vector<PlotPoint> points;
  for (int i = 0; i < 500; ++i) points.push_back({i * 1.0, std::sin(i / 20.0) * 12});
  for (int columns : {12, 60, 80, 140}) {
    for (int rows : {3, 5, 12, 31}) {
      const std::vector<StyledText> lines =
          BraillePlot(std::vector<Series>{{.points = points}}, {.columns = columns, .rows = rows});
      ASSERT_EQ(lines.size(), static_cast<size_t>(rows));
      for (const StyledText& line : lines) EXPECT_LE(line.Width(), columns) << line.text();
      EXPECT_EQ(lines[lines.size() - 2].Width(), columns);
    }
  }
}

TEST(BraillePlot, WithoutAPointOrRoomThereIsNoPicture) {
  EXPECT_TRUE(BraillePlot({}, {}).empty());
  EXPECT_TRUE(BraillePlot(std::vector<Series>{{}}, {}).empty());
  EXPECT_TRUE(BraillePlot(std::vector<Series>{{.points = {{1, kNaN}}}}, {}).empty());
  const std::vector<Series> one = {{.points = {{1, 1}}}};
  EXPECT_TRUE(BraillePlot(one, {.columns = 7, .rows = 10}).empty());
  EXPECT_TRUE(BraillePlot(one, {.columns = 80, .rows = 2}).empty());
  EXPECT_TRUE(BraillePlot(one, {.columns = -5, .rows = -5}).empty());
}

}  // namespace
}  // namespace electra::client
