#include "core/base/yaml_scalar.h"

#include <gtest/gtest.h>

namespace electra {
namespace {

TEST(YamlScalar, BooleansHaveThreeSpellings) {
  for (const char* text : {"true", "True", "TRUE"}) EXPECT_EQ(YamlBoolean(text), true) << text;
  for (const char* text : {"false", "False", "FALSE"}) EXPECT_EQ(YamlBoolean(text), false) << text;
  for (const char* text : {"", "tRUE", "yes", "on", "1", "true "}) {
    EXPECT_EQ(YamlBoolean(text), std::nullopt) << text;
  }
}

TEST(YamlScalar, IntegersHaveThreeBases) {
  for (const auto& [text, number] : {std::pair<const char*, int64_t>{"0", 0},
                                     {"+3", 3},
                                     {"-12", -12},
                                     {"007", 7},
                                     {"0o17", 15},
                                     {"0x1F", 31},
                                     {"-9223372036854775808", INT64_MIN}}) {
    EXPECT_TRUE(IsYamlInteger(text)) << text;
    EXPECT_EQ(YamlInteger(text), number) << text;
  }
  EXPECT_TRUE(IsYamlInteger("9223372036854775808"));
  EXPECT_EQ(YamlInteger("9223372036854775808"), std::nullopt);
  for (const char* text : {"", "+", "-", "1_000", "1.", "0x", "0o8", "-0x1", "0xG", "1e3", " 1"}) {
    EXPECT_FALSE(IsYamlInteger(text)) << text;
    EXPECT_EQ(YamlInteger(text), std::nullopt) << text;
  }
}

TEST(YamlScalar, FloatsNeedADigit) {
  for (const auto& [text, number] : {std::pair<const char*, double>{".0005", .0005},
                                     {"0.", 0},
                                     {"+.5", .5},
                                     {"-1.5E+3", -1500},
                                     {"1e-5", 1e-5},
                                     {"12", 12}}) {
    EXPECT_EQ(YamlFloat(text), number) << text;
  }
  for (const char* text : {"", ".", "+.", "e5", "1e", "1e+", "1.5.2", "1 ", ".inf", ".nan", "nan",
                           "inf", "infinity", "0x1p3", "1e999"}) {
    EXPECT_EQ(YamlFloat(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace electra
