#include "core/text/json_field.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace electra {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ReadJsonField, TakesTheFieldOfTheOuterObjectOnly) {
  JsonField field;
  ASSERT_TRUE(ReadJsonField(R"({"a":{"t":"no"},"b":["t"],"t":"가\nb","c":1})", "t", &field).ok());
  EXPECT_EQ(field.kind, JsonField::Kind::kString);
  EXPECT_EQ(field.text, "가\nb");
  EXPECT_THAT(field.keys, ElementsAre("a", "b", "t", "c"));
}

TEST(ReadJsonField, TellsKindsApart) {
  JsonField field;
  for (const char* other : {"1", "-2.5e3", "true", "{}", "[\"x\"]"}) {
    ASSERT_TRUE(ReadJsonField(std::string("{\"t\":") + other + "}", "t", &field).ok());
    EXPECT_EQ(field.kind, JsonField::Kind::kOther) << other;
  }
  ASSERT_TRUE(ReadJsonField("{\"t\":null}", "t", &field).ok());
  EXPECT_EQ(field.kind, JsonField::Kind::kNull);
  ASSERT_TRUE(ReadJsonField("{}", "t", &field).ok());
  EXPECT_EQ(field.kind, JsonField::Kind::kMissing);
}

TEST(ReadJsonField, TheLastOfTwoWins) {
  JsonField field;
  ASSERT_TRUE(ReadJsonField(R"({"t":"one","t":"two"})", "t", &field).ok());
  EXPECT_EQ(field.text, "two");
}

TEST(ReadJsonField, RefusesWhatIsNoObject) {
  JsonField field;
  for (const char* json :
       {"", "[]", "\"t\"", "3", "{\"t\":\"a\"} x", "{\"t\":", "{\"t\":\"\\ud800\"}"}) {
    EXPECT_FALSE(ReadJsonField(json, "t", &field).ok()) << json;
  }
}

TEST(ReadJsonField, BoundsTheNesting) {
  const auto nested = [](int depth) {
    return "{\"a\":" + std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']') + "}";
  };
  JsonField field;
  EXPECT_TRUE(ReadJsonField(nested(kMaxJsonDepth - 1), "t", &field).ok());
  EXPECT_THAT(std::string(ReadJsonField(nested(kMaxJsonDepth), "t", &field).message()),
              HasSubstr("nested deeper than 64"));
  EXPECT_FALSE(ReadJsonField(std::string(5000000, '['), "t", &field).ok());
}

}  // namespace
}  // namespace electra
