// Filters and orders of jobs: from text to the rows that they select.
#include "server/filter/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "server/filter/job_filter.h"
#include "server/filter/job_order.h"
#include "server/store/corpora.h"
#include "server/store/database.h"
#include "server/store/job_list.h"
#include "server/store/jobs.h"
#include "server/store/read_budget.h"
#include "tests/temporary_folder.h"

namespace electra::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

// The tree with parentheses round everything that is joined.
std::string Show(const FilterNode& node) {
  std::vector<std::string> parts;
  for (const FilterNode& child : node.children) parts.push_back(Show(child));
  switch (node.kind) {
    case FilterNode::Kind::kAnd:
      return absl::StrCat("(", absl::StrJoin(parts, " AND "), ")");
    case FilterNode::Kind::kOr:
      return absl::StrCat("(", absl::StrJoin(parts, " OR "), ")");
    case FilterNode::Kind::kNot:
      return absl::StrCat("!", parts[0]);
    case FilterNode::Kind::kTerm:
      return absl::StrCat(node.term.field, "[", static_cast<int>(node.term.op), "]",
                          node.term.value);
  }
  return "";
}

std::string Parsed(std::string_view filter) {
  const auto tree = ParseFilter(filter);
  if (!tree.ok()) return std::string(tree.status().message());
  return *tree ? Show(**tree) : "";
}

TEST(Filter, TermsAreJoinedAsTheAipSays) {
  EXPECT_EQ(Parsed("  \n "), "");
  EXPECT_EQ(Parsed("a=1"), "a[0]1");
  EXPECT_EQ(Parsed("a=1 AND b=2 AND c=3"), "(a[0]1 AND b[0]2 AND c[0]3)");
  // OR binds tighter, and white space is AND.
  EXPECT_EQ(Parsed("a=1 AND b=2 OR c=3"), "(a[0]1 AND (b[0]2 OR c[0]3))");
  EXPECT_EQ(Parsed("a=1 b=2 OR c=3 d=4"), "(a[0]1 AND (b[0]2 OR c[0]3) AND d[0]4)");
  EXPECT_EQ(Parsed("(a=1 AND b=2) OR c=3"), "((a[0]1 AND b[0]2) OR c[0]3)");
  EXPECT_EQ(Parsed("NOT a=1 -b=2 NOT NOT c"), "(!a[0]1 AND !b[0]2 AND !![6]c)");
  EXPECT_EQ(Parsed("-(a=1 OR b=2)"), "!(a[0]1 OR b[0]2)");
  EXPECT_EQ(Parsed("NOTE AND ORder"), "([6]NOTE AND [6]ORder)");
}

TEST(Filter, OperatorsAndValuesAreRead) {
  EXPECT_EQ(Parsed("a!=1 b<2 c<=3 d>4 e>=5 f:6"),
            "(a[1]1 AND b[2]2 AND c[3]3 AND d[4]4 AND e[5]5 AND f[6]6)");
  EXPECT_EQ(Parsed("a = 1 AND b : x"), "(a[0]1 AND b[6]x)");
  EXPECT_EQ(Parsed("t>2026-11-01T10:00:00+09:00"), "t[4]2026-11-01T10:00:00+09:00");
  EXPECT_EQ(Parsed(R"(tags.a-b="x \"y\" \\z" AND n='it''s')"),
            "(tags.a-b[0]x \"y\" \\z AND n[0]it AND [6]s)");
  EXPECT_EQ(Parsed("(a=1)"), "a[0]1");
  EXPECT_EQ(Parsed("name=책 OR \"두 낱말\""), "(name[0]책 OR [6]두 낱말)");
  EXPECT_EQ(Parsed("n=-3"), "n[0]-3");
}

