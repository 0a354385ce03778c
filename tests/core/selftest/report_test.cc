#include "core/selftest/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <stdexcept>

#include "core/selftest/card_speed.h"
#include "core/selftest/groups.h"
#include "core/selftest/selftest.h"

namespace electra::selftest {
namespace {

using ::testing::HasSubstr;

Check Passing(const std::string& name) {
  return {name, [](const Context&) -> Result {
            return {.measured = "1", .limit = "at most 2", .verdict = Verdict::kPass};
          }};
}

const Context kHere{.device = "cpu"};

TEST(SelftestReportTest, AllThatPassIsStatusZero) {
  const std::vector<Check> checks = {
      Passing("a"), {"b", [](const Context&) { return NotHere("there is no card"); }}};
  std::ostringstream out;
  const Tally tally = RunChecks(checks, kHere, Format::kText, out);
  EXPECT_EQ(tally.passed, 1);
  EXPECT_EQ(tally.not_here, 1);
  EXPECT_EQ(StatusOf(tally), 0);
  EXPECT_THAT(out.str(), HasSubstr("1 passed, 0 failed, 1 not here\n"));
  EXPECT_THAT(out.str(), HasSubstr("there is no card"));
}

TEST(SelftestReportTest, OneThatFailsIsStatusOneAndTheOthersRun) {
  const std::vector<Check> checks = {
      {"broken",
       [](const Context&) -> Result {
         return {.measured = "3", .limit = "at most 2", .verdict = PassIf(3 <= 2)};
       }},
      {"throws",
       [](const Context&) -> Result {
         throw std::runtime_error("CUDA error: it went wrong\nException raised from somewhere");
       }},
      Passing("last")};
  std::ostringstream out;
  const Tally tally = RunChecks(checks, kHere, Format::kText, out);
  EXPECT_EQ(tally.failed, 2);
  EXPECT_EQ(tally.passed, 1);
  EXPECT_EQ(StatusOf(tally), 1);
  EXPECT_THAT(out.str(), HasSubstr("CUDA error: it went wrong\n"));
}

TEST(SelftestReportTest, AsJsonALineIsAnObject) {
  EXPECT_EQ(LineOf("a \"b\"", {.measured = "1\t2", .limit = "c\\d", .verdict = Verdict::kNotHere},
                   0.25, Format::kJson),
            "{\"check\": \"a \\\"b\\\"\", \"measured\": \"1\\u00092\", \"limit\": \"c\\\\d\", "
            "\"verdict\": \"not here\", \"note\": \"\", \"seconds\": 0.2}");
}

TEST(HasCodeForTest, BinariesRunOnTheirMajorVersionAndSourcesOnLaterOnes) {
  const std::vector<std::string> cuda13 = {"sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120"};
  EXPECT_FALSE(HasCodeFor(cuda13, 7, 0));  // V100
  EXPECT_TRUE(HasCodeFor(cuda13, 7, 5));   // T4
  EXPECT_TRUE(HasCodeFor(cuda13, 8, 9));
  EXPECT_TRUE(HasCodeFor(cuda13, 9, 0));
  EXPECT_TRUE(HasCodeFor(cuda13, 10, 3));
  EXPECT_FALSE(HasCodeFor(cuda13, 11, 0));
  EXPECT_TRUE(HasCodeFor({"sm_75", "compute_90"}, 11, 0));
  EXPECT_FALSE(HasCodeFor({"compute_90"}, 8, 0));
  EXPECT_TRUE(HasCodeFor({"sm_90a"}, 9, 0));
  EXPECT_FALSE(HasCodeFor({"sm_100a"}, 10, 3));
  EXPECT_FALSE(HasCodeFor({}, 8, 0));
}

TEST(DatasheetSpeedTest, FindsTheCardByTheDriversName) {
  EXPECT_EQ(DatasheetSpeed("NVIDIA H100 80GB HBM3"), 989e12);
  EXPECT_EQ(DatasheetSpeed("NVIDIA H100 PCIe"), 756e12);
  EXPECT_EQ(DatasheetSpeed("NVIDIA H200"), 989e12);
  EXPECT_EQ(DatasheetSpeed("NVIDIA H20"), 148e12);
  EXPECT_EQ(DatasheetSpeed("NVIDIA A100-SXM4-80GB"), 312e12);
  EXPECT_EQ(DatasheetSpeed("NVIDIA L40S"), 362e12);
  EXPECT_EQ(DatasheetSpeed("NVIDIA L4"), 121e12);
  EXPECT_EQ(DatasheetSpeed("Tesla T4"), 65e12);
  EXPECT_EQ(DatasheetSpeed("AMD EPYC 9V74"), std::nullopt);
}

}  // namespace
}  // namespace electra::selftest
