// `electra report`, on a terminal and as a page. report_page_test.py checks the page in a browser.
#include <filesystem>
#include <limits>

#include "absl/strings/str_cat.h"
#include "client/views/html_report.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/fake_server.h"
#include "tests/client/golden.h"
#include "tests/client/rig.h"
#include "tests/client/samples.h"
#include "tests/temporary_folder.h"

namespace electra::client {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

v1::Job BooksJob() {
  v1::Job job;
  job.set_name("jobs/7f3a");
  job.set_display_name("책 모음");
  job.set_state(v1::SUCCEEDED);
  job.set_step(120);
  job.set_total_steps(120);
  job.set_model("models/small");
  v1::Evaluation* first = job.mutable_first_evaluation();
  first->set_combined_loss(30.635);
  first->set_generator_loss(9.203);
  first->set_discriminator_loss(0.429);
  *job.mutable_last_evaluation() = *first;
  job.mutable_last_evaluation()->set_step(120);
  job.mutable_last_evaluation()->set_combined_loss(12.5);
  job.mutable_last_evaluation()->set_discriminator_f1(0.209);
  return job;
}

void Confuse(const char* token, int count, int fakes, int missed, int suspected,
             v1::TokenConfusion* confusion) {
  confusion->set_token(token);
  confusion->set_count(count);
  confusion->set_fake_count(fakes);
  confusion->set_missed_count(missed);
  confusion->set_suspected_count(suspected);
}

v1::Confusions BookConfusions() {
  v1::Confusions confusions;
  confusions.set_sample_count(1200);
  confusions.set_first_step(10);
  confusions.set_last_step(120);
  confusions.set_token_count(36000);
  confusions.set_fake_count(4100);
  confusions.set_caught_count(1722);
  confusions.set_suspected_count(950);
  Confuse("##을", 1530, 210, 160, 12, confusions.add_faked());
  Confuse("데이터", 820, 96, 40, 3, confusions.add_faked());
  v1::FakeConfusion* missed = confusions.add_missed();
  missed->set_original("##을");
  missed->set_fake("##를");
  missed->set_fake_count(130);
  missed->set_missed_count(121);
  Confuse("안드로이드", 310, 10, 4, 75, confusions.add_suspected());
  return confusions;
}

v1::Confusions HeldOutConfusions() {
  v1::Confusions confusions;
  confusions.set_sample_count(44);
  confusions.set_first_step(120);
  confusions.set_last_step(120);
  confusions.set_token_count(1320);
  confusions.set_masked_count(211);
  confusions.set_fake_count(190);
  confusions.set_caught_count(70);
  confusions.set_suspected_count(31);
  Confuse("##과", 40, 12, 9, 1, confusions.add_faked());
  v1::FakeConfusion* missed = confusions.add_missed();
  missed->set_original("##과");
  missed->set_fake("##와");
  missed->set_fake_count(8);
  missed->set_missed_count(8);
  Confuse("블록체인", 6, 1, 0, 4, confusions.add_suspected());
  return confusions;
}

class ReportTest : public ::testing::Test {
 protected:
  ReportTest() {
    rig_.server = server_.address();
    server_.jobs.job = BooksJob();
    server_.history.confusions = BookConfusions();
    server_.history.of_evaluation = HeldOutConfusions();
  }

