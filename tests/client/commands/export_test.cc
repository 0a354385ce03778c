// `electra export`. That other tools read the files is shown by tests/integration/report_test.py.
#include <fstream>
#include <limits>

#include "absl/strings/str_cat.h"
#include "client/export/crc32c.h"
#include "client/export/table.h"
#include "client/files/output_place.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/fake_server.h"
#include "tests/client/rig.h"
#include "tests/client/samples.h"
#include "tests/temporary_folder.h"

namespace electra::client {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class ExportTest : public ::testing::Test {
 protected:
  ExportTest() {
    rig_.server = server_.address();
    server_.jobs.job.set_name("jobs/7f3a");
    server_.jobs.job.set_step(2);
    for (int step : {1, 2}) {
      v1::StepMetrics metrics;
      metrics.set_step(step);
      metrics.set_combined_loss(2.5 / step);
      server_.history.steps.push_back(metrics);
    }
    server_.history.samples = {AppSample()};
  }

  ExitCode Export(const std::string& format, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"export", "7f3a", "--format", format, Out().string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return rig_.Run(arguments);
  }

  std::filesystem::path Out() const { return folder_.path() / "out"; }

  FakeServer server_;
  ClientRig rig_;
  TemporaryFolder folder_;
};

TEST_F(ExportTest, TablesHaveTheNamesOfTheContract) {
  ASSERT_EQ(Export("csv"), ExitCode::kDone) << rig_.err.str();
  const std::string steps = Read(Out() / "steps.csv");
  EXPECT_THAT(steps, StartsWith("step,epoch,combined_loss,generator_loss,"));
  EXPECT_THAT(steps, HasSubstr("\n2,0,1.25,"));
  EXPECT_THAT(Read(Out() / "samples.csv"),
              HasSubstr("특히 안드로이드 플랫폼 기반의 (마이크로)앱과 (이)브드리앱에"));
  EXPECT_THAT(Read(Out() / "tokens.csv"), HasSubstr("\n12,0,6,웹,마이크로,웹,true,true,true,"));
  ASSERT_EQ(Export("jsonl"), ExitCode::kUsage) << "job.json is there";
  EXPECT_THAT(rig_.err.str(), HasSubstr("job.json' already exists"));
}

TEST_F(ExportTest, WhatIsNotDefinedHasNoValue) {
  server_.history.steps.back().set_discriminator_precision(0);
  ASSERT_EQ(Export("csv"), ExitCode::kDone) << rig_.err.str();
  EXPECT_THAT(Read(Out() / "steps.csv"),
              AllOf(HasSubstr("\n1,0,2.5,0,0,0,0,,,0,"), HasSubstr("\n2,0,1.25,0,0,0,0,0,,0,")));
  ASSERT_EQ(Export("jsonl", {"--force"}), ExitCode::kDone) << rig_.err.str();
  EXPECT_THAT(Read(Out() / "steps.jsonl"),
              AllOf(HasSubstr("\"discriminator_precision\":null,\"discriminator_recall\":null"),
                    HasSubstr("\"discriminator_precision\":0.0,\"discriminator_recall\":null")));
  ASSERT_EQ(Export("mlflow", {"--force"}), ExitCode::kDone) << rig_.err.str();
  std::map<std::string, std::string> metrics;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(Out())) {
    if (entry.is_regular_file()) metrics[entry.path().filename().string()] = Read(entry.path());
  }
  EXPECT_THAT(metrics["discriminator_precision"], EndsWith(" 0 2\n"));
  EXPECT_EQ(metrics["discriminator_precision"].find('\n'),
            metrics["discriminator_precision"].size() - 1);
  EXPECT_FALSE(metrics.contains("discriminator_recall"));
}