TEST(Filter, ErrorsNameThePlace) {
  EXPECT_EQ(Parsed("a=1 AND"), "filter:1:8: there is the end where a term was expected");
  EXPECT_EQ(Parsed("OR a"), "filter:1:1: there is \"OR\" where a term was expected");
  EXPECT_EQ(Parsed("가=1\n나="), "filter:2:3: there is the end where a value was expected");
  EXPECT_EQ(Parsed("가나 )"), "filter:1:4: there is \")\" where AND, OR or the end was expected");
  EXPECT_EQ(Parsed("x (a=1"), "filter:1:3: \"(\" is not closed");
  EXPECT_EQ(Parsed("a=\"1"), "filter:1:3: the quotation is not closed");
  EXPECT_EQ(Parsed("a ! b"),
            "filter:1:3: \"!\" is not an operator: != means not equal, NOT negates");
  EXPECT_EQ(Parsed("=1"), "filter:1:1: there is \"=\" where a term was expected");
  EXPECT_EQ(Parsed("\"a\"=1"), "filter:1:1: a field is named without quotation marks");
}

TEST(Filter, LengthDepthAndTermsAreBounded) {
  EXPECT_THAT(Parsed(std::string(4097, ' ')), HasSubstr("4097 bytes: at most 4096"));
  EXPECT_EQ(Parsed(std::string(32, '(') + "a" + std::string(32, ')')), "[6]a");
  EXPECT_THAT(Parsed(std::string(33, '(') + "a" + std::string(33, ')')), HasSubstr("32 deep"));
  EXPECT_THAT(Parsed(std::string(33, '-') + "a"), HasSubstr("32 deep"));
  // Beside each other they are not deep.
  std::string beside;
  for (int i = 0; i < 90; ++i) beside += "-(a) ";
  EXPECT_THAT(Parsed(beside), StartsWith("(!"));
  std::string many;
  for (int i = 0; i < 101; ++i) many += "a ";
  EXPECT_THAT(Parsed(many), HasSubstr("at most 100 terms"));
}

class JobFilterTest : public ::testing::Test {
 protected:
  struct Spec {
    std::string display_name;
    v1::JobState state = v1::QUEUED;
    std::optional<double> best;
    std::string model = "small";
    JobTags tags = {};
    std::string hyperparameters = "{}";
    std::string created = "2026-11-01T00:00:00Z";
    std::string note = "";
  };

  void Add(const Spec& spec) {
    const absl::Status status = database_->Write([&](Transaction& transaction) -> absl::Status {
      JobRow job;
      job.name = absl::StrCat("00000000000", count_++);
      job.display_name = spec.display_name;
      job.corpus_name = "0123456789ab";
      job.corpus_file_name = "books.csv";
      job.model = spec.model;
      job.hyperparameters = spec.hyperparameters;
      job.requested_device = "auto";
      job.note = spec.note;
      const int64_t corpus = InsertCorpus(transaction, {.name = "0123456789ab", .sha256 = "a"}).id;
      job.corpus_id = corpus;
      const auto inserted = InsertJob(transaction, job, spec.tags);
      if (!inserted.ok()) return inserted.status();
      SQLite::Statement update(transaction.connection(),
                               "UPDATE jobs SET state = ?, best_evaluation_loss = ?, created_at = "
                               "? WHERE id = ?");
      update.bind(1, v1::JobState_Name(spec.state));
      if (spec.best) update.bind(2, *spec.best);
      absl::Time created;
      std::string error;
      EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, spec.created, &created, &error)) << error;
      update.bind(3, absl::ToUnixMicros(created));
      update.bind(4, inserted->id);
      update.exec();
      return absl::OkStatus();
    });
    ASSERT_TRUE(status.ok()) << status;
  }

  // Display names of the jobs that the filter selects, or the error.
  std::vector<std::string> Chosen(std::string_view filter, std::string_view order_by = "",
                                  std::vector<SqlValue>* last = nullptr) {
    const auto where = CompileJobFilter(filter);
    if (!where.ok()) return {std::string(where.status().message())};
    const auto order = ParseJobOrder(order_by);
    if (!order.ok()) return {std::string(order.status().message())};
    JobQuery query{.where = *where, .order = *order, .after = {}, .limit = 100};
    if (last != nullptr) query.after = *last;
    std::vector<std::string> names;
    const absl::Status read = database_->Read([&](Reader& reader) {
      const auto jobs = ListJobs(reader, query);
      if (!jobs.ok()) return jobs.status();
      for (const ListedJob& job : *jobs) names.push_back(GetJob(reader, job.id)->display_name);
      return absl::OkStatus();
    });
    EXPECT_TRUE(read.ok()) << read;
    return names;
  }

  TemporaryFolder folder_;
  std::unique_ptr<Database> database_ = *Database::Open(folder_.path() / "electrad.db");
  int count_ = 1;
};

