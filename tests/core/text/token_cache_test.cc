#include "core/text/token_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/text/token_cache_build.h"
#include "core/text/token_cache_writer.h"
#include "tests/core/text/test_files.h"

namespace electra {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

std::shared_ptr<const Vocabulary> MakeVocabulary() {
  auto parsed = Vocabulary::Parse("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\nd\ne\nf\ng\n", "v");
  return std::make_shared<const Vocabulary>(*std::move(parsed));
}

class TokenCacheTest : public ::testing::Test {
 protected:
  absl::StatusOr<TokenCacheCounts> Build(std::string_view text, const TokenCacheOptions& options,
                                         const TokenCacheProgress& progress = nullptr) {
    auto reader = CorpusReader::Open(folder_.Write("corpus.txt", text), {});
    if (!reader.ok()) return reader.status();
    return BuildTokenCache(**reader, tokenizer_, options, dir_, progress);
  }

  // Names in the folder besides the corpus.
  std::set<std::string> Left() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      names.insert(entry.path().filename());
    }
    names.erase("corpus.txt");
    return names;
  }

  TestFolder folder_;
  const std::filesystem::path dir_ = folder_.path() / "cache";
  const Tokenizer tokenizer_{MakeVocabulary(), {}};
};

TEST_F(TokenCacheTest, SplitsLongSamplesWithoutLoss) {
  const auto counts = Build("a b c d e f g\n\xE2\x80\x8B\na x b\n\nc d e\n", {.max_length = 5});
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(*counts, (TokenCacheCounts{.samples = 3,
                                       .sequences = 5,
                                       .tokens = 13,
                                       .unknown_tokens = 1,
                                       .split_samples = 1,
                                       .truncated_samples = 0,
                                       .empty_samples = 2}));  // one of them blank
  const auto cache = TokenCache::Open(dir_);
  ASSERT_TRUE(cache.ok()) << cache.status();
  EXPECT_EQ((*cache)->counts(), *counts);
  EXPECT_EQ((*cache)->max_length(), 5);
  EXPECT_EQ((*cache)->vocab_size(), 12);
  EXPECT_THAT((*cache)->ids(), ElementsAre(5, 6, 7, 8, 9, 10, 11, 5, 1, 6, 7, 8, 9));
  EXPECT_THAT((*cache)->sequence_offsets(), ElementsAre(0, 3, 6, 7, 10, 13));
  EXPECT_THAT((*cache)->sequence_samples(), ElementsAre(0, 0, 0, 1, 2));
  EXPECT_THAT((*cache)->sequence_starts(), ElementsAre(0, 3, 6, 0, 0));
  EXPECT_THAT((*cache)->Sequence(2), ElementsAre(11));
  EXPECT_EQ((*cache)->SampleText(0), "a b c d e f g");
  EXPECT_EQ((*cache)->SampleText(1), "a x b");
  EXPECT_EQ((*cache)->SampleText(2), "c d e");
  EXPECT_TRUE((*cache)->Verify().ok());
  EXPECT_THAT(Left(), ElementsAre("cache"));
}

TEST_F(TokenCacheTest, TruncatesOnRequest) {
  const auto counts =
      Build("a b c d e\na b c\n", {.max_length = 5, .long_samples = LongSamples::kTruncate});
  ASSERT_TRUE(counts.ok());
  EXPECT_EQ(counts->truncated_samples, 1U);
  EXPECT_EQ(counts->split_samples, 0U);
  const auto cache = TokenCache::Open(dir_);
  ASSERT_TRUE(cache.ok()) << cache.status();
  EXPECT_THAT((*cache)->ids(), ElementsAre(5, 6, 7, 5, 6, 7));
}

TEST_F(TokenCacheTest, HoldsALargeCorpus) {
  std::string text;
  std::vector<std::int32_t> expected;
  for (int i = 0; i < 100000; ++i) {
    text += "a b c d e f g a b c\n";
    for (const int id : {5, 6, 7, 8, 9, 10, 11, 5, 6, 7}) expected.push_back(id);
  }
  std::vector<std::int64_t> reported;
  ASSERT_TRUE(Build(text, {.max_length = 6}, [&](std::int64_t samples, std::int64_t) {
                reported.push_back(samples);
                return true;
              }).ok());
  EXPECT_GT(reported.size(), 50U);
  EXPECT_EQ(reported.back(), 100000);
  const auto cache = TokenCache::Open(dir_);
  ASSERT_TRUE(cache.ok()) << cache.status();
  EXPECT_TRUE(
      std::equal(expected.begin(), expected.end(), (*cache)->ids().begin(), (*cache)->ids().end()));
  EXPECT_EQ((*cache)->counts().sequences, 300000U);
}

