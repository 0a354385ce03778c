// The garbage that `electra server gc` removes and `electrad check` reports in a data folder.
#include "server/upkeep/garbage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <map>

#include "core/base/sha256.h"
#include "server/base/data_dir.h"
#include "server/models/files.h"
#include "server/store/corpora.h"
#include "server/store/jobs.h"
#include "server/store/models.h"
#include "server/upkeep/check.h"
#include "tests/temporary_folder.h"

namespace electra::server {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class GarbageTest : public ::testing::Test {
 protected:
  static void Touch(const fs::path& path, const std::string& content = "0123456789") {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << content;
  }
  static void MakeOld(const fs::path& path) {
    fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(48));
  }

  // A corpus whose file is there, and a job with it.
  JobRow AddJob(const std::string& content) {
    const std::string sha256 = Sha256Hex(content);
    Touch(data_dir_.corpus(sha256), content);
    JobRow job{.name = Sha256Hex(content).substr(0, 12), .model = "tiny"};
    EXPECT_TRUE(database_
                    ->Write([&](Transaction& transaction) {
                      const CorpusRow corpus = InsertCorpus(
                          transaction, {.name = sha256.substr(0, 12), .sha256 = sha256});
                      job.corpus_id = corpus.id;
                      job.corpus_name = corpus.name;
                      const auto inserted = InsertJob(transaction, job);
                      if (inserted.ok()) job = *inserted;
                      return inserted.status();
                    })
                    .ok());
    return job;
  }

  void End(const JobRow& job) {
    EXPECT_TRUE(database_
                    ->Write([&](Transaction& transaction) {
                      return ChangeState(transaction, job.id, v1::CANCELLED);
                    })
                    .ok());
  }

  std::map<std::string, int64_t> Collect(GarbageMode mode) {
    const auto garbage = CollectGarbage(*database_, data_dir_, uploads_, mode);
    EXPECT_TRUE(garbage.ok()) << garbage.status();
    std::map<std::string, int64_t> counts;
    for (const Garbage& kind : *garbage) {
      EXPECT_NE(kind.kind.code(), "") << kind.kind.text();
      if (kind.count > 0) counts[kind.kind.text()] = kind.count;
    }
    return counts;
  }

  CheckReport Check() {
    auto report = CheckDataFolder(data_dir_.root());
    EXPECT_TRUE(report.ok()) << report.status();
    return *std::move(report);
  }

  TemporaryFolder folder_;
  DataDir data_dir_ = *DataDir::Open(folder_.path());
  std::unique_ptr<Database> database_ = *Database::Open(data_dir_.database());
  PartialUploads uploads_{data_dir_.uploads()};
};

TEST_F(GarbageTest, WhatNothingNamesGoesAndTheRestStays) {
  const JobRow job = AddJob("a corpus\n");
  Touch(data_dir_.corpus(std::string(64, '0')));
  Touch(data_dir_.job("forgotten") / "vocab.txt");
  Touch(data_dir_.job(job.name) / "vocab.txt");
  Touch(data_dir_.token_caches() / "cache");
  Touch(data_dir_.vocabulary("left"));
  Touch(data_dir_.uploads() / "going_on.part");
  Touch(data_dir_.uploads() / "left.part");
  MakeOld(data_dir_.uploads() / "left.part");

  const std::map<std::string, int64_t> all = {
      {"corpora", 1}, {"vocabularies", 1}, {"job folders", 1}, {"token caches", 1}, {"uploads", 1}};
  EXPECT_EQ(Collect(GarbageMode::kCount), all);
  EXPECT_TRUE(fs::exists(data_dir_.job("forgotten")));  // nothing has gone yet
  EXPECT_EQ(Collect(GarbageMode::kRemove), all);
  EXPECT_THAT(Collect(GarbageMode::kRemove), IsEmpty());
  EXPECT_TRUE(fs::exists(data_dir_.corpus(Sha256Hex("a corpus\n"))));
  EXPECT_TRUE(fs::exists(data_dir_.job(job.name) / "vocab.txt"));
  EXPECT_TRUE(fs::exists(data_dir_.uploads() / "going_on.part"));
}

