#include "core/text/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/core/text/test_files.h"

namespace electra {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::shared_ptr<const Vocabulary> MakeVocabulary(std::string_view tokens) {
  auto parsed =
      Vocabulary::Parse("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n" + std::string(tokens), "v");
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return std::make_shared<const Vocabulary>(*std::move(parsed));
}

// Tokens with the text that they come from, as "token=text".
std::vector<std::string> Tokens(const Tokenizer& tokenizer, std::string_view text) {
  std::vector<TokenSpan> spans;
  tokenizer.EncodeWithSpans(text, &spans);
  std::vector<std::int32_t> ids;
  tokenizer.Encode(text, &ids);
  std::vector<std::string> tokens;
  EXPECT_EQ(ids.size(), spans.size());
  for (std::size_t i = 0; i < spans.size(); ++i) {
    EXPECT_EQ(ids[i], spans[i].id);
    tokens.push_back(tokenizer.vocabulary().Token(spans[i].id) + "=" +
                     std::string(text.substr(spans[i].begin, spans[i].end - spans[i].begin)));
  }
  return tokens;
}

TEST(Tokenizer, TakesTheLongestPieceFromTheLeft) {
  const Tokenizer tokenizer(MakeVocabulary("하\n하이\n##이\n##브\n##브리드\n##앱\n,"), {});
  EXPECT_THAT(Tokens(tokenizer, "하이브리드앱, 하브"),
              ElementsAre("하이=하이", "##브리드=브리드", "##앱=앱", ",=,", "하=하", "##브=브"));
}

TEST(Tokenizer, AWordWithAPartThatNoTokenHoldsIsUnknownAsAWhole) {
  const Tokenizer tokenizer(MakeVocabulary("하\n##이\n##브리드"), {});
  EXPECT_THAT(Tokens(tokenizer, "하이브 하이"), ElementsAre("[UNK]=하이브", "하=하", "##이=이"));
  EXPECT_THAT(Tokens(tokenizer, "하Q"), ElementsAre("[UNK]=하Q"));
}

TEST(Tokenizer, KnowsNoSpecialTokensInTheText) {
  const Tokenizer tokenizer(MakeVocabulary("[\n]\nMASK"), {});
  EXPECT_THAT(Tokens(tokenizer, "[MASK]"), ElementsAre("[=[", "MASK=MASK", "]=]"));
}

TEST(Tokenizer, WordsAboveTheLimitAreUnknown) {
  const Tokenizer tokenizer(MakeVocabulary("x\n##x"), {.max_word_characters = 3});
  EXPECT_THAT(Tokens(tokenizer, "xxx xxxx"), ElementsAre("x=x", "##x=x", "##x=x", "[UNK]=xxxx"));
  const Tokenizer usual(MakeVocabulary("x\n##x"), {});
  EXPECT_EQ(Tokens(usual, std::string(100, 'x')).size(), 100U);
  EXPECT_EQ(Tokens(usual, std::string(101, 'x')).size(), 1U);
  const Tokenizer large(MakeVocabulary("x\n##x"), {.max_word_characters = 1000});
  EXPECT_EQ(Tokens(large, std::string(1000, 'x')).size(), 1000U);
}

TEST(Tokenizer, SaysWhichWordsAreUnknownAndWhy) {
  const Tokenizer tokenizer(MakeVocabulary("하\n##이\na"), {.max_word_characters = 4});
  const std::string text = " 하이 하하, a 하이이이이  ";
  std::vector<UnknownWord> words;
  EXPECT_EQ(tokenizer.FindUnknownWords(text, &words), 6 + 6 + 1 + 1 + 15);
  std::vector<std::string> found;
  for (const UnknownWord& word : words) {
    found.push_back(text.substr(word.begin, word.end - word.begin) +
                    (word.is_too_long ? " too long" : ""));
  }
  EXPECT_THAT(found, ElementsAre("하하", ",", "하이이이이 too long"));
  EXPECT_EQ(tokenizer.FindUnknownWords("", &words), 0);
}

TEST(Tokenizer, StrippingFollowsLowerCaseUnlessSet) {
  const auto vocabulary = MakeVocabulary("Ä\nä\na\nA");
  EXPECT_THAT(Tokens(Tokenizer(vocabulary, {}), "Ä"), ElementsAre("Ä=Ä"));
  EXPECT_THAT(Tokens(Tokenizer(vocabulary, {.do_lower_case = true}), "Ä"), ElementsAre("a=Ä"));
  EXPECT_THAT(Tokens(Tokenizer(vocabulary, {.do_lower_case = true, .strip_accents = false}), "Ä"),
              ElementsAre("ä=Ä"));
  EXPECT_THAT(Tokens(Tokenizer(vocabulary, {.strip_accents = true}), "Ä"), ElementsAre("A=Ä"));
}

TEST(Tokenizer, StrippingTakesHangulApart) {
  const Tokenizer tokenizer(MakeVocabulary("\u1100\n##\u1161\n##\u11a8"), {.strip_accents = true});
  EXPECT_THAT(Tokens(tokenizer, "각"), ElementsAre("\u1100=각", "##\u1161=각", "##\u11a8=각"));
}

TEST(Tokenizer, CleansControlCharactersAndKeepsOffsets) {
  const Tokenizer tokenizer(MakeVocabulary("ab\nc"), {});
  EXPECT_THAT(Tokens(tokenizer, std::string_view("a\0b\xEF\xBF\xBD\tc", 8)),
              ElementsAre(std::string("ab=a\0b", 6), "c=c"));
}

TEST(Tokenizer, EachHanCharacterIsAWord) {
  const auto vocabulary = MakeVocabulary("漢\n字\n漢字\n##字");
  EXPECT_THAT(Tokens(Tokenizer(vocabulary, {}), "漢字"), ElementsAre("漢=漢", "字=字"));
  EXPECT_THAT(Tokens(Tokenizer(vocabulary, {.tokenize_chinese_chars = false}), "漢字"),
              ElementsAre("漢字=漢字"));
}

TEST(Tokenizer, IsSafeOnAnyBytes) {
  const Tokenizer tokenizer(MakeVocabulary("a\n##b"), {.do_lower_case = true});
  EXPECT_THAT(Tokens(tokenizer, ""), IsEmpty());
  EXPECT_THAT(Tokens(tokenizer, "a\xEA\xB0"), ElementsAre("a=a"));
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes(random() % 40, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    std::vector<TokenSpan> spans;
    tokenizer.EncodeWithSpans(bytes, &spans);
    for (const TokenSpan& span : spans) {
      ASSERT_LT(span.begin, span.end);
      ASSERT_LE(span.end, bytes.size());
    }
  }
}

TEST(Tokenizer, AppendsToWhatIsThere) {
  const Tokenizer tokenizer(MakeVocabulary("a"), {});
  std::vector<std::int32_t> ids = {2};
  tokenizer.Encode("a ?", &ids);
  EXPECT_THAT(ids, ElementsAre(2, 5, 1));
}

// Golden files of tests/golden/make_text_golden.py.
TEST(Tokenizer, EqualsHuggingFacesFastTokenizer) {
  const std::filesystem::path folder = ELECTRA_GOLDEN_DIR;
  auto parsed = Vocabulary::Parse(ReadFile(folder / "vocab.txt"), "vocab.txt");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  const auto vocabulary = std::make_shared<const Vocabulary>(*std::move(parsed));
  const std::vector<std::string> lines = absl::StrSplit(ReadFile(folder / "text.txt"), '\n');
  const std::vector<std::string> rows =
      absl::StrSplit(ReadFile(folder / "tokens.tsv"), '\n', absl::SkipEmpty());
  ASSERT_EQ(rows.size(), 4 * lines.size());
  for (const std::string& row : rows) {
    const std::vector<std::string> fields = absl::StrSplit(row, '\t');
    ASSERT_EQ(fields.size(), 4U);
    std::size_t number = 0;
    ASSERT_TRUE(absl::SimpleAtoi(fields[2], &number) && number < lines.size());
    const Tokenizer tokenizer(
        vocabulary, {.do_lower_case = fields[0] == "1", .strip_accents = fields[1] == "1"});
    std::vector<TokenSpan> spans;
    tokenizer.EncodeWithSpans(lines[number], &spans);
    ConvertToCharacterOffsets(lines[number], &spans);
    std::vector<std::string> tokens;
    for (const TokenSpan& span : spans) {
      tokens.push_back(absl::StrCat(span.id, ":", span.begin, ":", span.end));
    }
    const std::vector<std::string> expected = absl::StrSplit(fields[3], ' ', absl::SkipEmpty());
    EXPECT_EQ(tokens, expected) << row;
  }
}

TEST(Tokenizer, ThreadsShareIt) {
  const Tokenizer tokenizer(MakeVocabulary("가\n##나\n다"), {});
  std::vector<std::vector<std::int32_t>> results(4);
  {
    std::vector<std::jthread> threads;
    for (auto& ids : results) {
      threads.emplace_back([&] {
        for (int i = 0; i < 1000; ++i) tokenizer.Encode("가나 다 라", &ids);
      });
    }
  }
  for (const auto& ids : results) {
    EXPECT_EQ(ids.size(), 4000U);
    EXPECT_EQ(ids, results[0]);
  }
}

}  // namespace
}  // namespace electra
