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
  const std::vector<std::pair<std::string, JsonField::Kind>> values = {
      {"1", JsonField::Kind::kInteger},       {"-7", JsonField::Kind::kInteger},
      {"true", JsonField::Kind::kBoolean},    {"false", JsonField::Kind::kBoolean},
      {"-2.5e3", JsonField::Kind::kFraction}, {"99999999999999999999", JsonField::Kind::kInteger}};
  for (const auto& [value, kind] : values) {
    ASSERT_TRUE(ReadJsonField("{\"t\":" + value + ",\"u\":0}", "t", &field).ok());
    EXPECT_EQ(field.kind, kind) << value;
    EXPECT_EQ(field.text, value);
  }
  for (const char* other : {"{}", "[\"x\"]", "{\"t\":1}"}) {
    ASSERT_TRUE(
        ReadJsonField(std::string("{\"t\":\"one\",\"t\":") + other + "}", "t", &field).ok());
    EXPECT_EQ(field.kind, JsonField::Kind::kOther) << other;
    EXPECT_EQ(field.text, "") << other;
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
  for (const char* json : {"", "[]", "\"t\"", "3", "{\"t\":\"a\"} x",
                           "{\"t\":", "{\"t\":\"\\ud80\"}", "{\"t\":\"\\ud800}"}) {
    EXPECT_FALSE(ReadJsonField(json, "t", &field).ok()) << json;
  }
}

TEST(ReadJsonField, HalvesOfSurrogatePairsAreReplacedAndSaidOfTheField) {
  JsonField field;
  ASSERT_TRUE(ReadJsonField(R"({"t":"a\ud83d b\\\udC00c\ud83d\ude00"})", "t", &field).ok());
  EXPECT_EQ(field.text, "a\uFFFD b\\\uFFFDc😀");
  EXPECT_EQ(field.lone_surrogate, 0xD83D);
  ASSERT_TRUE(ReadJsonField(R"({"t":"\ude00\ud83d"})", "t", &field).ok());
  EXPECT_EQ(field.text, "\uFFFD\uFFFD");
  EXPECT_EQ(field.lone_surrogate, 0xDE00);
  // Nothing is reported of strings other than the field's, before it, inside it or after it.
  ASSERT_TRUE(ReadJsonField(R"({"\ud800":1,"a":"\ud801","t":"\\ud802","b":["\ud803"],"\udfff":""})",
                            "t", &field)
                  .ok());
  EXPECT_EQ(field.text, "\\ud802");
  EXPECT_EQ(field.lone_surrogate, std::nullopt);
  ASSERT_TRUE(ReadJsonField(R"({"t":"\ud800","t":"two"})", "t", &field).ok());
  EXPECT_EQ(field.lone_surrogate, std::nullopt);
  // A genuine U+FFFD is text.
  ASSERT_TRUE(ReadJsonField(R"({"t":"\ufffd"})", "t", &field).ok());
  EXPECT_EQ(field.lone_surrogate, std::nullopt);
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