TEST_F(JobFilterTest, EachKindOfFieldIsCompared) {
  Add({.display_name = "books one", .state = v1::SUCCEEDED, .best = 10.5});
  Add({.display_name = "Books two", .state = v1::FAILED, .best = 12, .model = "base"});
  Add({.display_name = "책 셋", .best = {}, .created = "2026-11-03T15:00:00Z", .note = "밤"});
  EXPECT_THAT(Chosen("state=SUCCEEDED"), ElementsAre("books one"));
  EXPECT_THAT(Chosen("state=succeeded OR state:FAILED"), ElementsAre("Books two", "books one"));
  EXPECT_THAT(Chosen("state!=QUEUED"), ElementsAre("Books two", "books one"));
  EXPECT_THAT(Chosen("model=base"), ElementsAre("Books two"));
  EXPECT_THAT(Chosen("model=models/base"), ElementsAre("Books two"));
  EXPECT_THAT(Chosen("eval_loss<12"), ElementsAre("books one"));
  EXPECT_THAT(Chosen("eval_loss<=12 AND eval_loss>1.05e1"), ElementsAre("Books two"));
  EXPECT_THAT(Chosen("best_evaluation.combined_loss=12"), ElementsAre("Books two"));
  EXPECT_THAT(Chosen("name:books"), ElementsAre("Books two", "books one"));
  EXPECT_THAT(Chosen("name=\"books one\""), ElementsAre("books one"));
  EXPECT_THAT(Chosen("display_name:책"), ElementsAre("책 셋"));
  EXPECT_THAT(Chosen("id=jobs/000000000003"), ElementsAre("책 셋"));
  EXPECT_THAT(Chosen("created>2026-11-01"), ElementsAre("책 셋"));
  EXPECT_THAT(Chosen("created=2026-11-03"), ElementsAre("책 셋"));
  EXPECT_THAT(Chosen("create_time!=2026-11-03"), ElementsAre("Books two", "books one"));
  EXPECT_THAT(Chosen("created>=2026-11-04T00:00:00+09:00"), ElementsAre("책 셋"));
  EXPECT_THAT(Chosen("created>2026-11-04T00:00:00+09:00"), IsEmpty());
  EXPECT_THAT(Chosen("corpus=corpora/0123456789ab created<2026-11-02 corpus_display_name:BOOK"),
              ElementsAre("Books two", "books one"));
}

TEST_F(JobFilterTest, StarsStandForAnyText) {
  Add({.display_name = "abc"});
  Add({.display_name = "cab"});
  Add({.display_name = "a%c_"});
  EXPECT_THAT(Chosen("name=a*"), ElementsAre("a%c_", "abc"));
  EXPECT_THAT(Chosen("name=\"*b\""), ElementsAre("cab"));
  EXPECT_THAT(Chosen("name=*b*"), ElementsAre("cab", "abc"));
  EXPECT_THAT(Chosen("name!=*b*"), ElementsAre("a%c_"));
  EXPECT_THAT(Chosen("name=*abcd"), IsEmpty());
  // No letter of a value means anything to the database.
  EXPECT_THAT(Chosen("name:%c_"), ElementsAre("a%c_"));
  EXPECT_THAT(Chosen("name=\"' OR 1=1 --\""), IsEmpty());
}

