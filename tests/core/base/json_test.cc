#include "core/base/json.h"

#include "tests/core/hub/hub_test_util.h"

namespace electra {
namespace {

using absl::StatusCode;
using testing::ElementsAre;
using testing::Pair;

TEST(JsonTest, ParsesNestedValues) {
  const auto json = ParseJson(R"({"a": [1, [2, {"b": null}]], "c": "가"})", "f", {});
  ASSERT_THAT(json, Succeeds());
  EXPECT_EQ(json->dump(), R"({"a":[1,[2,{"b":null}]],"c":"가"})");
}

TEST(JsonTest, RefusesWhatIsHostile) {
  const auto invalid = [](std::string_view text, std::string_view message) {
    EXPECT_THAT(ParseJson(text, "f.json", {}),
                Fails(StatusCode::kInvalidArgument, std::string(message)))
        << text.substr(0, 100);
  };
  invalid("", "f.json: is not JSON, at byte");
  invalid("[1]", "not a JSON object but [1]");
  EXPECT_THAT(ParseJson(R"({"a": 1, "a": 2})", "f.json", {}),
              Says("JSON_KEY_TWICE", ElementsAre(Pair("at", "f.json"), Pair("key", "\"a\""))));
  invalid(R"({"a": 1, "a": 2})", "the key \"a\" twice");
  invalid(R"({"x": {"a": 1, "a": 2}})", "twice");
  invalid(R"({"a": 1} trailing)", "not JSON");
  invalid("{\"a\": \"\xff\"}", "not JSON");
  invalid("{\"a\": " + std::string(1'000'000, '[') + "}", "nested more than 32 deep");
  invalid(R"({"a": 1e999})", "not JSON");
}

TEST(JsonTest, BoundsTheNumberOfValues) {
  EXPECT_THAT(ParseJson(R"({"a": [1, 2, 3]})", "f", {.max_values = 5}), Succeeds());
  EXPECT_THAT(ParseJson(R"({"a": [1, 2, 3]})", "f", {.max_values = 4}),
              Fails(StatusCode::kInvalidArgument, "more than 4 values"));
}

TEST(JsonTest, IntegersAreExact) {
  EXPECT_EQ(JsonInteger(nlohmann::json::parse("9223372036854775807")), INT64_MAX);
  EXPECT_EQ(JsonInteger(nlohmann::json::parse("9223372036854775808")), std::nullopt);
  EXPECT_EQ(JsonInteger(nlohmann::json::parse("1.0")), std::nullopt);
  EXPECT_EQ(JsonInteger(nlohmann::json::parse("true")), std::nullopt);
}

TEST(JsonTest, ExcerptsAreShortAndUtf8) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "가";
  const std::string excerpt = JsonExcerpt(nlohmann::json(text));
  EXPECT_LE(excerpt.size(), 84U);
  EXPECT_TRUE(excerpt.ends_with("가..."));
}

}  // namespace
}  // namespace electra
