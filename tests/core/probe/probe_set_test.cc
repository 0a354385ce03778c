#include "core/probe/probe_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

namespace electra {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr MaskingOptions kMasking = {
    .mlm_probability = 0.5, .replace_prob = 1, .seed = 7, .epoch = 0};

class ProbeSetTest : public ::testing::Test {
 protected:
  absl::StatusOr<ProbeSet> Create(const std::vector<std::string>& sentences, int64_t max_length) {
    return ProbeSet::Create(sentences, tokenizer_, max_length);
  }

  Tokenizer tokenizer_{std::make_shared<const Vocabulary>(*Vocabulary::Parse(
                           "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n웹\n앱\n과\n", "vocab.txt")),
                       {}};
};

TEST_F(ProbeSetTest, KeepsEachSentenceWithTheSameMasks) {
  const auto probe = Create({"웹 앱", "웹 앱 과 웹"}, 16);
  ASSERT_TRUE(probe.ok()) << probe.status();
  MaskingOptions other_epoch = kMasking;
  other_epoch.epoch = 9;
  const PackedBatch first = probe->Batch({}, kMasking);
  const PackedBatch later = probe->Batch({}, other_epoch);
  EXPECT_EQ(first.masked_positions, later.masked_positions);
  EXPECT_THAT(first.original_ids, ElementsAre(2, 5, 6, 7, 5, 3, 2, 5, 6, 3));  // longest first
  EXPECT_EQ(first.sequences[0].sequence, 1u);
  EXPECT_EQ(probe->sentence(1), "웹 앱 과 웹");
}

TEST_F(ProbeSetTest, OfALongSentenceTheBeginningIsKept) {
  const auto probe = Create({"웹", "웹 앱 과 웹"}, 4);
  ASSERT_TRUE(probe.ok()) << probe.status();
  EXPECT_THAT(probe->shortened(), ElementsAre(2));
  EXPECT_THAT(probe->Batch({}, kMasking).original_ids, ElementsAre(2, 5, 6, 3, 2, 5, 3));
}

TEST_F(ProbeSetTest, ASentenceWithoutTokensIsNamed) {
  EXPECT_THAT(std::string(Create({"웹", "\x01"}, 16).status().message()),
              HasSubstr("probe sentence 2"));
  EXPECT_TRUE(Create({}, 16)->empty());
}

}  // namespace
}  // namespace electra