TEST_F(JobFilterTest, WhatAJobLacksIsNeitherEqualNorUnequalAndNotIsTrueOfIt) {
  Add({.display_name = "without"});
  Add({.display_name = "with", .best = 5, .tags = {{"a", "x"}}, .note = "n"});
  EXPECT_THAT(Chosen("eval_loss!=7"), ElementsAre("with"));
  EXPECT_THAT(Chosen("NOT eval_loss<4"), ElementsAre("with", "without"));
  EXPECT_THAT(Chosen("-eval_loss:*"), ElementsAre("without"));
  EXPECT_THAT(Chosen("eval_loss:*"), ElementsAre("with"));
  EXPECT_THAT(Chosen("note:*"), ElementsAre("with"));
  EXPECT_THAT(Chosen("tags.a!=y"), ElementsAre("with"));
  EXPECT_THAT(Chosen("NOT tags.a=x"), ElementsAre("without"));
  EXPECT_THAT(Chosen("NOT (tags.a=x OR NOT note:*)"), IsEmpty());
}

TEST_F(JobFilterTest, TagsAndHyperparametersAreFields) {
  Add({.display_name = "one",
       .tags = {{"sweep", "a b"}, {"team.kr", "서울"}},
       .hyperparameters = R"({"learning_rate": 1e-4, "bf16": true, "mask_unit": "word"})"});
  Add({.display_name = "two",
       .tags = {{"sweep", "c"}},
       .hyperparameters = R"({"learning_rate": 5e-4, "bf16": false, "mask_unit": "token"})"});
  EXPECT_THAT(Chosen("tags.sweep=\"a b\""), ElementsAre("one"));
  EXPECT_THAT(Chosen("tags.sweep:*"), ElementsAre("two", "one"));
  EXPECT_THAT(Chosen("tags:team.kr"), ElementsAre("one"));
  EXPECT_THAT(Chosen("tags.team.kr:서"), ElementsAre("one"));
  EXPECT_THAT(Chosen("tags.sweep=a*"), ElementsAre("one"));
  EXPECT_THAT(Chosen("tags:*"), ElementsAre("two", "one"));
  EXPECT_THAT(Chosen("hyperparameters.learning_rate<2e-4"), ElementsAre("one"));
  EXPECT_THAT(Chosen("hyperparameters.mask_unit=word"), ElementsAre("one"));
  Add({.display_name = "three", .hyperparameters = R"({"bf16": "auto"})"});
  EXPECT_THAT(Chosen("hyperparameters.bf16=true"), ElementsAre("one"));
  EXPECT_THAT(Chosen("hyperparameters.bf16=false"), ElementsAre("two"));
  EXPECT_THAT(Chosen("hyperparameters.bf16=auto"), ElementsAre("three"));
  EXPECT_THAT(Chosen("서울"), ElementsAre("one"));
  EXPECT_THAT(Chosen("TWO"), ElementsAre("two"));
  EXPECT_THAT(Chosen("books.csv"), ElementsAre("three", "two", "one"));
  EXPECT_THAT(Chosen("000000000001"), ElementsAre("one"));
}

TEST_F(JobFilterTest, AWordAloneIsFoundWhateverItsLength) {
  Add({.display_name = "형태소 분석", .tags = {{"city", "서울시"}}, .note = "밤에 \"돌린\" 것"});
  Add({.display_name = "KoELECTRA pages", .note = "학습률을 올림\n둘째 줄"});
  for (const char* word :
       {"형", "형태", "형태소", "서울", "서울시", "돌린", "\"소 분석\"", "-koelectra"}) {
    EXPECT_THAT(Chosen(word), ElementsAre("형태소 분석")) << word;
  }
  for (const char* word : {"학습", "학습률", "koelectra", "PAGES", "ag", "\"올림\n둘째\""}) {
    EXPECT_THAT(Chosen(word), ElementsAre("KoELECTRA pages")) << word;
  }
  EXPECT_THAT(Chosen("'\"돌린\" 것'"), ElementsAre("형태소 분석"));
  EXPECT_THAT(Chosen("city"), ElementsAre("형태소 분석"));  // the key
  EXPECT_THAT(Chosen("cit"), IsEmpty());
  // No letter of a word means anything to the index.
  EXPECT_THAT(Chosen("\"boo*\""), IsEmpty());
  EXPECT_THAT(Chosen("\"text:books\""), IsEmpty());
  EXPECT_THAT(Chosen("\"books OR 서울시\""), IsEmpty());
}

