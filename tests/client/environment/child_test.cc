#include "client/environment/child.h"

#include <signal.h>

#include "client/files/local_file.h"
#include "client/files/scratch_file.h"
#include "gtest/gtest.h"

namespace electra::client {
namespace {

TEST(Child, ReadsAndWritesTheFilesItIsGiven) {
  const auto out = ScratchFile::Create("out");
  const auto err = ScratchFile::Create("err");
  ASSERT_TRUE(out.ok() && err.ok());
  const auto child = StartChild({"sh", "-c", "cat; echo \"$1\"; echo no >&2; exit 7", "sh", "a b"},
                                {.in = "/dev/null", .out = out->path(), .err = err->path()});
  ASSERT_TRUE(child.ok()) << child.status();
  EXPECT_EQ(AwaitChild(*child), 7);
  EXPECT_EQ(*ReadWhole(out->path(), 100), "a b\n");
  EXPECT_EQ(*ReadWhole(err->path(), 100), "no\n");
}

TEST(Child, GetsTheSignalsThatAreBlockedHere) {
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const auto child = StartChild({"sh", "-c", "kill -TERM $$; exit 0"});
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ASSERT_TRUE(child.ok()) << child.status();
  EXPECT_EQ(AwaitChild(*child), 128);
}

TEST(Child, AMissingProgramIsNamed) {
  const auto child = StartChild({"no-such-program-here"});
  EXPECT_TRUE(absl::IsFailedPrecondition(child.status()));
  EXPECT_NE(child.status().message().find("cannot run 'no-such-program-here'"),
            std::string_view::npos);
}

}  // namespace
}  // namespace electra::client
