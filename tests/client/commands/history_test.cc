// Commands about past runs: lists, curves, samples, comparisons, labels, deletion.
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/views/sample_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/client/fake_server.h"
#include "tests/client/golden.h"
#include "tests/client/rig.h"
#include "tests/client/samples.h"

namespace electra::client {
namespace {

using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

v1::Evaluation Evaluation(int64_t step, double loss) {
  v1::Evaluation evaluation;
  evaluation.set_step(step);
  evaluation.set_combined_loss(loss);
  evaluation.set_generator_loss(loss / 4);
  evaluation.set_discriminator_loss(loss / 60);
  evaluation.set_generator_accuracy(3 / loss);
  evaluation.set_discriminator_accuracy(1 - loss / 100);
  evaluation.set_discriminator_precision(5 / loss);
  evaluation.set_discriminator_recall(2 / loss);
  evaluation.set_discriminator_f1(2.9 / loss);
  return evaluation;
}

// Losses that fall from 30 by `rate`, with one spike.
std::vector<v1::StepMetrics> Falling(double rate) {
  std::vector<v1::StepMetrics> steps;
  for (int i = 1; i <= 300; ++i) {
    v1::StepMetrics& step = steps.emplace_back();
    step.set_step(i);
    step.set_combined_loss(8 + 22 * std::exp(-rate * i) + (i == 150 ? 6 : 0));
    step.set_generator_loss(2 + 7 * std::exp(-rate * i));
    step.set_discriminator_loss(0.12 + 0.3 * std::exp(-rate * i));
    step.set_generator_accuracy(0.5 - 0.5 * std::exp(-rate * i));
    step.set_discriminator_accuracy(0.9 + 0.0002 * i);
    step.set_discriminator_precision(0.8 - 0.8 * std::exp(-rate * i));
    step.set_discriminator_recall(0.6 - 0.6 * std::exp(-rate * i));
  }
  return steps;
}

class HistoryTest : public ::testing::Test {
 protected:
  HistoryTest() {
    rig_.server = server_.address();
    v1::Job books = Job("7f3a51c0d2e4", "책 모음", v1::SUCCEEDED, 125);
    books.set_vocabulary_source(v1::Job::VOCABULARY_SOURCE_CORPUS);
    books.set_corpus_display_name("전산학 책.csv");
    books.set_note("낱말 단위로 가린다");
    (*books.mutable_tags())["sweep"] = "lr";
    (*books.mutable_tags())["owner"] = "김 연구원";
    *books.mutable_first_evaluation() = Evaluation(0, 31.5);
    *books.mutable_last_evaluation() = Evaluation(300, 9.25);
    *books.mutable_best_evaluation() = Evaluation(250, 9.125);
    v1::Job whole = Job("51c07f3a0b1d", "whole words, second try", v1::RUNNING, 5);
    whole.set_corpus_display_name("books.csv");
    whole.set_model("models/koelectra-small");
    (*whole.mutable_tags())["sweep"] = "lr";
    (*whole.mutable_hyperparameters()->mutable_fields())["learning_rate"].set_number_value(1e-4);
    (*whole.mutable_hyperparameters()->mutable_fields())["mask_unit"].set_string_value("word");
    *whole.mutable_first_evaluation() = Evaluation(0, 31.5);
    *whole.mutable_last_evaluation() = Evaluation(250, 8.5);
    *whole.mutable_best_evaluation() = Evaluation(250, 8.5);
    v1::Job queued = Job("0a0a0a0a0a0a", "", v1::QUEUED, 0);
    queued.set_step(0);
    queued.set_total_steps(0);
    queued.clear_start_time();
    server_.jobs.jobs = {queued, whole, books};
    for (const v1::Job& job : server_.jobs.jobs) server_.jobs.by_name[job.name()] = job;
    server_.history.steps_of = {{books.name(), Falling(0.02)}, {whole.name(), Falling(0.04)}};
    server_.history.steps = Falling(0.02);
    server_.history.steps.resize(4);
    v1::Sample first = SampleWithEveryVerdict();
    first.set_probe(1);
    first.set_step(200);
    v1::Sample last = first;
    last.set_step(300);
    last.mutable_tokens(2)->set_predicted_fake(true);
    server_.history.samples_of = {{books.name(), {AppSample(), first, AppSample(), last}},
                                  {whole.name(), {first}}};
  }

