// Signals that arrive while the daemon stops.
#include "server/process/stop_signals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "server/base/log.h"
#include "server/process/run.h"

namespace electra::server {
namespace {

[[noreturn]] void Stop(int signals) {
  const sigset_t blocked = BlockSignals();
  {
    const StopSignals more(blocked, [] { return "the steps of job 7f3a"; });
    for (int i = 0; i < signals; ++i) {
      kill(getpid(), i % 2 == 0 ? SIGINT : SIGTERM);
      // One signal of a kind waits at a time.
      sigset_t waiting;
      do {
        sigpending(&waiting);
      } while (sigismember(&waiting, SIGINT) != 0 || sigismember(&waiting, SIGTERM) != 0);
    }
    // Nobody waits for it any more: it ends the process, or has no effect.
    while (signals > 1) pause();
  }
  _exit(0);
}

class StopSignalsTest : public ::testing::Test {
 protected:
  void SetUp() override { testing::FLAGS_gtest_death_test_style = "threadsafe"; }
};

TEST_F(StopSignalsTest, TheSecondOneWaitsForWhatIsSaved) {
  EXPECT_EXIT(Stop(1), testing::ExitedWithCode(0),
              "event=still_stopping signal=2 unsaved=\"the steps of job 7f3a\"");
}

TEST_F(StopSignalsTest, TheThirdOneEndsTheProcessAndSaysWhatIsLost) {
  EXPECT_EXIT(Stop(2), testing::KilledBySignal(SIGTERM),
              "event=ended_at_once signal=15 lost=\"the steps of job 7f3a\"");
}

TEST_F(StopSignalsTest, WithoutAnotherSignalNothingHappens) {
  EXPECT_EXIT(Stop(0), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace electra::server
