#include "client/environment/progress_line.h"

#include "gtest/gtest.h"
#include "tests/client/rig.h"

namespace electra::client {
namespace {

constexpr char kErase[] = "\r\x1b[K";

TEST(ProgressLine, WritesNothingWithoutATerminal) {
  ClientRig rig;
  ProgressLine line(rig.environment.out, rig.environment.now);
  line.Update("step 1");
  line.Show("step 2");
  line.Clear();
  EXPECT_EQ(rig.out.str(), "");
}

TEST(ProgressLine, WritesOverItselfAndLeavesNothing) {
  ClientRig rig;
  rig.UseTerminal(80);
  {
    ProgressLine line(rig.environment.out, rig.environment.now);
    line.Update("step 1");
    rig.now += absl::Seconds(1);
    line.Update("step 2");
  }
  EXPECT_EQ(rig.out.str(), std::string(kErase) + "step 1" + kErase + "step 2" + kErase);
}

TEST(ProgressLine, DropsUpdatesThatNobodyCouldRead) {
  ClientRig rig;
  rig.UseTerminal(80);
  ProgressLine line(rig.environment.out, rig.environment.now);
  line.Update("first");
  line.Update("dropped");
  line.Show("kept");
  EXPECT_EQ(rig.out.str(), std::string(kErase) + "first" + kErase + "kept");
}

TEST(ProgressLine, StaysInOneLineAndIsMadeVisible) {
  ClientRig rig;
  rig.UseTerminal(8);
  ProgressLine line(rig.environment.out, rig.environment.now);
  line.Show("\x1b한글한글");
  EXPECT_EQ(rig.out.str(), std::string(kErase) + "␛한글한");
}

}  // namespace
}  // namespace electra::client
