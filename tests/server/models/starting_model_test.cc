#include "server/models/starting_model.h"

#include <gtest/gtest.h>

namespace electra::server {
namespace {

Message TokenizerRefusal(std::string_view model) {
  ParsedHyperparameters parsed = ParseHyperparameters(R"({"do_lower_case": true})");
  std::vector<FieldViolation> violations;
  ApplyTokenizer({.do_lower_case = false}, model, &parsed, &violations);
  EXPECT_EQ(violations.size(), 1);
  EXPECT_FALSE(parsed.values.do_lower_case);
  return violations.front().description;
}

TEST(StartingModelTest, WhatATokenizerDecidesIsSaidWithWhoDecides) {
  const Message model = TokenizerRefusal("books");
  EXPECT_EQ(model.text(),
            "do_lower_case is true, but model books was trained with false: leave it out");
  EXPECT_EQ(model.code(), "TOKENIZER_DECIDES");
  EXPECT_EQ(model.Inner("decision").code(), "MODEL_WAS_TRAINED_WITH");
  EXPECT_EQ(model.args().at("decision.model"), "books");
  const Message submitted = TokenizerRefusal("");
  EXPECT_EQ(submitted.text(), "do_lower_case is true, but tokenizer.json says false: leave it out");
  EXPECT_EQ(submitted.Inner("decision").code(), "TOKENIZER_JSON_SAYS");
}

}  // namespace
}  // namespace electra::server