TEST_F(TokenCacheTest, CancellingLeavesNothing) {
  const auto counts = Build("a\nb\n", {}, [](std::int64_t, std::int64_t) { return false; });
  EXPECT_TRUE(absl::IsCancelled(counts.status()));
  EXPECT_TRUE(Left().empty());
}

TEST_F(TokenCacheTest, ErrorsLeaveNothing) {
  EXPECT_TRUE(absl::IsInvalidArgument(Build("a\nb\xFF\n", {}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Build("\xE2\x80\x8B\n", {}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Build("a\n", {.max_length = 2}).status()));
  EXPECT_TRUE(Left().empty());
}

TEST_F(TokenCacheTest, APlaceThatIsTakenIsKept) {
  ASSERT_TRUE(Build("a\n", {}).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(Build("b\n", {}).status()));
  EXPECT_EQ((*TokenCache::Open(dir_))->SampleText(0), "a");
  EXPECT_THAT(Left(), ElementsAre("cache"));
}

TEST_F(TokenCacheTest, UnfinishedCachesAreRemoved) {
  ASSERT_TRUE(Build("a\n", {}).ok());
  std::filesystem::create_directory(folder_.path() / "cache.tmp-x7Yz2q");
  folder_.Write("cache.tmp-x7Yz2q/ids.bin", "x");
  RemoveUnfinishedTokenCaches(folder_.path());
  EXPECT_THAT(Left(), ElementsAre("cache"));
}

TEST_F(TokenCacheTest, OpenTellsNothingFromDamaged) {
  EXPECT_TRUE(absl::IsNotFound(TokenCache::Open(dir_).status()));
  std::filesystem::create_directory(dir_);
  EXPECT_TRUE(absl::IsDataLoss(TokenCache::Open(dir_).status()));
}

TEST_F(TokenCacheTest, EveryChangedByteOfTheHeaderIsFound) {
  ASSERT_TRUE(Build("a b c d e\nf g\n", {.max_length = 4}).ok());
  const std::string header = ReadFile(dir_ / "header.bin");
  for (std::size_t i = 0; i < header.size(); ++i) {
    std::string changed = header;
    changed[i] = static_cast<char>(changed[i] ^ 0x10);
    folder_.Write("cache/header.bin", changed);
    EXPECT_TRUE(absl::IsDataLoss(TokenCache::Open(dir_).status())) << i;
  }
}

TEST_F(TokenCacheTest, SeveralCorporaFollowOneAnother) {
  std::vector<std::unique_ptr<CorpusReader>> owned;
  std::vector<CorpusReader*> readers;
  for (const auto& [name, text] :
       {std::pair{"corpus.txt", "a b\n\xE2\x80\x8B\nc\n"}, std::pair{"more.txt", "d e f\n"}}) {
    auto reader = CorpusReader::Open(folder_.Write(name, text), {});
    ASSERT_TRUE(reader.ok()) << reader.status();
    owned.push_back(*std::move(reader));
    readers.push_back(owned.back().get());
  }
  std::int64_t read_samples = 0;
  const auto counts = BuildTokenCache(readers, tokenizer_, {.max_length = 8}, dir_,
                                      [&](std::int64_t samples, std::int64_t) {
                                        read_samples = samples;
                                        return true;
                                      });
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(read_samples, 4);  // of both, with the one without a token
  const auto cache = TokenCache::Open(dir_);
  ASSERT_TRUE(cache.ok()) << cache.status();
  EXPECT_THAT((*cache)->part_ends(), ElementsAre(2, 3));
  EXPECT_EQ((*cache)->SampleText(2), "d e f");
  EXPECT_TRUE((*cache)->Verify().ok());
}

TEST_F(TokenCacheTest, FilesCutShortAreFound) {
  ASSERT_TRUE(Build("a b c d e\nf g\n", {.max_length = 4}).ok());
  for (const char* name :
       {"header.bin", "ids.bin", "sequence_offsets.bin", "sequence_samples.bin",
        "sequence_starts.bin", "sample_offsets.bin", "text.bin", "part_ends.bin"}) {
    const std::string bytes = ReadFile(dir_ / name);
    folder_.Write(absl::StrCat("cache/", name), bytes.substr(0, bytes.size() - 1));
    EXPECT_TRUE(absl::IsDataLoss(TokenCache::Open(dir_).status())) << name;
    std::filesystem::remove(dir_ / name);
    EXPECT_TRUE(absl::IsDataLoss(TokenCache::Open(dir_).status())) << name;
    folder_.Write(absl::StrCat("cache/", name), bytes);
  }
  EXPECT_TRUE(TokenCache::Open(dir_).ok());
}

TEST_F(TokenCacheTest, ChangedOffsetsAreFoundWhenOpened) {
  ASSERT_TRUE(Build("a b c d e\nf g\n", {.max_length = 4}).ok());
  for (const char* name : {"sequence_offsets.bin", "sequence_samples.bin", "sequence_starts.bin",
                           "sample_offsets.bin", "part_ends.bin"}) {
    const std::string bytes = ReadFile(dir_ / name);
    for (std::size_t i = 7; i < bytes.size(); i += 8) {
      std::string changed = bytes;
      changed[i] = '\x7F';
      folder_.Write(absl::StrCat("cache/", name), changed);
      EXPECT_TRUE(absl::IsDataLoss(TokenCache::Open(dir_).status())) << name << " " << i;
    }
    folder_.Write(absl::StrCat("cache/", name), bytes);
  }
}

TEST_F(TokenCacheTest, VerifyFindsChangedContents) {
  ASSERT_TRUE(Build("a b c\n", {}).ok());
  for (const char* name : {"ids.bin", "text.bin"}) {
    const std::string bytes = ReadFile(dir_ / name);
    std::string changed = bytes;
    changed[1] = static_cast<char>(changed[1] ^ 1);
    folder_.Write(absl::StrCat("cache/", name), changed);
    const auto cache = TokenCache::Open(dir_);
    ASSERT_TRUE(cache.ok());
    EXPECT_TRUE(absl::IsDataLoss((*cache)->Verify())) << name;
    folder_.Write(absl::StrCat("cache/", name), bytes);
  }
}

TEST_F(TokenCacheTest, VerifyFindsIdsOutsideOfTheVocabulary) {
  auto writer = TokenCacheWriter::Create(dir_, {}, tokenizer_.vocabulary());
  ASSERT_TRUE(writer.ok());
  const std::vector<std::int32_t> ids = {5, 12};
  ASSERT_TRUE((*writer)->Add("a ?", ids).ok());
  ASSERT_TRUE((*writer)->Finish().ok());
  EXPECT_TRUE(absl::IsDataLoss((*TokenCache::Open(dir_))->Verify()));
}

TEST(TokenCacheKeyTest, DependsOnEverything) {
  const auto vocabulary = MakeVocabulary();
  const auto other = Vocabulary::Parse(vocabulary->ToText() + "h\n", "v");
  const CorpusOptions corpus;
  std::set<std::string> keys = {
      TokenCacheKey("aa", corpus, *vocabulary, {}, {}),
      TokenCacheKey("ab", corpus, *vocabulary, {}, {}),
      TokenCacheKey("aa", {.format = CorpusFormat::kCsv, .column = "c"}, *vocabulary, {}, {}),
      TokenCacheKey("aa", {.format = CorpusFormat::kCsv, .column = "d"}, *vocabulary, {}, {}),
      TokenCacheKey("aa", {.encoding = "cp949"}, *vocabulary, {}, {}),
      TokenCacheKey("aa", {.on_invalid = OnInvalidText::kSkip}, *vocabulary, {}, {}),
      TokenCacheKey("aa", corpus, *other, {}, {}),
      TokenCacheKey("aa", corpus, *vocabulary, {.do_lower_case = true}, {}),
      TokenCacheKey("aa", corpus, *vocabulary, {.strip_accents = true}, {}),
      TokenCacheKey("aa", corpus, *vocabulary, {.tokenize_chinese_chars = false}, {}),
      TokenCacheKey("aa", corpus, *vocabulary, {.clean_text = false}, {}),
      TokenCacheKey("aa", corpus, *vocabulary, {.max_word_characters = 200}, {}),
      TokenCacheKey("aa", corpus, *vocabulary, {}, {.max_length = 64}),
      TokenCacheKey("aa", corpus, *vocabulary, {}, {.long_samples = LongSamples::kTruncate}),
  };
  EXPECT_EQ(keys.size(), 14U);
  EXPECT_EQ(keys.begin()->size(), 64U);
  EXPECT_EQ(TokenCacheKey("aa", {.display_name = "other"}, *vocabulary, {}, {}),
            TokenCacheKey("aa", corpus, *vocabulary, {}, {}));
}

}  // namespace
}  // namespace electra
