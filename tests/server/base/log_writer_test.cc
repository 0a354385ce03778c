#include "server/base/log_writer.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"

namespace electra::server {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class LogWriterTest : public ::testing::Test {
 protected:
  LogWriterTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
    reader_ = FileDescriptor(ends[0]);
    end_ = FileDescriptor(ends[1]);
  }

  static std::string Loss(int64_t lines) { return absl::StrCat("lost ", lines, "\n"); }

  // Reads the text in the pipe and waits for more until `last`.
  std::string ReadUntil(const std::string& last) {
    std::string text;
    std::array<char, 4096> part{};
    while (text.find(last) == std::string::npos) {
      const ssize_t count = read(reader_.get(), part.data(), part.size());
      if (count <= 0) break;
      text.append(part.data(), static_cast<size_t>(count));
    }
    return text;
  }

  FileDescriptor reader_;
  FileDescriptor end_;
};

TEST_F(LogWriterTest, WhatTheReaderTakesIsWrittenAtOnce) {
  LogWriter writer(end_.get(), Loss);
  writer.Write("one\n");
  writer.Write("two\n");
  std::array<char, 16> text{};
  EXPECT_EQ(read(reader_.get(), text.data(), text.size()), 8);
  EXPECT_STREQ(text.data(), "one\ntwo\n");
}

TEST_F(LogWriterTest, AReaderThatStandsStillHoldsNobodyAndLearnsWhatItMissed) {
  LogWriter writer(end_.get(), Loss);
  const std::string line(1000, 'x');
  constexpr int kLines = 3000;  // of a pipe's 64 KiB and the megabyte that may wait
  for (int i = 0; i < kLines; ++i) writer.Write(absl::StrCat(i, line, "\n"));
  const std::string text = ReadUntil("lost ");
  EXPECT_THAT(text, StartsWith(absl::StrCat(0, line, "\n", 1, line, "\n", 2, line, "\n")));
  int64_t lines = std::count(text.begin(), text.end(), 'x') / 1000;
  EXPECT_GT(lines, 1000);
  EXPECT_LT(lines, kLines);
  std::thread rest([&] { writer.Write("the last\n"); });
  const std::string tail = text.substr(text.rfind("lost ")) + ReadUntil("the last\n");
  rest.join();
  lines += std::count(tail.begin(), tail.end(), 'x') / 1000;
  EXPECT_THAT(tail, StartsWith(absl::StrCat("lost ", kLines - lines, "\n")));
}

TEST_F(LogWriterTest, LinesKeepTheirOrderWhileOthersWait) {
  LogWriter writer(end_.get(), Loss);
  const std::string large(200'000, 'x');  // more than a pipe holds
  writer.Write(absl::StrCat("first ", large, "\n"));
  writer.Write("second\n");
  writer.Write("third\n");
  EXPECT_THAT(ReadUntil("third\n"), EndsWith("x\nsecond\nthird\n"));
}

TEST_F(LogWriterTest, WithoutAReaderNothingWaits) {
  LogWriter writer(end_.get(), Loss);
  signal(SIGPIPE, SIG_IGN);
  reader_ = FileDescriptor();
  for (int i = 0; i < 3000; ++i) writer.Write(std::string(1000, 'x'));
  writer.Flush(absl::InfiniteDuration());
}

}  // namespace
}  // namespace electra::server
