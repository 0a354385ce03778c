#include "core/base/machine.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "tests/temporary_folder.h"

namespace electra {
namespace {

constexpr int64_t kGiB = int64_t{1} << 30;

class MachineTest : public ::testing::Test {
 protected:
  MachineTest() {
    Write("proc/meminfo",
          "MemTotal:       16777216 kB\nMemFree: 1 kB\nMemAvailable:  8388608 kB\n");
  }

  void Write(const std::filesystem::path& path, const std::string& text) {
    std::filesystem::create_directories((root() / path).parent_path());
    std::ofstream(root() / path) << text;
  }

  void ExpectMemory(int64_t total, int64_t available) {
    const auto memory = ReadMachineMemory(root());
    ASSERT_TRUE(memory);
    EXPECT_EQ(memory->total_bytes, total);
    EXPECT_EQ(memory->available_bytes, available);
  }

  const std::filesystem::path& root() const { return folder_.path(); }

  TemporaryFolder folder_;
};

TEST_F(MachineTest, WithoutGroupsAllOfTheMachineIsOurs) {
  ExpectMemory(16 * kGiB, 8 * kGiB);
  EXPECT_EQ(ReadProcessorLimit(root()), std::nullopt);
  Write("proc/self/cgroup", "0::/\n");
  Write("sys/fs/cgroup/memory.max", "max\n");
  Write("sys/fs/cgroup/cpu.max", "max 100000\n");
  ExpectMemory(16 * kGiB, 8 * kGiB);
  EXPECT_EQ(ReadProcessorLimit(root()), std::nullopt);
  EXPECT_EQ(ReadMachineMemory(root() / "none"), std::nullopt);
}

TEST_F(MachineTest, TheLowestLimitOfVersion2Holds) {
  Write("proc/self/cgroup", "0::/a.slice/b\n");
  Write("sys/fs/cgroup/a.slice/memory.max", "4294967296\n");
  Write("sys/fs/cgroup/a.slice/memory.current", "4026531840\n");
  Write("sys/fs/cgroup/a.slice/b/memory.max", "6442450944\n");
  Write("sys/fs/cgroup/a.slice/b/memory.current", "1073741824\n");
  Write("sys/fs/cgroup/a.slice/b/memory.stat", "anon 5\ninactive_file 536870912\n");
  Write("sys/fs/cgroup/a.slice/cpu.max", "150000 100000\n");
  Write("sys/fs/cgroup/a.slice/b/cpu.max", "max 100000\n");
  ExpectMemory(4 * kGiB, kGiB / 4);
  EXPECT_EQ(ReadProcessorLimit(root()), 1.5);
  // Memory that is only cached counts as free.
  Write("sys/fs/cgroup/a.slice/memory.stat", "inactive_file 3221225472\n");
  ExpectMemory(4 * kGiB, kGiB * 13 / 4);
}

TEST_F(MachineTest, Version1HasAFolderForEachController) {
  Write("proc/self/cgroup", "9:memory:/docker/x\n4:cpu,cpuacct:/docker/x\n0::/docker/x\n");
  // The group's own folder is not seen in a container: its files are in the root.
  Write("sys/fs/cgroup/memory/memory.limit_in_bytes", "2147483648\n");
  Write("sys/fs/cgroup/memory/memory.usage_in_bytes", "2147483648\n");
  Write("sys/fs/cgroup/memory/memory.stat", "total_inactive_file 1073741824\n");
  Write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "50000\n");
  Write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  ExpectMemory(2 * kGiB, kGiB);
  EXPECT_EQ(ReadProcessorLimit(root()), 0.5);
  Write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  Write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
  ExpectMemory(16 * kGiB, 8 * kGiB);
  EXPECT_EQ(ReadProcessorLimit(root()), std::nullopt);
}

TEST_F(MachineTest, FilesThatSaySomethingElseSetNoLimit) {
  Write("proc/self/cgroup", "garbage\n0::/../../x\n::\n");
  Write("sys/fs/cgroup/memory.max", "lots\n");
  Write("sys/fs/cgroup/cpu.max", "5\n");
  ExpectMemory(16 * kGiB, 8 * kGiB);
  EXPECT_EQ(ReadProcessorLimit(root()), std::nullopt);
}

TEST(ThreadsWithin, IsWhatWasAskedElseWhatIsGranted) {
  EXPECT_EQ(ThreadsWithin(8, 16, 1.0), 8);
  EXPECT_EQ(ThreadsWithin(0, 16, std::nullopt), 0);
  EXPECT_EQ(ThreadsWithin(0, 16, 2.0), 2);
  EXPECT_EQ(ThreadsWithin(0, 16, 1.5), 2);
  EXPECT_EQ(ThreadsWithin(0, 16, 0.1), 1);
  EXPECT_EQ(ThreadsWithin(0, 2, 64.0), 0);
}

}  // namespace
}  // namespace electra