  v1::Job Job(const std::string& id, const std::string& name, v1::JobState state,
              int64_t minutes_ago) {
    v1::Job job;
    job.set_name("jobs/" + id);
    job.set_display_name(name);
    job.set_state(state);
    job.set_step(300);
    job.set_total_steps(300);
    job.set_model("models/small");
    job.set_corpus("corpora/c1");
    job.set_probe_count(1);
    const int64_t created = absl::ToUnixSeconds(rig_.now) - 60 * minutes_ago;
    job.mutable_create_time()->set_seconds(created);
    job.mutable_start_time()->set_seconds(created + 10);
    if (state == v1::SUCCEEDED) job.mutable_end_time()->set_seconds(created + 3733);
    auto& fields = *job.mutable_hyperparameters()->mutable_fields();
    fields["learning_rate"].set_number_value(5e-4);
    fields["mask_unit"].set_string_value("token");
    fields["sample_every"].set_number_value(100);
    return job;
  }

  // The arguments' view in both languages; it fits at each width.
  void ExpectGoldenViews(const std::string& name, const std::vector<std::string>& arguments) {
    for (const char* language : {"ko", "en"}) {
      for (int width : {60, 80, 140}) {
        rig_.out.str("");
        rig_.UseTerminal(width);
        std::vector<std::string> all = arguments;
        all.insert(all.end(), {"--lang", language});
        EXPECT_EQ(rig_.Run(all), ExitCode::kDone) << rig_.err.str();
        ExpectFits(rig_.out.str(), width);
        if (width != 80) continue;
        ExpectGolden(absl::StrCat(name, "_", language, "_80.txt"), rig_.out.str());
      }
    }
  }

