#include "server/corpora/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fstream>

#include "tests/temporary_folder.h"

namespace electra::server {
namespace {

class CatalogueTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(file_) << "text";
    ASSERT_TRUE(database_
                    ->Write([](Transaction& transaction) {
                      InsertCorpus(transaction, {.name = "c0ffee", .sha256 = "digest"});
                      return absl::OkStatus();
                    })
                    .ok());
  }

  // From now on, transactions with changes are not committed, this one included.
  void FailCommits() {
    ASSERT_FALSE(database_
                     ->Write([](Transaction& transaction) {
                       sqlite3_commit_hook(
                           transaction.connection().getHandle(), [](void*) { return 1; }, nullptr);
                       return absl::OkStatus();
                     })
                     .ok());
  }

  const Caller admin_ = {.role = v1::ADMIN};
  TemporaryFolder folder_;
  DataDir data_dir_ = *DataDir::Open(folder_.path());
  const std::filesystem::path file_ = data_dir_.corpus("digest");
  std::unique_ptr<Database> database_ = *Database::Open(data_dir_.database());
};

TEST_F(CatalogueTest, ACorpusGoesWithItsContent) {
  EXPECT_TRUE(RemoveCorpus(*database_, data_dir_, admin_, "corpora/c0ff").ok());
  EXPECT_FALSE(std::filesystem::exists(file_));
  EXPECT_EQ(ReadCorpus(*database_, "corpora/c0ffee").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(CatalogueTest, ADeleteThatCannotBeCommittedLeavesTheCorpusWhole) {
  FailCommits();
  EXPECT_FALSE(RemoveCorpus(*database_, data_dir_, admin_, "corpora/c0ffee").ok());
  EXPECT_TRUE(std::filesystem::exists(file_));
  EXPECT_TRUE(ReadCorpus(*database_, "corpora/c0ffee").ok());
}

}  // namespace
}  // namespace electra::server