TEST_F(ExportTest, FineTuningsHaveATableAndMetricsOfTheirOwn) {
  ASSERT_EQ(Export("csv"), ExitCode::kDone) << rig_.err.str();
  EXPECT_FALSE(std::filesystem::exists(Out() / "finetuning_runs.csv"));  // there is none
  v1::Finetuning& finetuning = *server_.jobs.job.add_finetunings();
  finetuning.set_name("finetunings/51c0");
  finetuning.set_corpus_display_name("reviews.tsv");
  finetuning.set_label_column("stars");
  finetuning.set_model_step(2);
  v1::FinetuningRun& run = *finetuning.add_runs();
  run.set_model(v1::ADAPTED);
  run.set_seed(3);
  run.set_accuracy(0.75);
  run.set_macro_f1(0.5);
  finetuning.mutable_adapted()->set_macro_f1_mean(0.5);
  ASSERT_EQ(Export("csv", {"--force"}), ExitCode::kDone) << rig_.err.str();
  EXPECT_THAT(Read(Out() / "finetuning_runs.csv"),
              AllOf(StartsWith("finetuning,corpus_display_name,label_column,finetuned,model,seed,"),
                    HasSubstr("\nfinetunings/51c0,reviews.tsv,stars,adapted,2,3,0.75,0.5,")));
  ASSERT_EQ(Export("mlflow", {"--force"}), ExitCode::kDone) << rig_.err.str();
  std::map<std::string, std::string> metrics;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(Out())) {
    if (entry.is_regular_file()) metrics[entry.path().filename().string()] = Read(entry.path());
  }
  EXPECT_THAT(metrics["finetuned_adapted_macro_f1"], EndsWith(" 0.5 2\n"));
  EXPECT_FALSE(metrics.contains("finetuned_base_macro_f1"));
}

TEST_F(ExportTest, NothingIsReplacedWithoutForce) {
  for (const char* format : {"csv", "jsonl", "parquet", "tensorboard", "mlflow"}) {
    std::filesystem::remove_all(Out());
    ASSERT_EQ(Export(format), ExitCode::kDone) << rig_.err.str();
    EXPECT_EQ(Export(format), ExitCode::kUsage) << format;
    EXPECT_EQ(Export(format, {"--force"}), ExitCode::kDone) << format << rig_.err.str();
  }
}

TEST_F(ExportTest, WhatFailedLeavesNothing) {
  server_.Stop();
  EXPECT_EQ(Export("csv"), ExitCode::kNoServer);
  EXPECT_FALSE(std::filesystem::exists(Out()));
}

TEST_F(ExportTest, OtherFilesOfTheFolderStay) {
  std::filesystem::create_directory(Out());
  std::ofstream(Out() / "notes.txt") << "mine";
  ASSERT_EQ(Export("parquet"), ExitCode::kDone) << rig_.err.str();
  EXPECT_EQ(Read(Out() / "notes.txt"), "mine");
  for (const auto& entry : std::filesystem::directory_iterator(Out())) {
    EXPECT_THAT(entry.path().filename().string(), ::testing::Not(StartsWith(".")));
  }
}

TEST_F(ExportTest, AServerCannotNameAPlaceElsewhere) {
  const auto refused = [&](const char* format, const std::string& name) {
    rig_.err.str("");
    EXPECT_EQ(Export(format), ExitCode::kUsage) << name;
    EXPECT_THAT(rig_.err.str(), AllOf(HasSubstr("the server sent '" + name + "' as the name of a "),
                                      HasSubstr("csv, jsonl or parquet")));
    EXPECT_TRUE(std::filesystem::is_empty(folder_.path())) << name;
  };
  const std::string absolute = (folder_.path() / "escaped").string();
  for (const std::string& name :
       {absolute, std::string("../../../../escaped"), std::string(".."), std::string("."),
        std::string(), std::string(".hidden"), std::string("a/b")}) {
    server_.jobs.job.mutable_hyperparameters()->clear_fields();
    (*server_.jobs.job.mutable_hyperparameters()->mutable_fields())[name].set_number_value(1);
    refused("mlflow", name);
  }
  for (const char* name : {"..", ".", "", ".hidden"}) {
    server_.jobs.job.set_name(absl::StrCat("jobs/", name));
    refused("tensorboard", name);
  }
}

TEST_F(ExportTest, MlflowGetsAUriWhateverTheFolderIsCalled) {
  const std::filesystem::path folder = folder_.path() / "a b#%한";
  ASSERT_EQ(rig_.Run({"export", "7f3a", "--format", "mlflow", folder.string()}), ExitCode::kDone);
  EXPECT_THAT(Read(folder / "732018450916237584" / "meta.yaml"),
              AllOf(HasSubstr("artifact_location: \"file:///"),
                    HasSubstr("/a%20b%23%25%ED%95%9C/732018450916237584\"")));
}