  FakeServer server_;
  ClientRig rig_;
};

TEST_F(HistoryTest, ViewsAreAsTheyWereFoundGood) {
  ExpectGoldenViews("history", {"history"});
  ExpectGoldenViews("metrics", {"metrics", "7f"});
  ExpectGoldenViews("samples_missed", {"samples", "51c07f3a0b1d", "--missed"});
  ExpectGoldenViews("compare", {"compare", "7f3a51c0d2e4", "51c07f3a0b1d"});
  ExpectGoldenViews("metrics_plot", {"metrics", "7f3a51c0d2e4", "--plot"});
  ExpectGoldenViews("job_history", {"job", "show", "7f3a51c0d2e4"});
}

TEST_F(HistoryTest, WithColoursCurvesShareAPicture) {
  rig_.UseTerminal(80);
  rig_.environment.out.color = ColorMode::kOn;
  EXPECT_EQ(rig_.Run({"metrics", "7f3a51c0d2e4", "--plot", "--lang", "en"}), ExitCode::kDone);
  ExpectGolden("metrics_plot_color_en_80.txt", rig_.out.str());
  rig_.out.str("");
  EXPECT_EQ(rig_.Run({"compare", "7f3a51c0d2e4", "51c07f3a0b1d", "--lang", "en"}), ExitCode::kDone);
  ExpectGolden("compare_color_en_80.txt", rig_.out.str());
}

TEST_F(HistoryTest, TheServerFiltersSortsAndPages) {
  for (int i = 0; i < 400; ++i) {
    server_.jobs.jobs.push_back(Job(absl::StrCat("x", i), "", v1::FAILED, 1));
  }
  EXPECT_EQ(rig_.Run({"history", "--filter", "state=FAILED", "--sort", "eval_loss desc", "--limit",
                      "250"}),
            ExitCode::kDone);
  EXPECT_EQ(CountLines(rig_.out.str()), 250u);
  ASSERT_EQ(server_.jobs.list_requests.size(), 2u);
  EXPECT_EQ(server_.jobs.list_requests[1].filter(), "state=FAILED");
  EXPECT_EQ(server_.jobs.list_requests[1].order_by(), "eval_loss desc");
  EXPECT_EQ(server_.jobs.list_requests[1].page_token(), "200");
  EXPECT_THAT(rig_.out.str(),
              HasSubstr("7f3a51c0d2e4\t책 모음\tSUCCEEDED\tsmall\t전산학 책.csv\t300/300\t9.125\t"
                        "3723\t2026-11-25T09:55:00Z\towner=\"김 연구원\" sweep=lr\n"));
  EXPECT_THAT(rig_.out.str(), HasSubstr("0a0a0a0a0a0a\t\tQUEUED\tsmall\tc1\t\t\t\t2026-"));
  EXPECT_EQ(rig_.Run({"history", "--filter", "\xff"}), ExitCode::kUsage);
  EXPECT_THAT(rig_.err.str(), HasSubstr("--filter: not UTF-8"));
}

TEST_F(HistoryTest, MetricsAreDownsampledByTheServer) {
  EXPECT_EQ(rig_.Run({"metrics", "7f", "--downsample", "100", "--json"}), ExitCode::kDone);
  EXPECT_EQ(rig_.Run({"metrics", "7f", "--plot", "--from", "5"}), ExitCode::kDone);
  ASSERT_EQ(server_.history.metrics_requests.size(), 2u);
  EXPECT_EQ(server_.history.metrics_requests[0].max_points(), 100);
  EXPECT_EQ(server_.history.metrics_requests[1].max_points(), 400);
  EXPECT_EQ(server_.history.metrics_requests[1].first_step(), 5);
  EXPECT_EQ(rig_.Run({"metrics", "7f", "--downsample", "3"}), ExitCode::kUsage);
}

TEST_F(HistoryTest, WhatIsNotDefinedIsADashAndNull) {
  v1::StepMetrics& step = server_.history.steps.front();
  step.clear_discriminator_precision();
  step.clear_discriminator_recall();
  server_.history.steps[1].set_discriminator_recall(0);
  EXPECT_EQ(rig_.Run({"metrics", "7f", "--to", "2"}), ExitCode::kDone);
  EXPECT_THAT(rig_.out.str(), HasSubstr("\t0.9002\t-\t-\t"));
  EXPECT_THAT(rig_.out.str(), Not(HasSubstr("nan")));
  rig_.out.str("");
  EXPECT_EQ(rig_.Run({"metrics", "7f", "--json"}), ExitCode::kDone);
  const std::vector<std::string> lines = absl::StrSplit(rig_.out.str(), '\n');
  const auto first = nlohmann::json::parse(lines[0]);
  EXPECT_TRUE(first.at("discriminator_precision").is_null());
  EXPECT_TRUE(first.at("discriminator_recall").is_null());
  EXPECT_EQ(first.at("step"), 1);
  EXPECT_EQ(nlohmann::json::parse(lines[1]).at("discriminator_recall"), 0.0);
  rig_.out.str("");
  // Also inside another message, and without an evaluation.
  server_.jobs.job.mutable_last_evaluation()->set_step(3);
  EXPECT_EQ(rig_.Run({"job", "show", "7f", "--json"}), ExitCode::kDone);
  const auto job = nlohmann::json::parse(rig_.out.str());
  EXPECT_TRUE(job.at("last_evaluation").at("discriminator_f1").is_null());
  rig_.out.str("");
  EXPECT_EQ(rig_.Run({"metrics", "7f", "--plot"}), ExitCode::kDone);
  EXPECT_THAT(rig_.out.str(), Not(HasSubstr("nan")));
}

TEST_F(HistoryTest, ARunWithoutFakesIsComparedByWhatItHas) {
  v1::Job& books = server_.jobs.by_name["jobs/7f3a51c0d2e4"];
  books.mutable_last_evaluation()->clear_discriminator_precision();
  books.mutable_last_evaluation()->clear_discriminator_recall();
  books.mutable_last_evaluation()->clear_discriminator_f1();
  EXPECT_EQ(rig_.Run({"compare", "7f3a51c0d2e4", "51c07f3a0b1d"}), ExitCode::kDone);
  EXPECT_THAT(rig_.out.str(), ContainsRegex("\nF1 +- +0\\.341\n"));
}

TEST_F(HistoryTest, SamplesAreChosenByStepsAndVerdict) {
  EXPECT_EQ(rig_.Run({"samples", "7f", "--step", "3..9", "--suspected"}), ExitCode::kDone);
  EXPECT_EQ(rig_.Run({"samples", "7f", "--step", "..9"}), ExitCode::kDone);
  EXPECT_EQ(rig_.Run({"samples", "7f", "--step", "3.."}), ExitCode::kDone);
  const auto& requests = server_.history.sample_requests;
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_EQ(requests[0].first_step(), 3);
  EXPECT_EQ(requests[0].last_step(), 9);
  EXPECT_TRUE(requests[0].suspected_only());
  EXPECT_FALSE(requests[0].missed_only());
  EXPECT_EQ(requests[1].first_step(), 0);
  EXPECT_EQ(requests[2].last_step(), 0);
  for (const char* one : {"0", "..0", "0..0", "7", "7..7"}) {
    EXPECT_EQ(rig_.Run({"samples", "7f", "--step", one}), ExitCode::kDone) << one;
    EXPECT_EQ(requests.back().step(), std::string(one).back() - '0');
    EXPECT_TRUE(requests.back().has_step());
    EXPECT_EQ(requests.back().first_step() + requests.back().last_step(), 0);
  }
  ASSERT_EQ(requests.size(), 8u);
  EXPECT_FALSE(requests[0].has_step());
  for (const char* wrong : {"9..3", "..", "a", "1..b", "-1..3", ""}) {
    EXPECT_EQ(rig_.Run({"samples", "7f", "--step", wrong}), ExitCode::kUsage) << wrong;
  }
  EXPECT_EQ(rig_.Run({"samples", "7f", "--missed", "--suspected"}), ExitCode::kUsage);
  EXPECT_EQ(requests.size(), 8u);
  rig_.err.str("");
  EXPECT_EQ(rig_.Run({"samples", "7f", "--step", "9..3", "--lang", "ko"}), ExitCode::kUsage);
  EXPECT_THAT(rig_.err.str(), HasSubstr("--step: '9..3'은(는) 끝이 시작보다 앞에 있습니다"));
}

TEST_F(HistoryTest, OnlyRowsThatWereAskedForAreInTheTable) {
  const std::string missed = RenderSample(SampleWithEveryVerdict(), {.rows = SampleRows::kMissed});
  EXPECT_THAT(missed, HasSubstr("| fake |  -   |  X\n"));
  EXPECT_THAT(missed, Not(HasSubstr("| fake | fake |")));
  EXPECT_THAT(missed, Not(HasSubstr("|  -   | fake |")));
  const std::string suspected =
      RenderSample(SampleWithEveryVerdict(), {.rows = SampleRows::kSuspected});
  EXPECT_THAT(suspected, HasSubstr("|  -   | fake |  X\n"));
  EXPECT_THAT(suspected, Not(HasSubstr("| fake |  -   |")));
  EXPECT_THAT(suspected, Not(HasSubstr("| fake | fake |")));
}

TEST_F(HistoryTest, AGroupIsComparedByAFilter) {
  server_.jobs.jobs.erase(server_.jobs.jobs.begin());
  EXPECT_EQ(rig_.Run({"compare", "--filter", "tags.sweep=\"lr\"", "--json"}), ExitCode::kDone);
  EXPECT_EQ(server_.jobs.list_requests[0].filter(), "tags.sweep=\"lr\"");
  const nlohmann::json json = nlohmann::json::parse(rig_.out.str(), nullptr, false);
  EXPECT_EQ(json["differing"]["learning_rate"], (std::vector<std::string>{"0.0001", "0.0005"}));
  EXPECT_EQ(json["differing"].size(), 4u);  // and model, corpus, mask_unit
  ASSERT_EQ(json["runs"].size(), 2u);
  EXPECT_EQ(json["runs"][1]["job"]["name"], "jobs/7f3a51c0d2e4");
  EXPECT_EQ(json["runs"][1]["steps"].size(), 300u);
  ASSERT_EQ(json["runs"][1]["probes"].size(), 1u);  // of the last sampled step alone
  EXPECT_EQ(json["runs"][1]["probes"][0]["step"], 300);
  EXPECT_EQ(server_.history.sample_requests[1].first_step(), 200);
}

TEST_F(HistoryTest, OneRunOrTooManyAreNoComparison) {
  EXPECT_EQ(rig_.Run({"compare", "7f3a51c0d2e4"}), ExitCode::kUsage);
  EXPECT_THAT(rig_.err.str(), HasSubstr("compare takes 2 to 12 jobs, not 1"));
  EXPECT_EQ(rig_.Run({"compare"}), ExitCode::kUsage);
  for (int i = 0; i < 13; ++i) server_.jobs.jobs.push_back(Job("a", "", v1::FAILED, 1));
  EXPECT_EQ(rig_.Run({"compare", "--filter", "name:a"}), ExitCode::kUsage);
  EXPECT_THAT(rig_.err.str(), HasSubstr("more than 12 jobs"));
}

TEST_F(HistoryTest, TagsAreSetAndRemovedOneByOne) {
  EXPECT_EQ(rig_.Run({"job", "tag", "7f", "a=1", "b=x=y z", "c-", "d=", "--lang", "en"}),
            ExitCode::kDone);
  ASSERT_EQ(server_.jobs.updates.size(), 1u);
  const v1::UpdateJobRequest& update = server_.jobs.updates[0];
  EXPECT_EQ(update.job().name(), "jobs/7f");
  EXPECT_THAT(update.update_mask().paths(), ElementsAre("tags.a", "tags.b", "tags.c", "tags.d"));
  EXPECT_EQ(update.job().tags().at("b"), "x=y z");
  EXPECT_EQ(update.job().tags().count("c"), 0u);
  EXPECT_EQ(rig_.out.str(), "jobs/7f has the tags a=1 b=\"x=y z\" d=\"\"\n");
  for (const char* wrong : {"a", "=1", "-", ""}) {
    EXPECT_EQ(rig_.Run({"job", "tag", "7f", wrong}), ExitCode::kUsage) << wrong;
  }
  EXPECT_EQ(rig_.Run({"job", "tag", "7f", "a=1", "a-"}), ExitCode::kUsage);
  EXPECT_EQ(server_.jobs.updates.size(), 1u);
  rig_.out.str("");
  server_.jobs.job.set_name("jobs/7f");
  EXPECT_EQ(rig_.Run({"job", "tag", "7f", "--lang", "ko"}), ExitCode::kDone);  // shows them
  EXPECT_EQ(rig_.out.str(), "jobs/7f 태그가 없습니다.\n");
}

TEST_F(HistoryTest, NotesAndNamesAreWritten) {
  EXPECT_EQ(rig_.Run({"job", "note", "7f", "왜 이렇게 했는지", "--lang", "ko"}), ExitCode::kDone);
  EXPECT_EQ(rig_.Run({"job", "note", "7f", "", "--lang", "en"}), ExitCode::kDone);
  EXPECT_EQ(rig_.Run({"job", "rename", "7f", "새 \"이름\"", "--lang", "en"}), ExitCode::kDone);
  EXPECT_EQ(rig_.Run({"job", "note", "7f3a51c0d2e4"}), ExitCode::kDone);
  EXPECT_EQ(rig_.out.str(),
            "jobs/7f 메모를 남겼습니다.\n"
            "jobs/7f no longer has a note.\n"
            "jobs/7f is named \"새 \"이름\"\".\n"
            "낱말 단위로 가린다\n");
  ASSERT_EQ(server_.jobs.updates.size(), 3u);
  EXPECT_THAT(server_.jobs.updates[0].update_mask().paths(), ElementsAre("note"));
  EXPECT_THAT(server_.jobs.updates[2].update_mask().paths(), ElementsAre("display_name"));
}

TEST_F(HistoryTest, ANoteIsEditedAsItWasSeen) {
  server_.jobs.by_name["jobs/7f3a51c0d2e4"].set_etag("W/\"1\"");
  rig_.edit = "둘째 줄까지\n쓴 메모";
  EXPECT_EQ(rig_.Run({"job", "note", "7f3a51c0d2e4", "--edit", "--lang", "ko"}), ExitCode::kDone);
  EXPECT_THAT(rig_.edited, ElementsAre("낱말 단위로 가린다"));
  ASSERT_EQ(server_.jobs.updates.size(), 1u);
  EXPECT_EQ(server_.jobs.updates[0].job().note(), rig_.edit);
  EXPECT_EQ(server_.jobs.updates[0].job().etag(), "W/\"1\"");
  // An unchanged note is not written.
  rig_.edit = "낱말 단위로 가린다";
  EXPECT_EQ(rig_.Run({"job", "note", "7f3a51c0d2e4", "--edit", "--lang", "en"}), ExitCode::kDone);
  EXPECT_EQ(server_.jobs.updates.size(), 1u);
  EXPECT_THAT(rig_.out.str(), HasSubstr("The note is unchanged.\n"));
  EXPECT_EQ(rig_.Run({"job", "note", "7f", "text", "--edit"}), ExitCode::kUsage);
}

TEST_F(HistoryTest, AnEtagGoesWithEachChange) {
  EXPECT_EQ(rig_.Run({"job", "note", "7f", "a", "--etag", "W/\"2\""}), ExitCode::kDone);
  EXPECT_EQ(rig_.Run({"job", "tag", "7f", "a=b", "--etag", "W/\"2\""}), ExitCode::kDone);
  EXPECT_EQ(rig_.Run({"job", "rename", "7f", "a", "--etag", "W/\"2\""}), ExitCode::kDone);
  ASSERT_EQ(server_.jobs.updates.size(), 3u);
  for (const auto& update : server_.jobs.updates) EXPECT_EQ(update.job().etag(), "W/\"2\"");
  server_.jobs.by_name["jobs/7f3a51c0d2e4"].set_etag("W/\"1\"");
  // Only the job as it was in the question may go; with --yes, in any state.
  rig_.answer = "y";
  EXPECT_EQ(rig_.Run({"job", "delete", "7f3a51c0d2e4"}), ExitCode::kDone);
  EXPECT_EQ(rig_.Run({"job", "delete", "7f3a51c0d2e4", "--yes"}), ExitCode::kDone);
  EXPECT_EQ(rig_.Run({"job", "delete", "7f3a51c0d2e4", "--yes", "--etag", "W/\"2\""}),
            ExitCode::kDone);
  EXPECT_THAT(server_.jobs.delete_etags, ElementsAre("W/\"1\"", "", "W/\"2\""));
}

TEST_F(HistoryTest, DeletingAsksFirst) {
  EXPECT_EQ(rig_.Run({"job", "delete", "jobs/7f3a51c0d2e4"}), ExitCode::kUsage);  // nobody there
  EXPECT_THAT(rig_.err.str(), HasSubstr("Use --yes"));
  for (const char* no : {"", "n", "nein", "yy"}) {
    rig_.answer = no;
    EXPECT_EQ(rig_.Run({"job", "delete", "jobs/7f3a51c0d2e4", "--lang", "en"}), ExitCode::kDone);
  }
  EXPECT_THAT(server_.jobs.deleted, IsEmpty());
  EXPECT_EQ(rig_.questions.back(),
            "Delete jobs/7f3a51c0d2e4 \"책 모음\" (succeeded) with its history and checkpoints? "
            "[y/N] ");
  EXPECT_THAT(rig_.out.str(), HasSubstr("jobs/7f3a51c0d2e4 was not deleted.\n"));
  rig_.out.str("");
  rig_.answer = " Y ";
  EXPECT_EQ(rig_.Run({"job", "delete", "jobs/7f3a51c0d2e4", "--lang", "en"}), ExitCode::kDone);
  EXPECT_EQ(rig_.out.str(), "jobs/7f3a51c0d2e4 is deleted.\n");
  EXPECT_THAT(server_.jobs.deleted, ElementsAre("jobs/7f3a51c0d2e4"));
}

TEST_F(HistoryTest, WithYesNobodyIsAsked) {
  EXPECT_EQ(rig_.Run({"job", "delete", "--yes", "7f3a51c0d2e4", "51c07f3a0b1d", "--json"}),
            ExitCode::kDone);
  EXPECT_THAT(rig_.questions, IsEmpty());
  EXPECT_THAT(server_.jobs.deleted, ElementsAre("jobs/7f3a51c0d2e4", "jobs/51c07f3a0b1d"));
  EXPECT_EQ(rig_.out.str(),
            "{\"deleted\":\"jobs/7f3a51c0d2e4\"}\n{\"deleted\":\"jobs/51c07f3a0b1d\"}\n");
}

TEST_F(HistoryTest, HistoryCannotSendEscapeSequences) {
  v1::Job evil = Job("7f3a51c0d2e4", "\x1b[2J", v1::SUCCEEDED, 1);
  evil.set_note("\x1b[2J");
  evil.set_corpus_display_name("\x1b[2J");
  evil.set_model("models/\x1b[2J");
  (*evil.mutable_tags())["k"] = "\x1b[2J";
  (*evil.mutable_hyperparameters()->mutable_fields())["\x1b[2J"].set_string_value("\x1b[2J");
  server_.jobs.jobs = {evil};
  server_.jobs.by_name[evil.name()] = evil;
  rig_.answer = "n";
  for (bool terminal : {false, true}) {
    if (terminal) rig_.UseTerminal(100);
    for (const auto& arguments :
         std::vector<std::vector<std::string>>{{"history"},
                                               {"job", "show", "7f3a51c0d2e4"},
                                               {"compare", "7f3a51c0d2e4", "51c07f3a0b1d"},
                                               {"job", "tag", "7f3a51c0d2e4"},
                                               {"job", "note", "7f3a51c0d2e4"},
                                               {"job", "rename", "7f3a51c0d2e4", "\x1b[2J"},
                                               {"job", "delete", "7f3a51c0d2e4"}}) {
      EXPECT_EQ(rig_.Run(arguments), ExitCode::kDone) << arguments[0];
    }
  }
  for (const std::string& question : rig_.questions) EXPECT_THAT(question, Not(HasSubstr("\x1b")));
  EXPECT_THAT(rig_.out.str(), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace electra::client
