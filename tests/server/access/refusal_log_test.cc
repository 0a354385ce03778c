// Lines of refused calls, with a clock of the test's own.
#include "server/access/refusal_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/strings/str_split.h"
#include "electra/v1/job.pb.h"
#include "server/base/errors.h"

namespace electra::server {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kMost = RefusalLog::kLinesAMinute;

class RefusalLogTest : public ::testing::Test {
 protected:
  void Refuse(const std::string& reason, int64_t times = 1) {
    const absl::Status status =
        Error(absl::StatusCode::kUnauthenticated, Message::Of(reason, {}, "go away"));
    for (int64_t i = 0; i < times; ++i) {
      refusals_->Add(policy_, "ipv4:10.0.0.9:4711", {.request_id = "r1"}, status);
    }
  }

  static std::vector<std::string> Lines(const std::function<void()>& function) {
    testing::internal::CaptureStderr();
    function();
    return absl::StrSplit(testing::internal::GetCapturedStderr(), '\n', absl::SkipEmpty());
  }

  static auto More(const std::string& kind, int64_t count) {
    return AllOf(HasSubstr("level=warning event=more_calls_refused kind=" + kind),
                 HasSubstr("count=" + std::to_string(count) + " "));
  }

  int64_t now_ = 1'700'000'000 * kSecond;
  const MethodPolicy policy_ = PolicyFor(*v1::GetJobRequest::descriptor());
  std::unique_ptr<RefusalLog> refusals_ = std::make_unique<RefusalLog>([this] { return now_; });
};

TEST_F(RefusalLogTest, ALineSaysWhoWasRefusedWhatAndWhy) {
  EXPECT_THAT(Lines([&] { Refuse("TOKEN_MISSING"); }),
              ElementsAre(AllOf(
                  HasSubstr("level=warning event=call_refused"), HasSubstr("JobService.GetJob"),
                  HasSubstr("peer=ipv4:10.0.0.9:4711"), HasSubstr("kind=TOKEN_MISSING"),
                  HasSubstr("reason=\"go away\""), HasSubstr("request=r1"))));
}

TEST_F(RefusalLogTest, SoManyLinesAMinuteOfAKind) {
  EXPECT_THAT(Lines([&] { Refuse("TOKEN_MISSING", 1000); }), SizeIs(kMost));
  now_ += 59 * kSecond;
  EXPECT_THAT(Lines([&] { Refuse("TOKEN_MISSING"); }), IsEmpty());
  // Another kind is not drowned in it.
  EXPECT_THAT(Lines([&] { Refuse("TOKEN_UNKNOWN"); }), SizeIs(1));
}

TEST_F(RefusalLogTest, BehindTheMinuteTheRestIsSaidOnceAndLinesAreWrittenAgain) {
  Lines([&] { Refuse("TOKEN_MISSING", kMost + 480); });
  now_ += 60 * kSecond;
  EXPECT_THAT(Lines([&] { Refuse("TOKEN_MISSING", 2); }),
              ElementsAre(More("TOKEN_MISSING", 480), HasSubstr("event=call_refused"),
                          HasSubstr("event=call_refused")));
  now_ += 60 * kSecond;
  EXPECT_THAT(Lines([&] { Refuse("TOKEN_MISSING"); }),
              ElementsAre(HasSubstr("event=call_refused")));
}

TEST_F(RefusalLogTest, TheRestIsSaidWhereNothingMoreIsRefused) {
  Lines([&] {
    Refuse("TOKEN_MISSING", kMost + 7);
    Refuse("RATE_LIMITED", kMost);
  });
  now_ += 59 * kSecond;
  EXPECT_THAT(Lines([&] { refusals_->Flush(); }), IsEmpty());
  now_ += kSecond;
  EXPECT_THAT(Lines([&] { refusals_->Flush(); }), ElementsAre(More("TOKEN_MISSING", 7)));
  EXPECT_THAT(Lines([&] { refusals_->Flush(); }), IsEmpty());
}

TEST_F(RefusalLogTest, TheRestIsSaidAtTheEnd) {
  Lines([&] { Refuse("STREAM_LIMIT", kMost + 1); });
  EXPECT_THAT(Lines([&] { refusals_.reset(); }), ElementsAre(More("STREAM_LIMIT", 1)));
}

TEST_F(RefusalLogTest, AClockThatIsSetBackSilencesNothing) {
  Lines([&] { Refuse("TOKEN_MISSING", kMost + 3); });
  now_ -= 24 * 3600 * kSecond;
  EXPECT_THAT(Lines([&] { Refuse("TOKEN_MISSING"); }),
              ElementsAre(More("TOKEN_MISSING", 3), HasSubstr("event=call_refused")));
}

}  // namespace
}  // namespace electra::server
