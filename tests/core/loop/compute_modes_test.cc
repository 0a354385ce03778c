#include "core/loop/compute_modes.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <optional>

#include "absl/synchronization/notification.h"

namespace electra {
namespace {

constexpr ComputeModes kExact{.tf32 = false, .deterministic = true};
constexpr ComputeModes kFast{.tf32 = true, .deterministic = false};

void NoWait() { ADD_FAILURE() << "it waited"; }

TEST(ComputeModeGateTest, JobsThatAreAlikeRunAtTheSameTime) {
  ComputeModeGate gate;
  const StopSignal stop;
  const auto first = gate.Enter(kExact, stop, NoWait);
  const auto second = gate.Enter(kExact, stop, NoWait);
  EXPECT_TRUE(first.ok() && second.ok());
}

TEST(ComputeModeGateTest, OneThatDiffersWaitsForTheLastOfTheOthers) {
  ComputeModeGate gate;
  const StopSignal stop;
  std::optional<ComputeModeGate::Lease> first(*gate.Enter(kExact, stop, NoWait));
  std::optional<ComputeModeGate::Lease> second(*gate.Enter(kExact, stop, NoWait));
  absl::Notification waits;
  std::future<bool> other = std::async(
      std::launch::async, [&] { return gate.Enter(kFast, stop, [&] { waits.Notify(); }).ok(); });
  waits.WaitForNotification();
  first.reset();
  EXPECT_NE(other.wait_for(std::chrono::seconds(0)), std::future_status::ready);
  second.reset();
  EXPECT_TRUE(other.get());
  // And what it held is free again.
  EXPECT_TRUE(gate.Enter(kExact, stop, NoWait).ok());
}

TEST(ComputeModeGateTest, AStopEndsTheWait) {
  ComputeModeGate gate;
  StopSignal stop;
  const auto holder = gate.Enter(kExact, stop, NoWait);
  const auto entered = gate.Enter(kFast, stop, [&stop] { stop.Request(StopReason::kCancel); });
  EXPECT_TRUE(absl::IsCancelled(entered.status())) << entered.status();
}

}  // namespace
}  // namespace electra
