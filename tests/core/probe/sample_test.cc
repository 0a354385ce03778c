#include "core/probe/sample.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

#include "core/text/token_cache_writer.h"
#include "core/text/vocabulary.h"
#include "tests/temporary_folder.h"

namespace electra {
namespace {

using ::testing::ElementsAre;

std::shared_ptr<const Vocabulary> MakeVocabulary() {
  auto vocabulary = Vocabulary::Parse(
      "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n웹\n##앱\n##과\n하이\n,\n마이크로\n", "vocab.txt");
  return std::make_shared<const Vocabulary>(*std::move(vocabulary));
}

class SampleTest : public ::testing::Test {
 protected:
  // One sample of this text, in windows of `max_length`.
  void MakeCache(const std::string& text, int64_t max_length) {
    const std::filesystem::path dir = folder_.path() / "cache";
    auto writer = TokenCacheWriter::Create(dir, {.max_length = max_length}, *vocabulary_);
    ASSERT_TRUE(writer.ok()) << writer.status();
    std::vector<int32_t> ids;
    tokenizer_.Encode(text, &ids);
    ASSERT_TRUE((*writer)->Add(text, ids).ok());
    ASSERT_TRUE((*writer)->Finish().ok());
    auto cache = TokenCache::Open(dir);
    ASSERT_TRUE(cache.ok()) << cache.status();
    cache_ = *std::move(cache);
  }

  // Nothing masked, nothing suspected.
  SequencePrediction Unchanged(uint64_t sequence) const {
    SequencePrediction prediction;
    prediction.sequence = sequence;
    prediction.original_ids.push_back(vocabulary_->special().cls);
    for (int32_t id : cache_->Sequence(sequence)) prediction.original_ids.push_back(id);
    prediction.original_ids.push_back(vocabulary_->special().sep);
    prediction.fake_ids = prediction.original_ids;
    prediction.masked.assign(prediction.original_ids.size(), false);
    prediction.fake_probabilities.assign(prediction.original_ids.size(), 0.1f);
    return prediction;
  }

  TemporaryFolder folder_;
  std::shared_ptr<const Vocabulary> vocabulary_ = MakeVocabulary();
  Tokenizer tokenizer_{vocabulary_, {}};
  std::unique_ptr<TokenCache> cache_;
};

TEST_F(SampleTest, KeepsTheTextsSpacesAndUnknownWords) {
  MakeCache("웹앱과,  하이 zzz", 16);  // 웹 ##앱 ##과 , 하이 [UNK]
  const SampleReport report = MakeSampleReport(Unchanged(0), *cache_, tokenizer_);
  std::vector<std::string> texts;
  std::vector<bool> spaces;
  for (const SampleToken& token : report.tokens) {
    texts.push_back(token.text);
    spaces.push_back(token.space_before);
  }
  EXPECT_THAT(texts, ElementsAre("", "웹", "앱", "과", ",", "하이", "zzz", ""));
  EXPECT_THAT(spaces, ElementsAre(false, false, false, false, false, true, true, false));
  EXPECT_EQ(report.tokens[6].original, "[UNK]");
  EXPECT_EQ(report.fakes, 0);
  EXPECT_EQ(report.suspected, 0);
}

TEST_F(SampleTest, CountsCaughtMissedAndSuspected) {
  MakeCache("웹앱과 하이", 16);
  SequencePrediction prediction = Unchanged(0);
  prediction.fake_ids[1] = *vocabulary_->Find("마이크로");  // caught
  prediction.fake_probabilities[1] = 0.9f;
  prediction.fake_ids[3] = *vocabulary_->Find("하이");  // missed
  prediction.fake_probabilities[4] = 0.8f;              // an original, suspected
  const SampleReport report = MakeSampleReport(prediction, *cache_, tokenizer_);
  EXPECT_EQ(report.fakes, 2);
  EXPECT_EQ(report.caught, 1);
  EXPECT_EQ(report.suspected, 1);
  EXPECT_TRUE(report.tokens[1].is_fake());
  EXPECT_EQ(report.tokens[1].fake, "마이크로");
  EXPECT_TRUE(report.tokens[1].predicted_fake);
  EXPECT_FALSE(report.tokens[3].predicted_fake);
}

TEST_F(SampleTest, AWindowOfALongSampleShowsItsOwnPart) {
  MakeCache("웹 하이 웹앱 하이과 웹", 5);  // three tokens a window
  ASSERT_GT(cache_->counts().sequences, 1u);
  const SampleReport report = MakeSampleReport(Unchanged(1), *cache_, tokenizer_);
  EXPECT_EQ(report.tokens[1].text, "앱");
  EXPECT_EQ(report.tokens[2].text, "하이");
  EXPECT_TRUE(report.tokens[2].space_before);
}

}  // namespace
}  // namespace electra