TEST_F(GarbageTest, WhatACollectionThatBrokeOffHasRenamedGoesWithTheNext) {
  Touch(data_dir_.corpus(".0123.garbage"));
  Touch(data_dir_.job(".0123.step-00000002.garbage") / "discriminator/model.safetensors");
  Touch(data_dir_.job("0123") / "vocab.txt");
  EXPECT_EQ(Collect(GarbageMode::kRemove),
            (std::map<std::string, int64_t>{{"corpora", 1}, {"job folders", 2}}));
  EXPECT_TRUE(fs::is_empty(data_dir_.corpus("")));
  EXPECT_TRUE(fs::is_empty(data_dir_.job("")));
}

TEST_F(GarbageTest, AnEndedJobKeepsItsNewestCheckpointAndAWaitingOneAll) {
  const JobRow waiting = AddJob("one\n");
  const JobRow ended = AddJob("two\n");
  End(ended);
  for (const JobRow& job : {waiting, ended}) {
    for (const char* step : {"step-00000002", "step-00000004", "step-00000010"}) {
      Touch(data_dir_.job(job.name) / "checkpoints" / step / "checkpoint.json");
    }
  }
  EXPECT_EQ(Collect(GarbageMode::kRemove), (std::map<std::string, int64_t>{{"checkpoints", 2}}));
  EXPECT_TRUE(fs::exists(data_dir_.job(ended.name) / "checkpoints/step-00000010"));
  EXPECT_TRUE(fs::exists(data_dir_.job(waiting.name) / "checkpoints/step-00000002"));
}

TEST_F(GarbageTest, ACheckNamesWhatIsDamagedMissingAndLeftOver) {
  AddJob("whole\n");
  EXPECT_THAT(Check().problems, IsEmpty());
  EXPECT_THAT(Check().orphans, IsEmpty());
  EXPECT_EQ(Check().events, 1);

  AddJob("damaged\n");
  const fs::path damaged = data_dir_.corpus(Sha256Hex("damaged\n"));
  Touch(damaged, "Damaged\n");
  AddJob("missing\n");
  fs::remove(data_dir_.corpus(Sha256Hex("missing\n")));
  Touch(data_dir_.corpus("left"));
  const CheckReport report = Check();
  EXPECT_THAT(report.problems, UnorderedElementsAre(HasSubstr("is damaged: its SHA-256"),
                                                    HasSubstr(Sha256Hex("missing\n"))));
  EXPECT_THAT(report.orphans, ElementsAre("corpora/left"));
}

TEST_F(GarbageTest, ACheckReadsEveryFileOfAModel) {
  const fs::path folder = data_dir_.model("f1");
  fs::create_directories(folder / "discriminator");
  Touch(folder / "discriminator/config.json", "{}");
  Touch(folder / "discriminator/vocab.txt", "[PAD]\n");
  const std::string digest = ModelSha256({{"discriminator/config.json", Sha256Hex("{}")},
                                          {"discriminator/vocab.txt", Sha256Hex("[PAD]\n")}});
  ASSERT_TRUE(database_
                  ->Write([&](Transaction& transaction) {
                    return InsertModel(transaction,
                                       {.name = "koelectra", .folder = "f1", .sha256 = digest})
                        .status();
                  })
                  .ok());
  EXPECT_THAT(Check().problems, IsEmpty());
  Touch(folder / "discriminator/vocab.txt", "[PAX]\n");
  EXPECT_THAT(Check().problems, ElementsAre(HasSubstr("models/koelectra: a file in ")));
  fs::remove_all(folder);
  EXPECT_THAT(Check().problems, ElementsAre(HasSubstr("models/koelectra: ")));
}

TEST_F(GarbageTest, ACheckNamesAGapInALog) {
  const JobRow job = AddJob("a\n");
  End(job);
  ASSERT_TRUE(database_
                  ->Write([](Transaction& transaction) {
                    transaction.connection().exec("DELETE FROM events WHERE sequence = 1");
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_THAT(Check().problems, ElementsAre(HasSubstr("its log has 1 events")));
}

}  // namespace
}  // namespace electra::server
