// Labelled text as people send it, and its division.
#include "core/task/labelled_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <numeric>
#include <set>

#include "core/base/message.h"
#include "core/task/scores.h"
#include "tests/temporary_folder.h"

namespace electra {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class LabelledTextTest : public ::testing::Test {
 protected:
  absl::StatusOr<LabelledTexts> Read(const std::string& content,
                                     CorpusFormat format = CorpusFormat::kTsv,
                                     const std::string& label = "label") {
    const std::filesystem::path path = folder_.path() / "rows";
    std::ofstream(path, std::ios::binary) << content;
    return ReadLabelledTexts(
        {.path = path,
         .reading = {.format = format, .column = "text", .display_name = "rows.tsv"},
         .label_column = label});
  }

  std::string Problem(const std::string& content, CorpusFormat format = CorpusFormat::kTsv,
                      const std::string& label = "label") {
    const auto read = Read(content, format, label);
    EXPECT_TRUE(absl::IsInvalidArgument(read.status())) << read.status();
    return std::string(read.status().message());
  }

  TemporaryFolder folder_;
};

TEST_F(LabelledTextTest, ATextHasTheLabelOfItsRow) {
  const auto read = Read(
      "id\ttext\tlabel\n1\tgood\tyes\n2\t\tno\n3\tbad\tno\n4\tlost\t \n"
      "5\tworse\tno\n6\tbest\tyes\n");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(read->texts, ElementsAre("good", "bad", "worse", "best"));
  EXPECT_THAT(read->classes, ElementsAre("no", "yes"));
  EXPECT_THAT(read->labels, ElementsAre(1, 0, 0, 1));
  EXPECT_EQ(read->left_out, 2);  // a row without text, and one without label
}

TEST_F(LabelledTextTest, QuotedFieldsOverSeveralLinesStayBesideTheirLabels) {
  const auto read =
      Read("text,label\n\"one\nand on\",a\nplain,b\n\"three, with a comma\",\"a\"\nlast,b\n",
           CorpusFormat::kCsv);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(read->texts, ElementsAre("one\nand on", "plain", "three, with a comma", "last"));
  EXPECT_THAT(read->labels, ElementsAre(0, 1, 0, 1));
}

TEST_F(LabelledTextTest, FieldsOfJsonlAreRead) {
  const auto read = Read(
      "{\"text\": \"가\", \"label\": \"긍정\"}\n{\"text\": \"나\", \"label\": null}\n"
      "{\"text\": \"다\", \"label\": \"부정\"}\n{\"text\": \"라\", \"label\": \"긍정\"}\n"
      "{\"text\": \"마\", \"label\": \"부정\"}\n",
      CorpusFormat::kJsonl);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(read->classes, ElementsAre("긍정", "부정"));
  EXPECT_EQ(read->left_out, 1);
}

TEST_F(LabelledTextTest, IntegersAndBooleansOfJsonlAreLabels) {
  const auto read = Read(
      "{\"text\": \"a\", \"label\": 1}\n{\"text\": \"b\", \"label\": -1}\n"
      "{\"text\": \"c\", \"label\": \"1\"}\n{\"text\": \"d\", \"label\": true}\n"
      "{\"text\": \"e\", \"label\": -1}\n{\"text\": \"f\", \"label\": true}\n"
      "{\"text\": \"g\", \"label\": null}\n"
      "{\"text\": \"h\", \"label\": 123456789012345678901234}\n"
      "{\"text\": \"i\", \"label\": 123456789012345678901234}\n",
      CorpusFormat::kJsonl);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(read->classes, ElementsAre("-1", "1", "123456789012345678901234", "true"));
  EXPECT_THAT(read->labels, ElementsAre(1, 0, 1, 3, 0, 3, 2, 2));
  EXPECT_EQ(read->left_out, 1);
}

TEST_F(LabelledTextTest, OtherValuesOfJsonlAreRefusedByLineAndValue) {
  const auto problem = [&](const std::string& label) {
    return Problem("{\"text\": \"a\", \"label\": 1}\n{\"text\": \"b\", \"label\": " + label + "}\n",
                   CorpusFormat::kJsonl);
  };
  EXPECT_EQ(
      problem("1.0"),
      "rows.tsv: line 2: the label \"label\" is 1.0: it must be a string, an integer, true or "
      "false");
  EXPECT_THAT(problem("5e-1"), HasSubstr("is 5e-1: it must be"));
  EXPECT_THAT(problem("{\"a\": 1}"), HasSubstr("is an object or an array: it must be"));
  EXPECT_THAT(Problem("{\"text\": 3, \"label\": 1}\n", CorpusFormat::kJsonl),
              HasSubstr("the field \"text\" holds no string"));
}

TEST_F(LabelledTextTest, WhatCannotBeTrainedOnIsRefusedByName) {
  EXPECT_THAT(Problem("text\tlabel\na\tx\nb\tx\n"), HasSubstr("1 classes"));
  EXPECT_THAT(Problem("text\tlabel\na\tx\nb\tx\nc\ty\n"), HasSubstr("\"y\" has one row"));
  EXPECT_THAT(Problem("text\tlabel\na\tx\n", CorpusFormat::kTsv, "stars"),
              HasSubstr("no column \"stars\"; there are \"text\", \"label\""));
  EXPECT_THAT(Problem("text\tlabel\na\tx\n", CorpusFormat::kTsv, "text"),
              HasSubstr("two different ones"));
  EXPECT_THAT(Problem("text\tlabel\na\tx\n", CorpusFormat::kTsv, ""),
              HasSubstr("two different ones"));
  EXPECT_THAT(Problem("text\tlabel\na\tx\n", CorpusFormat::kText), HasSubstr("plain text"));
  EXPECT_THAT(Problem("text\tlabel\na\t" + std::string(257, 'x') + "\n"),
              HasSubstr("line 2: the label has 257 bytes"));
  EXPECT_THAT(Problem("text\tlabel\n\xff\tx\n"), HasSubstr("rows.tsv"));
  std::string many = "text\tlabel\n";
  for (int i = 0; i < 1001; ++i) many += "a\t" + std::to_string(i) + "\n";
  EXPECT_THAT(Problem(many), HasSubstr("1001 classes"));
}

TEST(StratifiedSplitTest, EachClassIsTestedInProportionAndTrainedOn) {
  std::vector<int64_t> labels;
  for (int i = 0; i < 100; ++i) labels.push_back(i < 80 ? 0 : i < 98 ? 1 : 2);  // 80, 18, 2 rows
  const DataSplit split = StratifiedSplit(labels, 20, 7);
  std::vector<int64_t> tested(3);
  for (uint64_t row : split.validation) ++tested[static_cast<size_t>(labels[row])];
  EXPECT_THAT(tested, ElementsAre(16, 4, 1));
  std::set<uint64_t> all(split.train.begin(), split.train.end());
  all.insert(split.validation.begin(), split.validation.end());
  EXPECT_EQ(all.size(), 100u);
  EXPECT_EQ(split.train.size() + split.validation.size(), 100u);
}

TEST(StratifiedSplitTest, FollowsFromItsSeed) {
  std::vector<int64_t> labels(200);
  std::iota(labels.begin(), labels.end(), 0);
  for (int64_t& label : labels) label %= 2;
  EXPECT_EQ(StratifiedSplit(labels, 20, 1).validation, StratifiedSplit(labels, 20, 1).validation);
  EXPECT_NE(StratifiedSplit(labels, 20, 1).validation, StratifiedSplit(labels, 20, 2).validation);
}

// sklearn.metrics.f1_score(labels, predicted, average="macro"), accuracy_score.
TEST(ScoresTest, AreThoseOfScikitLearn) {
  const std::vector<int64_t> labels = {0, 0, 1, 1, 2, 2, 2};
  const std::vector<int64_t> predicted = {0, 1, 1, 1, 0, 2, 2};
  const ClassificationScores scores = ScoreClasses(labels, predicted);
  EXPECT_DOUBLE_EQ(scores.accuracy, 5.0 / 7);
  EXPECT_DOUBLE_EQ(scores.macro_f1, (0.5 + 0.8 + 0.8) / 3);
}

}  // namespace
}  // namespace electra
