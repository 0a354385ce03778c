#include "client/i18n/message_values.h"

#include "gtest/gtest.h"

namespace electra::client {
namespace {

google::protobuf::Timestamp At(int64_t seconds) {
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(seconds);
  return timestamp;
}

TEST(MessageValues, Times) {
  const absl::Time now = absl::FromUnixSeconds(1'000'000);
  EXPECT_EQ(FormatRfc3339(At(1'000'000)), "1970-01-12T13:46:40Z");
  EXPECT_EQ(FormatRfc3339(At(0)), "");
  EXPECT_EQ(FormatRelative(At(999'990), now, Language::kEnglish), "just now");
  EXPECT_EQ(FormatRelative(At(1'000'060), now, Language::kEnglish), "just now");  // clocks differ
  EXPECT_EQ(FormatRelative(At(999'700), now, Language::kKorean), "5분 전");
  EXPECT_EQ(FormatRelative(At(992'000), now, Language::kEnglish), "2 h ago");
  EXPECT_EQ(FormatRelative(At(700'000), now, Language::kKorean), "3일 전");
  EXPECT_EQ(FormatRelative(At(0), now, Language::kKorean), "");
}

}  // namespace
}  // namespace electra::client
