#include "core/text/vocabulary_trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/core/text/test_files.h"

namespace electra {
namespace {

using ::testing::HasSubstr;

std::string Train(const std::vector<std::string>& samples,
                  const VocabularyTrainerOptions& options) {
  VocabularyTrainer trainer(options, {});
  for (const std::string& sample : samples) trainer.Add(sample);
  const auto vocabulary = trainer.Train();
  return vocabulary.ok() ? vocabulary->ToText() : std::string(vocabulary.status().message());
}

// Worked out by hand: "##u ##g" occurs 20 times, "##u ##n" 16, "h ##ug" 15.
TEST(VocabularyTrainer, MergesTheMostFrequentPairs) {
  std::string sample;
  for (const auto& [word, count] : std::vector<std::pair<std::string, int>>{
           {"hug", 10}, {"pug", 5}, {"pun", 12}, {"bun", 4}, {"hugs", 5}}) {
    for (int i = 0; i < count; ++i) sample += word + " ";
  }
  EXPECT_EQ(
      Train({sample}, {.vocab_size = 19}),
      "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nb\ng\nh\nn\np\ns\nu\n##u\n##n\n##g\n##s\n##ug\n##un\n"
      "hug\n");
}

TEST(VocabularyTrainer, StopsAtTheFrequencyAsked) {
  EXPECT_EQ(Train({"ab ab cd"}, {.vocab_size = 100}),
            "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\nd\n##b\n##d\nab\n");
  EXPECT_THAT(Train({"ab ab cd"}, {.vocab_size = 100, .min_frequency = 1}), HasSubstr("\ncd\n"));
  EXPECT_THAT(Train({"ab ab cd"}, {.vocab_size = 100, .min_frequency = 3}),
              ::testing::Not(HasSubstr("\nab\n")));
}

TEST(VocabularyTrainer, KeepsTheMostFrequentCharacters) {
  EXPECT_EQ(Train({"aab aac aad"}, {.vocab_size = 100, .min_frequency = 4, .limit_alphabet = 2}),
            "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n##a\n##b\n");
}

std::vector<std::string> GoldenLines() {
  return absl::StrSplit(ReadFile(std::filesystem::path(ELECTRA_GOLDEN_DIR) / "text.txt"), '\n');
}

TEST(VocabularyTrainer, TheOrderOfTheSamplesDoesNotMatter) {
  std::vector<std::string> lines = GoldenLines();
  lines.insert(lines.end(), lines.begin(), lines.end());
  const std::string vocabulary = Train(lines, {.vocab_size = 700});
  std::mt19937 random(3);
  for (int i = 0; i < 5; ++i) {
    std::shuffle(lines.begin(), lines.end(), random);
    EXPECT_EQ(Train(lines, {.vocab_size = 700}), vocabulary);
  }
}

TEST(VocabularyTrainer, TokenizesWhatItWasTrainedOn) {
  VocabularyTrainer trainer({.vocab_size = 2000}, {});
  for (const std::string& line : GoldenLines()) trainer.Add(line);
  auto trained = trainer.Train();
  ASSERT_TRUE(trained.ok()) << trained.status();
  EXPECT_LE(trained->size(), 2000);
  EXPECT_EQ(trained->special(), (SpecialTokens{.pad = 0, .unk = 1, .cls = 2, .sep = 3, .mask = 4}));
  EXPECT_TRUE(trained->warnings().empty());
  const Tokenizer tokenizer(std::make_shared<const Vocabulary>(*std::move(trained)), {});
  for (const std::string& line : GoldenLines()) {
    std::vector<TokenSpan> tokens;
    tokenizer.EncodeWithSpans(line, &tokens);
    for (const TokenSpan& token : tokens) {
      // The only words left out are those above the limit of characters.
      if (token.id == 1) {
        EXPECT_GT(token.end - token.begin, 100U) << line;
      }
    }
  }
}

TEST(VocabularyTrainer, NeverExceedsTheSize) {
  std::vector<std::string> lines = GoldenLines();
  for (const std::int32_t size : {7, 50, 101}) {
    VocabularyTrainer trainer({.vocab_size = size, .min_frequency = 1}, {});
    for (const std::string& line : lines) trainer.Add(line);
    const auto vocabulary = trainer.Train();
    ASSERT_TRUE(vocabulary.ok()) << vocabulary.status();
    EXPECT_LE(vocabulary->size(), size);
  }
}

TEST(VocabularyTrainer, BoundsTheWordsItCounts) {
  VocabularyTrainer trainer({.max_words = 1000}, {});
  for (int i = 0; i < 100000; ++i) {
    trainer.Add("often");
    trainer.Add(absl::StrCat("w", i));
    ASSERT_LE(trainer.distinct_words(), 1000);
  }
  EXPECT_GT(trainer.forgotten_words(), 90000);
  const auto vocabulary = trainer.Train();
  ASSERT_TRUE(vocabulary.ok());
  EXPECT_TRUE(vocabulary->Find("often").has_value());
}

TEST(VocabularyTrainer, RefusesOptionsOutOfRange) {
  EXPECT_THAT(Train({"a"}, {.vocab_size = 6}), HasSubstr("vocab_size is 6, accepted are 7 to"));
  EXPECT_THAT(Train({"a"}, {.min_frequency = -1}), HasSubstr("min_frequency is -1"));
  EXPECT_THAT(Train({"a"}, {.limit_alphabet = 0}), HasSubstr("limit_alphabet is 0"));
  EXPECT_THAT(Train({"a"}, {.max_words = 0}), HasSubstr("max_words is 0"));
  EXPECT_THAT(Train({" "}, {}), HasSubstr("no word"));
}

TEST(VocabularyTrainer, IsCancelled) {
  VocabularyTrainer trainer({}, {});
  trainer.Add("ab ab");
  trainer.set_cancelled([] { return true; });
  EXPECT_TRUE(absl::IsCancelled(trainer.Train().status()));
}

}  // namespace
}  // namespace electra
