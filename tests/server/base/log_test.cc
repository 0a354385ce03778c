// Lines of the daemon's log.
#include "server/base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

namespace electra::server {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class LogTest : public ::testing::Test {
 protected:
  ~LogTest() override {
    SetLogFormat("text");
    SetLogLevel("info");
  }

  template <typename Function>
  static std::string Logged(const Function& function) {
    testing::internal::CaptureStderr();
    function();
    return testing::internal::GetCapturedStderr();
  }
};

TEST_F(LogTest, TextIsOneLineWhateverAUserSent) {
  const std::string line = Logged([] {
    Log(LogLevel::kInfo, "upload",
        {{"file", "a\nlevel=error \"b\""}, {"note", "NVIDIA's \x1b[1m"}, {"size", "3"}});
  });
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  EXPECT_THAT(line, AllOf(HasSubstr("level=info event=upload file=\"a\\nlevel=error \\\"b\\\"\""),
                          HasSubstr("note=\"NVIDIA's \\u001b[1m\""), HasSubstr("size=3"),
                          HasSubstr("time=2")));
}

// A terminal acts upon C1 too: U+009B starts an escape sequence, and so does its bare byte.
TEST_F(LogTest, NoTerminalActsUponALine) {
  for (const char* format : {"text", "json"}) {
    SetLogFormat(format);
    const std::string line = Logged([] {
      Log(LogLevel::kInfo, "token",
          {{"c1", "a\xC2\x9B[2J"},
           {"del", "\x7f"},
           {"byte",
            "\x9B"
            "31m"},
           {"order", "a\u202Eb"}});
    });
    EXPECT_THAT(line, AllOf(HasSubstr("\"a\\u009b[2J\""), HasSubstr("\"\\u007f\""),
                            HasSubstr("\"\uFFFD31m\""), HasSubstr("\"a\\u202eb\"")))
        << format;
    for (const char* active : {"\xC2\x9B", "\x7f", "\u202E"}) {
      EXPECT_THAT(line, Not(HasSubstr(active))) << format;
    }
  }
}

TEST_F(LogTest, JsonIsOneObjectALine) {
  SetLogFormat("json");
  const std::string line = Logged([] {
    Log(LogLevel::kWarning, "upload", {{"file", "한\n\"\xff"}, {"empty", ""}});
  });
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  const auto object = nlohmann::json::parse(line);
  EXPECT_EQ(object["level"], "warning");
  EXPECT_EQ(object["event"], "upload");
  EXPECT_EQ(object["file"], "한\n\"\xEF\xBF\xBD");
  EXPECT_EQ(object["empty"], "");
  EXPECT_TRUE(object.contains("time"));
}

TEST_F(LogTest, AScopesFieldsAreInItsThreadsLines) {
  const std::string lines = Logged([] {
    const LogScope job({LogField("job", "7f3a"), LogField("trace_id", "")});
    {
      const LogScope inner({LogField("step", "9")});
      Log(LogLevel::kInfo, "inside", {{"step", "10"}});
    }
    Log(LogLevel::kInfo, "behind");
    std::thread([] { Log(LogLevel::kInfo, "elsewhere"); }).join();
  });
  EXPECT_THAT(lines, HasSubstr("event=inside step=10 job=7f3a\n"));
  EXPECT_THAT(lines, HasSubstr("event=behind job=7f3a\n"));
  EXPECT_THAT(lines, HasSubstr("event=elsewhere\n"));
  EXPECT_THAT(lines, Not(HasSubstr("trace_id")));
}

TEST_F(LogTest, TheLevelChangesWhileTheDaemonRuns) {
  EXPECT_EQ(Logged([] { Log(LogLevel::kDebug, "call"); }), "");
  EXPECT_TRUE(SetLogLevel("debug"));
  EXPECT_THAT(Logged([] { Log(LogLevel::kDebug, "call"); }), HasSubstr("level=debug event=call"));
  EXPECT_FALSE(SetLogLevel("loud"));
  EXPECT_FALSE(SetLogFormat("xml"));
}

}  // namespace
}  // namespace electra::server
