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

TEST(DataDirTest, WhatLiesInItIsClosedToOtherUsers) {
  namespace fs = std::filesystem;
  TemporaryFolder folder;
  ASSERT_TRUE(DataDir::Open(folder.path() / "new").ok());
  EXPECT_EQ(fs::status(folder.path() / "new").permissions(), fs::perms::owner_all);

  const fs::path old = folder.path() / "old";
  fs::create_directories(old / "corpora");
  std::ofstream(old / "electrad.db") << "x";
  std::ofstream(old / "notes.txt") << "somebody's own";
  for (const char* name : {"", "corpora", "electrad.db", "notes.txt"}) {
    fs::permissions(old / name, fs::perms(0755));
  }
  EXPECT_EQ(OpenToOthers(old).size(), 3u);
  ASSERT_TRUE(DataDir::Open(old).ok());
  EXPECT_EQ(fs::status(old / "corpora").permissions(), fs::perms(0700));
  EXPECT_EQ(fs::status(old / "electrad.db").permissions(), fs::perms(0700));
  // Neither belongs only to the daemon.
  EXPECT_EQ(fs::status(old).permissions(), fs::perms(0755));
  EXPECT_EQ(fs::status(old / "notes.txt").permissions(), fs::perms(0755));
  EXPECT_EQ(OpenToOthers(old), std::vector<fs::path>{old});
  fs::permissions(old, fs::perms(0700));
  EXPECT_TRUE(OpenToOthers(old).empty());
}

}  // namespace
}  // namespace electra::server
