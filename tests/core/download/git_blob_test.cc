#include "core/download/git_blob.h"

#include <gmock/gmock.h>

#include <fstream>

#include "tests/temporary_folder.h"

namespace electra {
namespace {

// As `git hash-object` says.
TEST(GitBlobTest, DigestsAreThoseOfGit) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "empty").flush();
  std::ofstream(folder.path() / "hello") << "hello\n";
  EXPECT_EQ(GitBlobSha1Hex(folder.path() / "empty").value_or(""),
            "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
  EXPECT_EQ(GitBlobSha1Hex(folder.path() / "hello").value_or(""),
            "ce013625030ba8dba906f756967f9e9ca394464a");
}

}  // namespace
}  // namespace electra
