#include "server/models/checkpoint_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/base/message.h"
#include "server/models/card.h"
#include "server/models/catalogue.h"
#include "server/store/tokens.h"
#include "tests/temporary_folder.h"

namespace electra::server {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class CheckpointImportTest : public ::testing::Test {
 protected:
  CheckpointImportTest() {
    const fs::path golden = fs::path(ELECTRA_SOURCE_DIR) / "tests/golden/hub";
    fs::create_directories(source_.folder);
    fs::copy(golden / "zip_discriminator", source_.folder / "discriminator");
    fs::copy(golden / "sharded_generator", source_.folder / "generator");
    std::ofstream(source_.folder / "optimizer.safetensors") << "moments";
    source_.job = JobRow{.name = "7f3a"};
  }

  absl::StatusOr<ModelRow> Import(const std::string& token = "") {
    return ImportCheckpoint(*database_, data_dir_, room_, {.token = token}, source_);
  }

  fs::path Imported(const ModelRow& model, const std::string& file) const {
    return data_dir_.model(model.folder) / file;
  }

  TemporaryFolder folder_;
  DataDir data_dir_ = *DataDir::Open(folder_.path());
  std::unique_ptr<Database> database_ = *Database::Open(data_dir_.database());
  UploadRoom room_{data_dir_};
  ModelSource source_ = {.folder = data_dir_.job("7f3a") / "checkpoints/step-00000060",
                         .step = 60,
                         .job = std::nullopt,
                         .model = std::nullopt};
};

TEST_F(CheckpointImportTest, FilesAreTheCheckpointsAndStayWhenItGoes) {
  const absl::StatusOr<ModelRow> model = Import();
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(model->name, "7f3a-step-60");
  EXPECT_EQ(model->sources, "jobs/7f3a@60");
  const std::string weights = "discriminator/pytorch_model.bin";
  EXPECT_TRUE(fs::equivalent(Imported(*model, weights), source_.folder / weights));
  EXPECT_FALSE(fs::exists(Imported(*model, "optimizer.safetensors")));
  fs::remove_all(data_dir_.job("7f3a"));
  EXPECT_TRUE(fs::exists(Imported(*model, weights)));
  EXPECT_TRUE(fs::is_empty(data_dir_.uploads()));
}

TEST_F(CheckpointImportTest, TheSameCheckpointIsOneModelAndAnotherHasAnotherName) {
  const absl::StatusOr<ModelRow> first = Import();
  ASSERT_TRUE(first.ok()) << first.status();
  const absl::StatusOr<ModelRow> again = Import();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->id, first->id);
  // As a retried job does: the file is another, not the old one with other bytes.
  const fs::path vocabulary = source_.folder / "discriminator/vocab.txt";
  std::ifstream in(vocabulary);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  fs::remove(vocabulary);
  std::ofstream(vocabulary) << text.substr(0, text.rfind('\n', text.size() - 2) + 1);
  const absl::StatusOr<ModelRow> other = Import();
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_THAT(other->name, MatchesRegex("7f3a-step-60--[0-9a-f]+"));
  EXPECT_NE(other->sha256, first->sha256);
}

TEST_F(CheckpointImportTest, AModelOfTheHubStaysItsOwn) {
  source_.job->model_sources = "hf:org/small@c0ffee";
  const absl::StatusOr<ModelRow> model = Import();
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(model->sources, "jobs/7f3a@60 hf:org/small@c0ffee");
  std::optional<ModelRow> of_hub;
  ASSERT_TRUE(database_
                  ->Read([&](Reader& reader) {
                    of_hub = FindModelOfSources(reader, "hf:org/small@c0ffee");
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_FALSE(of_hub.has_value());
  EXPECT_THAT(ImportedModelCard(*model), HasSubstr("| Goes on from | `jobs/7f3a@60` |\n"
                                                   "| Fetched from | `hf:org/small@c0ffee` |\n"));
}

TEST_F(CheckpointImportTest, ItCountsAsWhoSubmits) {
  TokenRow token{.name = "a0a0", .role = v1::SUBMITTER, .sha256 = "x"};
  token.limits.stored_bytes = 10;
  ASSERT_TRUE(database_
                  ->Write([&](Transaction& transaction) {
                    return InsertToken(transaction, token).status();
                  })
                  .ok());
  const absl::StatusOr<ModelRow> refused = Import("a0a0");
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted) << refused.status();
  EXPECT_TRUE(fs::is_empty(data_dir_.uploads()));
  const absl::StatusOr<ModelRow> model = Import("b0b0");
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(model->imported_by, "b0b0");
}

TEST_F(CheckpointImportTest, ACheckpointThatIsGoneIsSaid) {
  fs::remove_all(source_.folder);
  EXPECT_EQ(MessageOf(Import().status()).code(), "CHECKPOINT_GONE");
}

TEST(FindCheckpointTest, AStepIsANumber) {
  TemporaryFolder folder;
  const DataDir data_dir = *DataDir::Open(folder.path());
  const auto database = *Database::Open(data_dir.database());
  for (const char* name : {"jobs/7f3a@", "jobs/7f3a@-1", "jobs/7f3a@6x"}) {
    const absl::Status status = FindCheckpoint(*database, data_dir, name).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << name;
    EXPECT_EQ(MessageOf(status).code(), "BAD_CHECKPOINT_STEP") << name;
  }
  for (const char* name : {"jobs/7f3a@60", "jobs/7f3a@0"}) {
    EXPECT_TRUE(absl::IsNotFound(FindCheckpoint(*database, data_dir, name).status())) << name;
  }
}

}  // namespace
}  // namespace electra::server
