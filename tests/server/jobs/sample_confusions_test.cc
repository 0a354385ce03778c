#include "server/jobs/sample_confusions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace electra::server {
namespace {

using ::testing::ElementsAre;

void Add(v1::Sample& sample, const std::string& original, const std::string& fake, bool suspected) {
  v1::SampleToken& token = *sample.add_tokens();
  token.set_original(original);
  token.set_fake(fake);
  if (original[0] != '[') token.set_text(original);
  token.set_predicted_fake(suspected);
}

v1::Sample BookSample(int64_t step) {
  v1::Sample sample;
  sample.set_step(step);
  Add(sample, "[CLS]", "[CLS]", true);  // no token of the text, whatever is thought of it
  Add(sample, "웹", "앱", false);
  Add(sample, "##을", "##를", false);
  Add(sample, "##을", "##은", true);
  Add(sample, "##을", "##을", true);
  Add(sample, "책", "책", false);
  Add(sample, "[SEP]", "[SEP]", false);
  return sample;
}

std::vector<std::string> Rows(const google::protobuf::RepeatedPtrField<v1::TokenConfusion>& list) {
  std::vector<std::string> rows;
  for (const v1::TokenConfusion& row : list) {
    rows.push_back(absl::StrCat(row.token(), " ", row.count(), " ", row.fake_count(), " ",
                                row.missed_count(), " ", row.suspected_count()));
  }
  return rows;
}

std::vector<std::string> Rows(const google::protobuf::RepeatedPtrField<v1::FakeConfusion>& list) {
  std::vector<std::string> rows;
  for (const v1::FakeConfusion& row : list) {
    rows.push_back(absl::StrCat(row.original(), "->", row.fake(), " ", row.fake_count(), " ",
                                row.missed_count()));
  }
  return rows;
}

TEST(Confusions, AreCountedByFrequency) {
  SampleConfusions counter;
  counter.Add(BookSample(10));
  counter.Add(BookSample(20));
  const v1::Confusions confusions = counter.Top(20);
  EXPECT_EQ(confusions.sample_count(), 2);
  EXPECT_EQ(confusions.first_step(), 10);
  EXPECT_EQ(confusions.last_step(), 20);
  EXPECT_EQ(confusions.token_count(), 10);
  EXPECT_EQ(confusions.fake_count(), 6);
  EXPECT_EQ(confusions.caught_count(), 2);
  EXPECT_EQ(confusions.suspected_count(), 2);
  EXPECT_THAT(Rows(confusions.faked()), ElementsAre("##을 6 4 2 2", "웹 2 2 2 0"));
  EXPECT_THAT(Rows(confusions.missed()), ElementsAre("##을->##를 2 2", "웹->앱 2 2"));
  EXPECT_THAT(Rows(confusions.suspected()), ElementsAre("##을 6 4 2 2"));
  EXPECT_FALSE(confusions.is_approximate());
}

TEST(Confusions, ProbeSentencesDoNotCountForTheCorpus) {
  SampleConfusions counter;
  v1::Sample probe = BookSample(10);
  probe.set_probe(1);
  counter.Add(probe);
  EXPECT_EQ(counter.Top(20).sample_count(), 0);
}

TEST(Confusions, OnlySoManyRowsAreAskedFor) {
  SampleConfusions counter;
  counter.Add(BookSample(1));
  EXPECT_THAT(Rows(counter.Top(1).missed()), ElementsAre("##을->##를 1 1"));
}

TEST(Confusions, MemoryIsBoundedAndWhatIsFrequentStays) {
  SampleConfusions counter(/*most_entries=*/100);
  for (int i = 0; i < 2000; ++i) {
    v1::Sample sample = BookSample(i + 1);
    Add(sample, absl::StrCat("rare", i), absl::StrCat("fake", i), false);
    counter.Add(sample);
  }
  const v1::Confusions confusions = counter.Top(1000);
  EXPECT_TRUE(confusions.is_approximate());
  EXPECT_LE(confusions.missed_size(), 101);
  EXPECT_EQ(Rows(confusions.missed())[0], "##을->##를 2000 2000");
  EXPECT_EQ(Rows(confusions.faked())[0], "##을 6000 4000 2000 2000");
  EXPECT_EQ(confusions.fake_count(), 8000) << "totals are exact";
}

}  // namespace
}  // namespace electra::server
