#include "core/base/trace_parent.h"

#include <gmock/gmock.h>

#include <string>

namespace electra {
namespace {

constexpr char kParent[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceParentTest, ItsPartsAreTakenAndWrittenAgain) {
  const auto parent = ParseTraceParent(kParent);
  ASSERT_TRUE(parent);
  EXPECT_EQ(parent->trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(parent->span_id, "00f067aa0ba902b7");
  EXPECT_EQ(parent->flags, "01");
  EXPECT_EQ(parent->ToString(), kParent);
}

TEST(TraceParentTest, WhatIsNotValidIsNone) {
  for (const char* bad : {"", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
                          "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                          "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                          "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                          "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                          "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-\n1",
                          "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more"}) {
    EXPECT_FALSE(ParseTraceParent(bad)) << bad;
  }
}

TEST(TraceParentTest, OfALaterVersionTheKnownPartIsTaken) {
  const auto parent = ParseTraceParent(std::string("01") + (kParent + 2) + "-more");
  ASSERT_TRUE(parent);
  EXPECT_EQ(parent->ToString(), kParent);
  EXPECT_FALSE(ParseTraceParent(std::string("01") + (kParent + 2) + "more"));
}

}  // namespace
}  // namespace electra
