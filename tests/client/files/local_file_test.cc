#include "client/files/local_file.h"

#include <sys/stat.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/rig.h"

namespace electra::client {
namespace {

using ::testing::HasSubstr;

std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

TEST(LocalFile, HashesItsContent) {
  const TemporaryFile file("corpus.txt", "abc");
  absl::StatusOr<LocalFile> opened = LocalFile::Open(file.path());
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->size(), 3);
  // FIPS 180-2, appendix B.1.
  EXPECT_EQ(*Sha256(*opened, [](int64_t) { return true; }),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(LocalFile, HashingStopsWhenToldTo) {
  const TemporaryFile file("corpus.txt", std::string(3 << 20, 'x'));
  absl::StatusOr<LocalFile> opened = LocalFile::Open(file.path());
  ASSERT_TRUE(opened.ok()) << opened.status();
  int blocks = 0;
  EXPECT_TRUE(absl::IsCancelled(Sha256(*opened, [&](int64_t) { return ++blocks < 2; }).status()));
  EXPECT_EQ(blocks, 2);
}

TEST(LocalFile, NamesWhatCannotBeOpened) {
  EXPECT_THAT(MessageOf(LocalFile::Open("/no/such/file").status()),
              HasSubstr("cannot open '/no/such/file': No such file"));
}

TEST(LocalFile, RefusesFoldersAndPipes) {
  const TemporaryFile file("x", "");
  EXPECT_THAT(MessageOf(LocalFile::Open(file.folder()).status()), HasSubstr("Is a directory"));
  const std::string pipe = file.folder() + "/pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(MessageOf(LocalFile::Open(pipe).status()), HasSubstr("not a regular file"));
}

TEST(LocalFile, ReadsWholeFilesUpToALimit) {
  const TemporaryFile file("vocab.txt", "12345");
  EXPECT_EQ(*ReadWhole(file.path(), 5), "12345");
  const absl::Status status = ReadWhole(file.path(), 4).status();
  EXPECT_TRUE(absl::IsResourceExhausted(status));
  EXPECT_THAT(MessageOf(status), HasSubstr("has 5 B; at most 4 B"));
}

TEST(LocalFile, ShowsOnlyTheLastPartOfAPath) {
  EXPECT_EQ(BaseName("/data/books.csv"), "books.csv");
  EXPECT_EQ(BaseName("dir/\x1b[2J\xff.txt"), "␛[2J\ufffd.txt");
}

}  // namespace
}  // namespace electra::client
