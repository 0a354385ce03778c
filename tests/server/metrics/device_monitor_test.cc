#include "server/metrics/device_monitor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "tests/temporary_folder.h"

namespace electra::server {
namespace {

using ::testing::HasSubstr;

class DeviceMonitorTest : public ::testing::Test {
 protected:
  DeviceMonitorTest() { setenv("FAKE_NVML", path_.c_str(), /*overwrite=*/1); }
  ~DeviceMonitorTest() override { unsetenv("FAKE_NVML"); }

  void SetCards(const std::string& lines) { std::ofstream(path_) << lines; }

  static DeviceMonitor::Options Fake(std::optional<std::string> visible = std::nullopt) {
    return {.library = ELECTRA_FAKE_NVML, .visible_devices = std::move(visible)};
  }

  TemporaryFolder folder_;
  std::string path_ = (folder_.path() / "cards").string();
};

TEST_F(DeviceMonitorTest, SaysWhatTheDriverSays) {
  SetCards("GPU-a 1000 300 40\nGPU-b 2000 0 0\n");
  const DeviceMonitor monitor(Fake());
  const auto use = monitor.Read("cuda:0");
  ASSERT_TRUE(use);
  EXPECT_EQ(use->memory_bytes, 1000);
  EXPECT_EQ(use->memory_used_bytes, 300);
  EXPECT_EQ(use->memory_free_bytes, 700);
  EXPECT_DOUBLE_EQ(use->utilization, 0.4);
  EXPECT_EQ(monitor.Read("cuda:1")->memory_bytes, 2000);
  EXPECT_FALSE(monitor.Read("cuda:2"));
  EXPECT_EQ(*monitor.CountDevices(), 2);
}

TEST_F(DeviceMonitorTest, TheProcessorHasTheMemoryThatItsContainerGrants) {
  const auto write = [&](const std::string& path, const std::string& text) {
    std::filesystem::create_directories((folder_.path() / path).parent_path());
    std::ofstream(folder_.path() / path) << text;
  };
  write("proc/meminfo", "MemTotal: 1048576 kB\nMemAvailable: 524288 kB\n");
  write("proc/self/cgroup", "0::/\n");
  write("sys/fs/cgroup/memory.max", "268435456\n");
  write("sys/fs/cgroup/memory.current", "67108864\n");
  const DeviceMonitor monitor({.library = "none", .machine_root = folder_.path()});
  const auto use = monitor.Read("cpu");
  ASSERT_TRUE(use);
  EXPECT_EQ(use->memory_bytes, 256 << 20);
  EXPECT_EQ(use->memory_used_bytes, 64 << 20);
  EXPECT_EQ(use->memory_free_bytes, 192 << 20);
}

TEST_F(DeviceMonitorTest, OfVisibleCardsOnlyAndInTheirOrder) {
  SetCards("GPU-a 1000 0 0\nGPU-b 2000 0 0\nGPU-c 3000 0 0\n");
  const DeviceMonitor monitor(Fake("GPU-c,1"));
  EXPECT_EQ(monitor.Read("cuda:0")->memory_bytes, 3000);
  EXPECT_EQ(monitor.Read("cuda:1")->memory_bytes, 2000);
  EXPECT_FALSE(monitor.Read("cuda:2"));
  EXPECT_EQ(*monitor.CountDevices(), 2);
  EXPECT_EQ(*DeviceMonitor(Fake("GPU-c,GPU-gone")).CountDevices(), 1);
}

TEST_F(DeviceMonitorTest, ADriverThatComesLaterIsFound) {
  const DeviceMonitor monitor(Fake());
  EXPECT_THAT(std::string(monitor.CountDevices().status().message()),
              HasSubstr("Driver Not Loaded"));
  EXPECT_FALSE(monitor.Read("cuda:0"));
  SetCards("GPU-a 1000 0 0\n");
  EXPECT_EQ(*monitor.CountDevices(), 1);
  EXPECT_TRUE(monitor.Read("cuda:0"));
}

TEST_F(DeviceMonitorTest, WithoutTheLibraryOnlyTheProcessorIsKnown) {
  const DeviceMonitor monitor({.library = "libnvidia-none.so", .visible_devices = std::nullopt});
  EXPECT_FALSE(monitor.has_library());
  EXPECT_FALSE(monitor.Read("cuda:0"));
  EXPECT_THAT(std::string(monitor.CountDevices().status().message()), HasSubstr("install"));
  const auto use = monitor.Read("cpu");
  ASSERT_TRUE(use);
  EXPECT_GT(use->memory_bytes, 0);
  EXPECT_EQ(use->memory_bytes, use->memory_used_bytes + use->memory_free_bytes);
  EXPECT_LT(use->utilization, 0);
}

}  // namespace
}  // namespace electra::server
