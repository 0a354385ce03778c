#include "core/text/vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace electra {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view kSpecials = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";

std::string Error(std::string_view text) {
  return std::string(Vocabulary::Parse(text, "v.txt").status().message());
}

TEST(Vocabulary, IdsAreLineNumbers) {
  const auto vocabulary = Vocabulary::Parse(std::string(kSpecials) + "안녕\n##하\n", "v.txt");
  ASSERT_TRUE(vocabulary.ok()) << vocabulary.status();
  EXPECT_EQ(vocabulary->size(), 7);
  EXPECT_EQ(vocabulary->Find("안녕"), 5);
  EXPECT_EQ(vocabulary->Find("##하"), 6);
  EXPECT_EQ(vocabulary->Find("하"), std::nullopt);
  EXPECT_EQ(vocabulary->Token(6), "##하");
  EXPECT_THAT(vocabulary->warnings(), IsEmpty());
}

TEST(Vocabulary, FindsSpecialTokensAnywhere) {
  const auto vocabulary = Vocabulary::Parse("a\n[MASK]\n[SEP]\nb\n[CLS]\n[PAD]\n[UNK]", "v.txt");
  ASSERT_TRUE(vocabulary.ok());
  EXPECT_EQ(vocabulary->special(),
            (SpecialTokens{.pad = 5, .unk = 6, .cls = 4, .sep = 2, .mask = 1}));
  EXPECT_TRUE(vocabulary->IsSpecial(4));
  EXPECT_FALSE(vocabulary->IsSpecial(3));
}

TEST(Vocabulary, OfTwoEqualTokensTheLastWins) {
  const auto vocabulary = Vocabulary::Parse(std::string(kSpecials) + "x\ny\nx", "v.txt");
  ASSERT_TRUE(vocabulary.ok());
  EXPECT_EQ(vocabulary->size(), 8);
  EXPECT_EQ(vocabulary->Find("x"), 7);
  EXPECT_EQ(vocabulary->Token(5), "x");
  ASSERT_THAT(vocabulary->warnings(), SizeIs(1));
  const Message& warning = vocabulary->warnings().front();
  EXPECT_EQ(warning.text(),
            "v.txt: 1 tokens occur twice, the id is that of the last line: \"x\" on lines 6 and 8");
  EXPECT_EQ(warning.code(), "TOKENS_TWICE");
  EXPECT_EQ(warning.args().at("at"), "v.txt");
}

TEST(Vocabulary, WarnsOfEmptyLines) {
  const auto vocabulary = Vocabulary::Parse(std::string(kSpecials) + "\nx\n\n", "v.txt");
  ASSERT_TRUE(vocabulary.ok());
  EXPECT_EQ(vocabulary->size(), 8);
  EXPECT_EQ(vocabulary->Find("x"), 6);
  ASSERT_THAT(vocabulary->warnings(), SizeIs(1));
  EXPECT_THAT(vocabulary->warnings().front().text(), HasSubstr("line 6, 8"));
}

TEST(Vocabulary, TrimsLinesLikeHuggingFaceAndGivesThemBack) {
  const std::string text = "[PAD]\r\n[UNK]\r\n[CLS] \n[SEP]\n[MASK]\n a\xE3\x80\x80\nb";
  const auto vocabulary = Vocabulary::Parse(text, "v.txt");
  ASSERT_TRUE(vocabulary.ok()) << vocabulary.status();
  EXPECT_EQ(vocabulary->special().cls, 2);
  EXPECT_EQ(vocabulary->Find(" a"), 5);
  EXPECT_EQ(vocabulary->ToText(), text);
}

TEST(Vocabulary, SurvivesAMove) {
  auto parsed = Vocabulary::Parse(std::string(kSpecials) + "x\n", "v.txt");
  ASSERT_TRUE(parsed.ok());
  const Vocabulary moved = *std::move(parsed);
  EXPECT_EQ(moved.Find("x"), 5);
  EXPECT_EQ(moved.ToText(), std::string(kSpecials) + "x\n");
}

TEST(Vocabulary, NamesAllMissingSpecialTokens) {
  EXPECT_THAT(Error("[PAD]\n[CLS]\nx\n[MASK]"), HasSubstr("lacks [UNK] [SEP]"));
  EXPECT_THAT(Error("\xEF\xBB\xBF" + std::string(kSpecials)), HasSubstr("byte order mark"));
}

TEST(Vocabulary, RefusesWhatIsNoVocabulary) {
  EXPECT_THAT(Error(""), HasSubstr("v.txt: the vocabulary is empty"));
  EXPECT_THAT(Error(std::string(kSpecials) + "ab\xC0z\n"),
              HasSubstr("line 6, byte 3 is not UTF-8 (0xc0)"));
  EXPECT_THAT(Error(std::string(kSpecials) + std::string(1025, 'x')),
              HasSubstr("line 6 has a token of 1025"));
  EXPECT_TRUE(Vocabulary::Parse(std::string(kSpecials) + std::string(1024, 'x'), "v").ok());
  EXPECT_THAT(Error(std::string((1 << 24) + 1, '\n')), HasSubstr("more than 16777216 lines"));
}

TEST(Vocabulary, IsMadeFromTokens) {
  const auto vocabulary =
      Vocabulary::FromTokens({"[UNK]", "[PAD]", "[CLS]", "[SEP]", "[MASK]", "x "}, "t.json");
  ASSERT_TRUE(vocabulary.ok());
  EXPECT_EQ(vocabulary->Find("x "), 5);
  EXPECT_EQ(vocabulary->special().unk, 0);
  EXPECT_FALSE(
      Vocabulary::FromTokens({"[UNK]", "[PAD]", "[CLS]", "[SEP]", "[MASK]", "a\nb"}, "t").ok());
}

}  // namespace
}  // namespace electra
