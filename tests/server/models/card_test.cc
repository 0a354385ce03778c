#include "server/models/card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace electra::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string CardOf(const JobRow& job) {
  return JobModelCard({.job = job,
                       .corpus = std::nullopt,
                       .corpora = {},
                       .step = 4,
                       .before = {},
                       .after = {},
                       .best = {},
                       .metrics = {}});
}

TEST(CardTest, TheVocabularysOriginIsThere) {
  JobRow job{.name = "7f3a", .model = "small", .hyperparameters = "{}"};
  EXPECT_THAT(CardOf(job), HasSubstr("| Vocabulary | trained from the corpus |\n"));
  job.model_sha256 = "abcd";
  EXPECT_THAT(CardOf(job), HasSubstr("| Vocabulary | of the base model |\n"));
  job.vocabulary_sha256 = "1234";
  EXPECT_THAT(CardOf(job), HasSubstr("| SHA-256 of the submitted vocabulary | `1234` |\n"));
  EXPECT_THAT(CardOf(job), Not(HasSubstr("| Vocabulary |")));
}

TEST(CardTest, TheMixAndWhatIsEvaluatedAreThere) {
  const JobRow job{.name = "7f3a",
                   .model = "small",
                   .model_sources = "jobs/5d1c@20 jobs/4b00@10",
                   .hyperparameters = "{}"};
  const CorpusRow general{.sha256 = "abcd", .sample_count = 5};
  std::vector<CardCorpus> corpora(3);
  corpora[0].row = {.corpus_file_name = "books.csv", .share = 3};
  corpora[1] = {{.corpus_file_name = "general.txt", .share = 1}, general};
  corpora[2] = {{.purpose = JobCorpusRow::Purpose::kEvaluate,
                 .corpus_file_name = "held|out.txt",
                 .name = "general"},
                general};
  const std::optional<CorpusRow> none;
  const std::string card = JobModelCard({.job = job,
                                         .corpus = none,
                                         .corpora = corpora,
                                         .step = 4,
                                         .before = {},
                                         .after = {},
                                         .best = {},
                                         .metrics = {}});
  EXPECT_THAT(card, HasSubstr("| Mixed | `books.csv`, 75% of the tokens (deleted since) |\n"));
  EXPECT_THAT(card, HasSubstr("| Mixed | `general.txt`, 25% of the tokens, 5 samples, SHA-256 "
                              "`abcd` |\n"));
  EXPECT_THAT(card, HasSubstr("| Evaluated as `general` | `held out.txt`, 5 samples, SHA-256 "
                              "`abcd` |\n"));
  EXPECT_THAT(card, HasSubstr("| Goes on from | `jobs/5d1c@20`, after `jobs/4b00@10` |\n"));
  EXPECT_THAT(card, Not(HasSubstr("Fetched from")));
}

}  // namespace
}  // namespace electra::server