TEST_F(ExportTest, TablesHoldNoFormulasUnlessAsked) {
  server_.history.samples[0].mutable_tokens(0)->set_original("=HYPERLINK(1)");
  ASSERT_EQ(Export("csv"), ExitCode::kDone) << rig_.err.str();
  EXPECT_THAT(Read(Out() / "tokens.csv"), HasSubstr(",'=HYPERLINK(1),"));
  ASSERT_EQ(Export("csv", {"--force", "--raw-cells"}), ExitCode::kDone) << rig_.err.str();
  EXPECT_THAT(Read(Out() / "tokens.csv"), HasSubstr(",=HYPERLINK(1),"));
}

TEST_F(ExportTest, ExcelIsToldThatTheTextIsUtf8WhereThatIsAskedFor) {
  ASSERT_EQ(Export("csv"), ExitCode::kDone) << rig_.err.str();
  EXPECT_THAT(Read(Out() / "tokens.csv"), StartsWith("step,"));
  ASSERT_EQ(Export("csv", {"--bom", "--force"}), ExitCode::kDone) << rig_.err.str();
  for (const char* name : {"steps.csv", "evaluations.csv", "samples.csv", "tokens.csv"}) {
    EXPECT_THAT(Read(Out() / name), StartsWith("\xEF\xBB\xBFstep,")) << name;
  }
  EXPECT_EQ(Export("jsonl", {"--bom", "--force"}), ExitCode::kUsage);
  EXPECT_THAT(rig_.err.str(), HasSubstr("--bom is for --format csv, not jsonl"));
}

TEST_F(ExportTest, ProgramsGetTheNamesOfTheFiles) {
  ASSERT_EQ(Export("tensorboard", {"--json"}), ExitCode::kDone) << rig_.err.str();
  EXPECT_THAT(rig_.out.str(), HasSubstr("\"files\":[\"7f3a/events.out.tfevents."));
}

TEST(Crc32c, HasThePublishedCheckValue) {
  EXPECT_EQ(Crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8A9136AAu);  // RFC 3720, B.4
}

TEST(CsvWriter, QuotesWhatWouldBreakARow) {
  TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "t.csv";
  auto writer = CreateCsvWriter(
      path,
      {{.name = "text", .type = FieldType::kText}, {.name = "number", .type = FieldType::kNumber}},
      {});
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE((*writer)->Add({std::string("a,\"b\"\nc"), 0.5}).ok());
  ASSERT_TRUE((*writer)->Add({std::string(), std::numeric_limits<double>::quiet_NaN()}).ok());
  ASSERT_TRUE((*writer)->Finish().ok());
  EXPECT_EQ(Read(path), "text,number\n\"a,\"\"b\"\"\nc\",0.5\n,NaN\n");
}

TEST(CsvWriter, WritesNoFormulas) {
  TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "t.csv";
  for (const auto& [cells, expected] :
       {std::pair{Cells::kSafe, "\n'=1+1,-0.5\n'-2,-3\n\"'@A,\"\"b\",1\n\"'\r=1\",-inf\n"},
        std::pair{Cells::kRaw, "\n=1+1,-0.5\n-2,-3\n\"@A,\"\"b\",1\n\"\r=1\",-inf\n"}}) {
    auto writer = CreateCsvWriter(path,
                                  {{.name = "text", .type = FieldType::kText},
                                   {.name = "number", .type = FieldType::kNumber}},
                                  {.cells = cells});
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE((*writer)->Add({std::string("=1+1"), -0.5}).ok());
    ASSERT_TRUE((*writer)->Add({std::string("-2"), -3.0}).ok());
    ASSERT_TRUE((*writer)->Add({std::string("@A,\"b"), 1.0}).ok());
    ASSERT_TRUE(
        (*writer)->Add({std::string("\r=1"), -std::numeric_limits<double>::infinity()}).ok());
    ASSERT_TRUE((*writer)->Finish().ok());
    EXPECT_THAT(Read(path), ::testing::EndsWith(expected));
  }
}

TEST(OutputFolder, WhatWasNotFinishedIsTakenAway) {
  TemporaryFolder folder;
  {
    auto output = OutputFolder::Create((folder.path() / "new").string(), Existing::kRefuse);
    ASSERT_TRUE(output.ok());
    auto path = (*output)->Reserve("a/b.txt");
    ASSERT_TRUE(path.ok());
    std::ofstream(*path) << "half";
  }
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "new"));
}

}  // namespace
}  // namespace electra::client
