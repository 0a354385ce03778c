#include "client/environment/live_region.h"

#include "gtest/gtest.h"
#include "tests/client/screen_model.h"

namespace electra::client {
namespace {

TEST(LiveRegion, TheLogScrollsAboveRowsThatChangeInPlace) {
  ScreenModel screen(10);
  LiveRegion region;
  screen.Write("$ electra watch\n");
  screen.Write(region.Frame("", {"10%", "loss 3"}));
  EXPECT_EQ(screen.Text(), "$ electra watch\n10%\nloss 3\n");
  screen.Write(region.Frame("a sample\nof two lines\n", {"20%", "loss 2"}));
  EXPECT_EQ(screen.Text(), "$ electra watch\na sample\nof two lines\n20%\nloss 2\n");
  screen.Write(region.Frame("", {"30%", "loss 1"}));
  EXPECT_EQ(screen.Text(), "$ electra watch\na sample\nof two lines\n30%\nloss 1\n");
}

TEST(LiveRegion, NothingIsLeftOfLongerAndOfMoreRows) {
  ScreenModel screen(10);
  LiveRegion region;
  screen.Write(region.Frame("", {"a long row", "another", "a third"}));
  screen.Write(region.Frame("", {"short"}));
  EXPECT_EQ(screen.Text(), "short\n");
  screen.Write(region.Frame("log\n", {"x", "y"}));
  EXPECT_EQ(screen.Text(), "log\nx\ny\n");
}

TEST(LiveRegion, NothingOfRowsAtTheTopOfTheScreenGoesIntoTheHistory) {
  ScreenModel screen(10);
  LiveRegion region;
  screen.Write(region.Frame("", {"one", "two"}));
  screen.Write(region.Frame("log\n", {"one", "two"}));
  EXPECT_EQ(screen.Text(), "log\none\ntwo\n");
  ScreenModel other(10);
  LiveRegion ended;
  other.Write(ended.Frame("", {"one", "two"}));
  other.Write(kLeaveRegion);
  EXPECT_EQ(other.Text(), "\n");
}

TEST(LiveRegion, LongLogsScrollWithoutALoss) {
  ScreenModel screen(5);
  LiveRegion region;
  std::string expected;
  for (int i = 0; i < 30; ++i) {
    const std::string line = "line " + std::to_string(i) + "\n";
    expected += line;
    screen.Write(region.Frame(line, {"row", "row " + std::to_string(i)}));
  }
  EXPECT_EQ(screen.Text(), expected + "row\nrow 29\n");
}

TEST(LiveRegion, BetweenFramesTheCursorStandsUnseenAtTheFirstRow) {
  ScreenModel screen(10);
  LiveRegion region;
  screen.Write(region.Frame("log\n", {"one", "two", "three"}));
  EXPECT_EQ(screen.cursor_line(), 1u);
  EXPECT_FALSE(screen.cursor_is_shown());
  EXPECT_TRUE(screen.wraps());
}

TEST(LiveRegion, AtTheBottomNothingIsBelowTheRows) {
  ScreenModel screen(6);
  LiveRegion region(Place::kBottom);
  screen.Write("$ electra\n");
  screen.Write(region.Frame("", {"one", "two"}));
  EXPECT_EQ(screen.Text(), "$ electra\n\n\n\none\ntwo\n");
  EXPECT_EQ(screen.cursor_line(), 4u);
  screen.Write(region.Frame("log\n", {"one", "2"}));
  EXPECT_EQ(screen.Text(), "$ electra\n\n\n\nlog\none\n2\n");
  screen.Write(region.Frame("", {"one"}));
  EXPECT_EQ(screen.Text(), "$ electra\n\n\n\nlog\n\none\n");
  screen.Write(region.Frame("", {"1", "2", "3"}, Window::kResized));
  EXPECT_EQ(screen.Text(), "$ electra\n\n\n\nlog\n\n1\n2\n3\n");
  screen.Write(region.Close());
  screen.Write("$");
  EXPECT_EQ(screen.Text(), "$ electra\n\n\n\nlog\n\n1\n2\n3\n$\n");
}

TEST(LiveRegion, ClosedTheRowsStayAndTheCursorIsBelow) {
  ScreenModel screen(10);
  LiveRegion region;
  screen.Write(region.Frame("log\n", {"one", "two"}));
  screen.Write(region.Close());
  EXPECT_TRUE(screen.cursor_is_shown());
  screen.Write("$ ");
  EXPECT_EQ(screen.Text(), "log\none\ntwo\n$\n");
  EXPECT_EQ(region.Close(), "");
  // And may be opened again.
  screen.Write("\r");
  screen.Write(region.Frame("", {"three"}));
  EXPECT_EQ(screen.Text(), "log\none\ntwo\nthree\n");
  EXPECT_FALSE(screen.cursor_is_shown());
}

TEST(LiveRegion, WhereTheProcessEndsTheTerminalIsPutBack) {
  ScreenModel screen(10);
  LiveRegion region;
  screen.Write(region.Frame("log\n", {"one", "two"}));
  screen.Write(kLeaveRegion);
  EXPECT_EQ(screen.Text(), "log\n\n");
  EXPECT_TRUE(screen.cursor_is_shown());
  EXPECT_TRUE(screen.wraps());
}

}  // namespace
}  // namespace electra::client
