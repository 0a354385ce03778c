#include "core/ranks/rank_team.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <thread>

#include "core/ranks/follow.h"
#include "core/shape/presets.h"

namespace electra {
namespace {

// A rank says why it left in words that keep their code on the way to rank 0.
TEST(RankTeamTest, WhatAFailedRankSaysKeepsItsCode) {
  const std::unique_ptr<KeyStore> store = KeyStore::InProcess();
  auto team = std::make_unique<RankTeam>(store->Clone(), RankTeamOptions{.prefix = "electra",
                                                                         .world_size = 2,
                                                                         .device = "cpu",
                                                                         .ranks = {},
                                                                         .is_one_process = true});
  Waiter waiter(store->Clone());
  std::thread other([&waiter] {
    Follow(waiter, {.prefix = "electra", .rank = 1, .device = "cpu", .ranks = {}}).IgnoreError();
  });
  BeginMessage begin{.model = FindModelPreset("tiny")->config, .hyperparameters = {}};
  begin.model.generator.hidden_size = 250;
  begin.model.generator.num_attention_heads = 4;
  const auto group = team->Form(2, begin, StopSignal());
  EXPECT_TRUE(group.ok() && *group != nullptr) << group.status();
  std::optional<RankTeam::Failure> failure = team->FindFailure();
  while (group.ok() && !failure) {
    std::this_thread::yield();
    failure = team->FindFailure();
  }
  team.reset();
  waiter.Interrupt();
  other.join();

  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->kind, RankTeam::Failure::Kind::kError);
  EXPECT_EQ(failure->rank, 1);
  EXPECT_EQ(failure->message.text(),
            "generator: hidden_size is 250: it must be a multiple of num_attention_heads, 4");
  EXPECT_EQ(failure->message.code(), "CONFIG_HIDDEN_SIZE");
  EXPECT_EQ(failure->message.args().at("at"), "generator");
}

}  // namespace
}  // namespace electra
