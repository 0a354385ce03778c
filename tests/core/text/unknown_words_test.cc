#include "core/text/unknown_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/text/text_survey.h"

namespace electra {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class UnknownWordsTest : public ::testing::Test {
 protected:
  const std::shared_ptr<const Vocabulary> vocabulary_ = std::make_shared<const Vocabulary>(
      *Vocabulary::Parse("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##a\n", "vocab.txt"));
  const Tokenizer tokenizer_{vocabulary_, {.max_word_characters = 4}};
};

TEST_F(UnknownWordsTest, AreCountedByTheirReason) {
  UnknownWords unknown;
  unknown.Add(tokenizer_, "aa x yy x");
  unknown.Add(tokenizer_, "aaaaa x aa");
  const std::vector<CountedWords::Entry> missing = unknown.missing().MostFrequent(2);
  ASSERT_THAT(missing, SizeIs(2));
  EXPECT_EQ(missing[0].word, "x");
  EXPECT_EQ(missing[0].count, 3);
  EXPECT_EQ(missing[1].word, "yy");
  EXPECT_EQ(unknown.missing().count(), 4);
  EXPECT_EQ(unknown.too_long().MostFrequent(9).front().word, "aaaaa");
  EXPECT_DOUBLE_EQ(unknown.share(), (3.0 + 2 + 5) / (3 + 2 + 5 + 4));
}

TEST_F(UnknownWordsTest, BeforeThereIsAVocabularyOnlyLongOnesAre) {
  UnknownWords unknown;
  unknown.AddTooLong(tokenizer_, "x yyyyy");
  EXPECT_THAT(unknown.missing().MostFrequent(9), IsEmpty());
  EXPECT_EQ(unknown.too_long().count(), 1);
  EXPECT_DOUBLE_EQ(unknown.share(), 5.0 / 6);
}

TEST_F(UnknownWordsTest, OfALongOneTheBeginningIsShown) {
  UnknownWords unknown;
  std::string word;
  for (int i = 0; i < 1000; ++i) word += "가";
  unknown.Add(tokenizer_, word);
  EXPECT_EQ(unknown.too_long().MostFrequent(1).front().word, word.substr(0, 60));
}

TEST_F(UnknownWordsTest, LettersThatMakeASyllableAreFound) {
  EXPECT_TRUE(HasHangulLetters(tokenizer_, "a \u1103\u1166\u110B"));
  EXPECT_TRUE(HasHangulLetters(tokenizer_, "\u1103 \u1112\u1161\u11AB"));
  EXPECT_FALSE(HasHangulLetters(tokenizer_, "데이터 \u1103 \u1166 \u1103"));
  EXPECT_FALSE(HasHangulLetters(tokenizer_, "\u113E\u1166"));  // has no syllable in Unicode
  const Tokenizer stripping(vocabulary_, {.strip_accents = true});
  EXPECT_FALSE(HasHangulLetters(stripping, "\u1103\u1166"));
}

// One token, but most of the text.
TEST_F(UnknownWordsTest, TheLargerShareCounts) {
  TextSurvey survey{.tokens = 100, .unknown_tokens = 1};
  survey.unknown.Add(tokenizer_, std::string(100, 'a') + " a a a");
  EXPECT_GT(survey.unknown_share(), 0.9);
  survey.unknown_tokens = 99;
  EXPECT_DOUBLE_EQ(survey.unknown_share(), 0.99);
  EXPECT_EQ(TextSurvey().unknown_share(), 0);
}

}  // namespace
}  // namespace electra
