#include "client/browser/feed.h"

#include "gtest/gtest.h"

namespace electra::client {
namespace {

TEST(FeedTest, EachLineOfTheDataIsALineOfTheEvent) {
  EXPECT_EQ(PageEvent("run", "[1,\n2]"), "event: run\ndata: [1,\ndata: 2]\n\n");
}

}  // namespace
}  // namespace electra::client
