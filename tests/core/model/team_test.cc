#include "core/model/cpu/team.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

namespace electra::cpu {
namespace {

// More threads than this machine has processors: some of them are late to every phase.
constexpr int kManyThreads = 9;

TEST(TeamTest, DoesEveryPartOfAPhaseOnce) {
  for (const int threads : {1, 2, kManyThreads}) {
    std::vector<std::atomic<int>> first(1000);
    std::vector<std::atomic<int>> second(3);
    Team::Run(threads, [&](Team& team) {
      team.ForEach(1000, [&](int64_t part) { ++first[static_cast<size_t>(part)]; });
      team.ForEach(0, [&](int64_t /*part*/) { ADD_FAILURE() << "there is no part"; });
      team.ForEach(3, [&](int64_t part) { ++second[static_cast<size_t>(part)]; });
    });
    for (const std::atomic<int>& count : first) EXPECT_EQ(count, 1);
    for (const std::atomic<int>& count : second) EXPECT_EQ(count, 1);
  }
}

// Plain memory: each phase reads what parts of the one before wrote on any thread.
TEST(TeamTest, APhaseSeesAllOfTheOneBefore) {
  constexpr int64_t kParts = 16;
  constexpr int64_t kPhases = 500;
  std::vector<int64_t> values(kParts, 0);
  std::vector<int64_t> sums(kParts, 0);
  Team::Run(kManyThreads, [&](Team& team) {
    for (int64_t phase = 0; phase < kPhases; ++phase) {
      team.ForEach(kParts, [&](int64_t part) { values[static_cast<size_t>(part)] = phase + part; });
      team.ForEach(kParts, [&](int64_t part) {
        for (const int64_t value : values) sums[static_cast<size_t>(part)] += value;
      });
    }
  });
  int64_t expected = 0;
  for (int64_t phase = 0; phase < kPhases; ++phase) {
    for (int64_t part = 0; part < kParts; ++part) expected += phase + part;
  }
  for (const int64_t sum : sums) EXPECT_EQ(sum, expected);
}

TEST(TeamTest, PhasesThatDoNotWaitForEachOtherKeepTheirParts) {
  constexpr int64_t kPhases = 300;
  constexpr int64_t kParts = 25;
  std::vector<std::atomic<int>> done(kPhases * kParts);
  Team::Run(kManyThreads, [&](Team& team) {
    for (int64_t phase = 0; phase < kPhases; ++phase) {
      team.Start(kParts, [&](int64_t part) { ++done[static_cast<size_t>(phase * kParts + part)]; });
    }
    team.Wait();
  });
  for (const std::atomic<int>& count : done) EXPECT_EQ(count, 1);
}

TEST(TeamTest, RangesBeginWhereTheyAreToldTo) {
  std::vector<std::atomic<int>> done(10);
  Team::Run(3, [&](Team& team) {
    const int64_t begins[] = {0, 0, 7, 10};
    team.ForEach(
        10, [&](int64_t range) { return begins[range]; },
        [&](int64_t part) { ++done[static_cast<size_t>(part)]; });
  });
  for (const std::atomic<int>& count : done) EXPECT_EQ(count, 1);
}

TEST(TeamTest, ThreadsShareTheMemory) {
  Team::Run(2, [](Team& team) {
    constexpr int64_t kParts = Team::kMemoryFloats / 4096;
    team.ForEach(2 * kParts, [&](int64_t part) {
      team.memory(part / kParts)[part % kParts * 4096] = static_cast<float>(part);
    });
    team.ForEach(1, [&](int64_t /*part*/) {
      for (int64_t part = 0; part < 2 * kParts; ++part) {
        EXPECT_EQ(team.memory(part / kParts)[part % kParts * 4096], static_cast<float>(part));
      }
    });
  });
}

}  // namespace
}  // namespace electra::cpu
