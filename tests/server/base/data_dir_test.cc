#include "server/base/data_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/temporary_folder.h"

namespace electra::server {
namespace {

using ::testing::HasSubstr;

TEST(DataDirTest, ASecondDaemonIsRefused) {
  TemporaryFolder folder;
  {
    const auto first = DataDir::Open(folder.path());
    ASSERT_TRUE(first.ok()) << first.status();
    const absl::Status second = DataDir::Open(folder.path()).status();
    EXPECT_EQ(second.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(second.message()), HasSubstr("another electrad"));
  }
  EXPECT_TRUE(DataDir::Open(folder.path()).ok());  // the first one is gone
}

TEST(DataDirTest, SweepsInterruptedUploads) {
  TemporaryFolder folder;
  ASSERT_TRUE(DataDir::Open(folder.path()).ok());
  std::ofstream(folder.path() / "uploads/half.corpus") << "x";
  ASSERT_TRUE(DataDir::Open(folder.path()).ok());
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "uploads/half.corpus"));
}

TEST(DataDirTest, OnlyTheLastComponentIsCreated) {
  TemporaryFolder folder;
  EXPECT_TRUE(DataDir::Open(folder.path() / "new/").ok());
  const absl::Status status = DataDir::Open(folder.path() / "unmounted/electrad").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr((folder.path() / "unmounted").string()));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "unmounted"));
}

TEST(DataDirTest, AFileInThePlaceOfTheFolderIsAnError) {
  TemporaryFolder folder;
  std::ofstream(folder.path() / "file") << "x";
  const absl::Status status = DataDir::Open(folder.path() / "file").status();
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()), HasSubstr("file"));
}

}  // namespace
}  // namespace electra::server