TEST_F(JobFilterTest, AWordAloneIsLookedForInWhatIsWrittenNow) {
  Add({.display_name = "before", .tags = {{"sweep", "first"}}, .note = "noted"});
  ASSERT_TRUE(database_
                  ->Write([](Transaction& transaction) {
                    SetJobLabels(transaction, 1, "after", "", {{"sweep", "second"}});
                    return absl::OkStatus();
                  })
                  .ok());
  for (const char* word : {"before", "first", "noted"}) EXPECT_THAT(Chosen(word), IsEmpty());
  for (const char* word : {"after", "second"}) EXPECT_THAT(Chosen(word), ElementsAre("after"));
  ASSERT_TRUE(database_
                  ->Write([](Transaction& transaction) {
                    DeleteJob(transaction, 1);
                    SQLite::Statement check(
                        transaction.connection(),
                        "INSERT INTO job_text_trigrams (job_text_trigrams) VALUES "
                        "('integrity-check')");
                    check.exec();
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_THAT(Chosen("after"), IsEmpty());
}

TEST_F(JobFilterTest, AFilterEndsWhereItsBudgetIsSpentOrItsClientIsGone) {
  for (int i = 0; i < 100; ++i) Add({.display_name = "a run", .note = "of many"});
  std::string words = "ab";
  for (int i = 0; i < 98; ++i) words += " OR 가";
  const auto where = CompileJobFilter(words);
  ASSERT_TRUE(where.ok()) << where.status();
  const auto list = [&](const ReadBudget& budget) {
    return database_->Read([&](Reader& reader) {
      return ReadWithinBudget(reader, budget, [&] {
        return ListJobs(reader, {.where = *where, .limit = 10}).status();
      });
    });
  };
  const absl::Status spent = list({.steps = 10'000});
  EXPECT_EQ(spent.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(spent.message(), HasSubstr("10000 steps"));
  EXPECT_EQ(list({.time = absl::ZeroDuration()}).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(list({.is_cancelled = [] { return true; }}).code(), absl::StatusCode::kCancelled);
  // The connection serves others as before.
  EXPECT_TRUE(list({}).ok());
  EXPECT_THAT(Chosen("a"), SizeIs(100));
}

TEST_F(JobFilterTest, MistakesAreNamedWithWhatWasMeant) {
  const auto error = [&](std::string_view filter) { return Chosen(filter)[0]; };
  EXPECT_EQ(error("stat=QUEUED"),
            "filter:1:1: there is no field \"stat\": did you mean \"state\"?");
  EXPECT_EQ(error("model=small AND eval_los<1"),
            "filter:1:17: there is no field \"eval_los\": did you mean \"eval_loss\"?");
  EXPECT_THAT(error("zzzzzz=1"), HasSubstr("use one of tags, hyperparameters, state"));
  EXPECT_EQ(error("state=SUCEEDED"),
            "filter:1:7: \"SUCEEDED\" is not a state: did you mean SUCCEEDED?");
  EXPECT_EQ(error("state<FAILED"), "filter:1:1: \"state\" is a state: it takes =, != and \":\"");
  EXPECT_EQ(error("eval_loss<low"), "filter:1:11: \"low\" is not a number");
  EXPECT_EQ(error("eval_loss<nan"), "filter:1:11: \"nan\" is not a number");
  EXPECT_THAT(error("created>yesterday"),
              StartsWith("filter:1:9: \"yesterday\" is not a time such as "));
  EXPECT_THAT(error("created>2026-13-01"), HasSubstr("is not a time"));
  EXPECT_THAT(error("created=9223372036854775807-12-31"), HasSubstr("is not a time"));
  EXPECT_EQ(error("hyperparameters.learning_rat<1"),
            "filter:1:1: there is no hyperparameter \"learning_rat\": did you mean "
            "\"learning_rate\"?");
  EXPECT_THAT(error("tags=x"), HasSubstr("tags.KEY=VALUE"));
  EXPECT_THAT(error("name<b"), HasSubstr("is text"));
}

TEST_F(JobFilterTest, MistakesCarryTheirCodesPlacesAndHints) {
  const Message state = MessageOf(CompileJobFilter("model=a\nstate=SUCEEDED").status());
  EXPECT_EQ(state.code(), "FILTER_UNKNOWN_STATE");
  EXPECT_EQ(state.args().at("value"), "\"SUCEEDED\"");
  EXPECT_EQ(state.Inner("at").code(), "FILTER_PLACE");
  EXPECT_EQ(state.args().at("at.line"), "2");
  EXPECT_EQ(state.args().at("at.column"), "7");
  EXPECT_EQ(state.Inner("hint").code(), "DID_YOU_MEAN");
  EXPECT_EQ(state.args().at("hint.name"), "SUCCEEDED");
  const Message end = MessageOf(CompileJobFilter("state=").status());
  EXPECT_EQ(end.code(), "FILTER_UNEXPECTED");
  EXPECT_EQ(end.Inner("found").code(), "FILTER_END");
  EXPECT_EQ(end.Inner("expected").code(), "FILTER_VALUE");
  const Message order = MessageOf(ParseJobOrder("zzzzzz").status());
  EXPECT_EQ(order.code(), "UNKNOWN_JOB_FIELD");
  EXPECT_EQ(order.Inner("at").code(), "ORDER_BY");
  EXPECT_EQ(order.Inner("hint").code(), "USE_ONE_OF");
}

TEST_F(JobFilterTest, OrdersPutJobsWithoutAValueLastInBothDirections) {
  Add({.display_name = "b", .best = 2});
  Add({.display_name = "a"});
  Add({.display_name = "c", .best = 1});
  Add({.display_name = "d", .best = 2});
  EXPECT_THAT(Chosen("", ""), ElementsAre("d", "c", "a", "b"));
  EXPECT_THAT(Chosen("", "eval_loss"), ElementsAre("c", "d", "b", "a"));
  EXPECT_THAT(Chosen("", "eval_loss desc"), ElementsAre("d", "b", "c", "a"));
  EXPECT_THAT(Chosen("", " eval_loss desc , name asc"), ElementsAre("b", "d", "c", "a"));
  const auto error = [&](std::string_view order_by) { return Chosen("", order_by)[0]; };
  EXPECT_EQ(error("eval_los"),
            "order_by: there is no field \"eval_los\": did you mean \"eval_loss\"?");
  EXPECT_THAT(error("name up"), HasSubstr("\"name up\" is not FIELD, FIELD asc or FIELD desc"));
  EXPECT_THAT(error("name,"), HasSubstr("missing beside a comma"));
  EXPECT_THAT(error("name, display_name"), HasSubstr("named twice"));
  EXPECT_THAT(error(std::string(300, 'a')), HasSubstr("300 bytes"));
}

TEST_F(JobFilterTest, APositionOfAnotherOrderIsRefused) {
  Add({.display_name = "a"});
  JobQuery query{.where = {}, .order = {}, .after = {int64_t{1}, int64_t{2}}, .limit = 1};
  const absl::Status read =
      database_->Read([&](Reader& reader) { return ListJobs(reader, query).status(); });
  EXPECT_EQ(read.code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace electra::server
