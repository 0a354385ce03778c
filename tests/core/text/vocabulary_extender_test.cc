#include "core/text/vocabulary_extender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "core/text/vocabulary_trainer.h"
#include "tests/core/text/test_files.h"

namespace electra {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Vocabulary MakeVocabulary(const std::vector<std::string>& tokens) {
  auto vocabulary = Vocabulary::Parse(
      absl::StrCat("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n", absl::StrJoin(tokens, "\n")), "");
  EXPECT_TRUE(vocabulary.ok()) << vocabulary.status();
  return *std::move(vocabulary);
}

VocabularyExtension Extend(const Vocabulary& vocabulary, const std::vector<std::string>& samples,
                           const VocabularyExtenderOptions& options) {
  VocabularyExtender extender(vocabulary, {}, options);
  for (const std::string& sample : samples) extender.Add(sample);
  auto extension = extender.Extend();
  EXPECT_TRUE(extension.ok()) << extension.status();
  return *std::move(extension);
}

std::vector<std::string> Added(const Vocabulary& before, const VocabularyExtension& extension) {
  std::vector<std::string> tokens;
  for (int32_t id = before.size(); id < extension.vocabulary.size(); ++id) {
    tokens.push_back(extension.vocabulary.Token(id));
  }
  EXPECT_EQ(static_cast<int64_t>(tokens.size()), extension.added);
  return tokens;
}

int64_t CountTokens(const Tokenizer& tokenizer, std::string_view text) {
  std::vector<int32_t> ids;
  tokenizer.Encode(text, &ids);
  return static_cast<int64_t>(ids.size());
}

// Worked out by hand. At first 데이터 saves 5 x 2 tokens, 데이터를 3 x 3, 데이 5, 서버 4; with 데이터
// there, 데이터를 saves 3 x 1.
TEST(VocabularyExtender, TakesTheBeginningOfWordsThatSavesMost) {
  const Vocabulary vocabulary =
      MakeVocabulary({"데", "##이", "##터", "##를", "서", "##버", "첫", "##째"});
  const std::vector<std::string> samples = {"데이터를 데이터를 데이터를", "데이터 데이터",
                                            "서버 서버 서버 서버", "첫째"};
  const VocabularyExtension two = Extend(vocabulary, samples, {.count = 2});
  EXPECT_THAT(Added(vocabulary, two), ElementsAre("데이터", "서버"));
  EXPECT_EQ(two.tokens_before, 3 * 4 + 2 * 3 + 4 * 2 + 2);
  EXPECT_EQ(two.tokens_after, 3 * 2 + 2 + 4 + 2);
  EXPECT_EQ(two.vocabulary.Token(5), "데");  // the old ids stay
  // 첫째 is there once.
  EXPECT_THAT(Added(vocabulary, Extend(vocabulary, samples, {.count = 9})),
              ElementsAre("데이터", "서버", "데이터를"));
  EXPECT_THAT(Added(vocabulary, Extend(vocabulary, samples, {.count = 9, .min_frequency = 1})),
              ElementsAre("데이터", "서버", "데이터를", "첫째"));
}

// "abc" saves most, but after it "abcde" has no piece "##de", and "abcdf" one more than before.
TEST(VocabularyExtender, NoWordGetsUnknownOrLonger) {
  for (const std::string other : {"abcde", "abcdf"}) {
    const Vocabulary vocabulary =
        MakeVocabulary({"ab", "##c", "##x", "##y", "##cde", "##cdf", "##d", "##f"});
    const VocabularyExtension extension =
        Extend(vocabulary, {"abcx abcx abcx abcy abcy", other}, {.count = 9});
    EXPECT_THAT(Added(vocabulary, extension), ElementsAre("abcx", "abcy")) << other;
    EXPECT_EQ(extension.tokens_after, 5 + 2);
  }
}

TEST(VocabularyExtender, UnknownAndLongWordsAreNoSource) {
  const Vocabulary vocabulary = MakeVocabulary({"a", "##a"});
  const std::string word(101, 'a');
  const VocabularyExtension extension =
      Extend(vocabulary, {"ab ab ab", absl::StrCat(word, " ", word)}, {.count = 9});
  EXPECT_THAT(Added(vocabulary, extension), IsEmpty());
  EXPECT_EQ(extension.tokens_before, 5);
  EXPECT_EQ(extension.tokens_after, 5);
  EXPECT_EQ(extension.vocabulary.size(), vocabulary.size());
}

TEST(VocabularyExtender, EqualOnesComeInOrderOfBytes) {
  const Vocabulary vocabulary = MakeVocabulary({"a", "b", "c", "##d"});
  EXPECT_THAT(Added(vocabulary, Extend(vocabulary, {"cd bd ad cd bd ad"}, {.count = 2})),
              ElementsAre("ad", "bd"));
}

std::vector<std::string> Lines() {
  const std::filesystem::path golden = ELECTRA_GOLDEN_DIR;
  return absl::StrSplit(absl::StrCat(ReadFile(golden / "text.txt"), "\n",
                                     ReadFile(golden / "../../../deploy/corpus/computing_ko.txt")),
                        '\n');
}

Vocabulary TrainSmall(const std::vector<std::string>& lines) {
  VocabularyTrainer trainer({.vocab_size = 900}, {});
  for (const std::string& line : lines) trainer.Add(line);
  auto trained = trainer.Train();
  EXPECT_TRUE(trained.ok()) << trained.status();
  return *std::move(trained);
}

// On text of many scripts and a small corpus, cut by the tokenizer itself.
TEST(VocabularyExtender, CountsAsTheTokenizerDoesAndNoWordGetsLonger) {
  const std::vector<std::string> lines = Lines();
  const auto before = std::make_shared<const Vocabulary>(TrainSmall(lines));
  VocabularyExtension extension = Extend(*before, lines, {.count = 200, .min_frequency = 1});
  EXPECT_EQ(extension.added, 200);
  const Tokenizer old_tokenizer(before, {});
  const Tokenizer new_tokenizer(std::make_shared<const Vocabulary>(std::move(extension.vocabulary)),
                                {});
  int64_t tokens_before = 0;
  int64_t tokens_after = 0;
  for (const std::string& line : lines) {
    const int64_t count = CountTokens(old_tokenizer, line);
    EXPECT_LE(CountTokens(new_tokenizer, line), count) << line;
    tokens_before += count;
    tokens_after += CountTokens(new_tokenizer, line);
  }
  EXPECT_EQ(extension.tokens_before, tokens_before);
  EXPECT_EQ(extension.tokens_after, tokens_after);
  EXPECT_LT(tokens_after, tokens_before);

  const auto pieces = PiecesOfAppended(new_tokenizer.vocabulary(), before->size());
  ASSERT_TRUE(pieces.ok()) << pieces.status();
  ASSERT_EQ(pieces->size(), 200u);
  for (int32_t i = 0; i < 200; ++i) {
    std::vector<int32_t> ids;
    old_tokenizer.Encode(new_tokenizer.vocabulary().Token(before->size() + i), &ids);
    EXPECT_EQ((*pieces)[static_cast<size_t>(i)], ids);
    EXPECT_GE(ids.size(), 2u);
  }
}

TEST(VocabularyExtender, TheOrderOfTheSamplesDoesNotMatter) {
  std::vector<std::string> lines = Lines();
  const Vocabulary vocabulary = TrainSmall(lines);
  const std::string text =
      Extend(vocabulary, lines, {.count = 20, .min_frequency = 1}).vocabulary.ToText();
  std::mt19937 random(3);
  for (int i = 0; i < 3; ++i) {
    std::shuffle(lines.begin(), lines.end(), random);
    EXPECT_EQ(Extend(vocabulary, lines, {.count = 20, .min_frequency = 1}).vocabulary.ToText(),
              text);
  }
}

TEST(VocabularyExtender, ItCanBeStopped) {
  const Vocabulary vocabulary = MakeVocabulary({"a", "##b"});
  VocabularyExtender extender(vocabulary, {}, {.count = 1});
  extender.set_cancelled([] { return true; });
  extender.Add("ab ab");
  EXPECT_EQ(extender.Extend().status().code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace electra