  FakeServer server_;
  ClientRig rig_;
  TemporaryFolder folder_;
};

TEST_F(ReportTest, LooksAsPeopleFoundGood) {
  for (const char* language : {"ko", "en"}) {
    for (int width : {60, 80, 140}) {
      ClientRig rig;
      rig.server = server_.address();
      rig.UseTerminal(width);
      ASSERT_EQ(rig.Run({"report", "7f3a", "--lang", language}), ExitCode::kDone) << rig.err.str();
      ExpectFits(rig.out.str(), width);
      if (width != 80) continue;
      ExpectGolden(absl::StrCat("report_", language, "_80.txt"), rig.out.str());
    }
  }
}

TEST_F(ReportTest, AsksForTheStepsAndRowsThatItWasTold) {
  EXPECT_EQ(rig_.Run({"report", "7f3a", "--from", "5", "--to", "9", "--limit", "3"}),
            ExitCode::kDone);
  ASSERT_EQ(server_.history.confusion_requests.size(), 1u);
  const v1::GetConfusionsRequest& request = server_.history.confusion_requests[0];
  EXPECT_EQ(request.name(), "jobs/7f3a");
  EXPECT_EQ(request.first_step(), 5);
  EXPECT_EQ(request.last_step(), 9);
  EXPECT_EQ(request.limit(), 3);
  EXPECT_EQ(request.source(), v1::CONFUSION_SOURCE_SAMPLES);
}

TEST_F(ReportTest, CountsOverWhatItWasTold) {
  const auto asked = [&](std::vector<std::string> arguments) {
    server_.history.confusion_requests.clear();
    ClientRig rig;
    rig.server = server_.address();
    arguments.insert(arguments.begin(), {"report", "7f3a", "--lang", "en"});
    EXPECT_EQ(rig.Run(arguments), ExitCode::kDone) << rig.err.str();
    std::vector<v1::ConfusionSource> sources;
    for (const auto& request : server_.history.confusion_requests) {
      sources.push_back(request.source());
    }
    return sources;
  };
  using ::testing::ElementsAre;
  EXPECT_THAT(asked({}),
              ElementsAre(v1::CONFUSION_SOURCE_LAST_EVALUATION, v1::CONFUSION_SOURCE_SAMPLES));
  EXPECT_THAT(asked({"--source", "evaluation"}), ElementsAre(v1::CONFUSION_SOURCE_LAST_EVALUATION));
  EXPECT_THAT(asked({"--source", "best"}), ElementsAre(v1::CONFUSION_SOURCE_BEST_EVALUATION));
  EXPECT_THAT(asked({"--source", "samples"}), ElementsAre(v1::CONFUSION_SOURCE_SAMPLES));
}

TEST_F(ReportTest, AJobOfAnOlderVersionHasItsSamples) {
  server_.history.of_evaluation = {};
  EXPECT_EQ(rig_.Run({"report", "7f3a", "--lang", "en"}), ExitCode::kDone);
  EXPECT_THAT(rig_.out.str(),
              AllOf(HasSubstr("1,200 samples of training batches"), Not(HasSubstr("Evaluation"))));
  ClientRig rig;
  rig.server = server_.address();
  EXPECT_EQ(rig.Run({"report", "7f3a", "--lang", "en", "--source", "best"}), ExitCode::kDone);
  EXPECT_THAT(rig.out.str(), HasSubstr("No evaluation of this job has counts"));
}

TEST_F(ReportTest, SaysThatThereAreNoSamples) {
  server_.history.confusions = {};
  server_.history.of_evaluation = {};
  EXPECT_EQ(rig_.Run({"report", "7f3a", "--lang", "en"}), ExitCode::kDone);
  EXPECT_THAT(rig_.out.str(), HasSubstr("No samples are recorded"));
}

TEST_F(ReportTest, ProgramsGetTheCounts) {
  EXPECT_EQ(rig_.Run({"report", "7f3a", "--json"}), ExitCode::kDone);
  EXPECT_THAT(rig_.out.str(),
              AllOf(HasSubstr("\"fake_count\":4100"), HasSubstr("\"token\":\"안드로이드\"")));
}

TEST_F(ReportTest, APageIsNotWrittenOverWithoutForce) {
  const std::string path = (folder_.path() / "run.html").string();
  EXPECT_EQ(rig_.Run({"report", "7f3a", "--html", path}), ExitCode::kDone) << rig_.err.str();
  const auto size = std::filesystem::file_size(path);
  EXPECT_GT(size, 1000u);
  EXPECT_EQ(rig_.Run({"report", "7f3a", "--html", path}), ExitCode::kUsage);
  EXPECT_THAT(rig_.err.str(), HasSubstr("already exists"));
  EXPECT_EQ(rig_.Run({"report", "7f3a", "--html", path, "--force"}), ExitCode::kDone);
  // No unfinished file stays next to it.
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 1);
}

TEST(HtmlReport, TextOfACorpusIsNeverMarkup) {
  v1::Job job = BooksJob();
  job.set_display_name("</title><script>alert(1)</script>");
  HtmlReport report(job, Language::kEnglish);
  v1::Sample sample = AppSample();
  sample.mutable_tokens(3)->set_text("</script><img src=x onerror=alert(2)>");
  sample.mutable_tokens(6)->set_fake("<!--<script>@STYLE@");
  report.Add(sample);
  const std::string page = report.Render();
  EXPECT_THAT(page,
              AllOf(Not(HasSubstr("<script>alert")), Not(HasSubstr("<img")), Not(HasSubstr("<!--")),
                    HasSubstr("\\u003c/script\\u003e"), HasSubstr("&lt;/title&gt;")));
  // Placeholders of the page's template are plain in a text.
  EXPECT_THAT(page, HasSubstr("\\u003c!--\\u003cscript\\u003e@STYLE@"));
}

TEST(HtmlReport, KeepsEvenlySpreadSamplesWhereThereAreTooMany) {
  HtmlReport report(BooksJob(), Language::kEnglish);
  v1::Sample sample = AppSample();
  const int steps = 2 * static_cast<int>(HtmlReport::kMostSamples) + 7;
  for (int step = 1; step <= steps; ++step) {
    sample.set_step(step);
    report.Add(sample);
  }
  const std::string page = report.Render();
  EXPECT_THAT(page, HasSubstr(absl::StrCat("\"recorded_samples\":", steps)));
  size_t kept = 0;
  for (size_t at = page.find("\"parts\":"); at != std::string::npos;
       at = page.find("\"parts\":", at + 1)) {
    ++kept;
  }
  EXPECT_LE(kept, HtmlReport::kMostSamples);
  EXPECT_GT(kept, HtmlReport::kMostSamples / 4);
}

TEST(HtmlReport, NumbersThatAreNoneDoNotBreakIt) {
  HtmlReport report(BooksJob(), Language::kEnglish);
  v1::StepMetrics step;
  step.set_step(1);
  step.set_combined_loss(std::numeric_limits<double>::quiet_NaN());
  report.Add(step);
  v1::Evaluation evaluation;
  evaluation.set_combined_loss(std::numeric_limits<double>::infinity());
  report.Add(evaluation);
  EXPECT_THAT(report.Render(), AllOf(HasSubstr("\"combined_loss\":[]"), HasSubstr("[0,null,")));
}

}  // namespace
}  // namespace electra::client
