#include "server/jobs/placement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace electra::server {

// By their fields, for the matchers below.
void PrintTo(const Placement::Start& start, std::ostream* out) {
  *out << start.job << " on " << ::testing::PrintToString(start.devices);
}

namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

auto Starts(int64_t job, std::vector<std::string> devices) {
  return AllOf(Field(&Placement::Start::job, job), Field(&Placement::Start::devices, devices));
}

auto Stops(int64_t job, int64_t for_job) {
  return AllOf(Field(&Placement::Stop::job, job), Field(&Placement::Stop::for_job, for_job));
}

std::vector<PlaceableDevice> Cards(int count) {
  std::vector<std::string> names = {"cpu"};
  for (int i = 0; i < count; ++i) names.push_back("cuda:" + std::to_string(i));
  return PlaceableDevices(names);
}

WaitingJob Wants(int64_t id, int64_t devices, int64_t priority = 0, std::string device = "auto") {
  return {.id = id, .priority = priority, .requested_device = device, .devices = devices};
}

TEST(PlacementTest, JobsStandBesideEachOtherOneADevice) {
  Placement placement(Cards(3), {});
  EXPECT_TRUE(placement.Add(Wants(1, 1)));
  EXPECT_TRUE(placement.Add(Wants(2, 1, 0, "cuda:2")));
  EXPECT_TRUE(placement.Add(Wants(3, 1, 0, "cuda")));
  EXPECT_FALSE(placement.Add(Wants(4, 1, 0, "cpu")));  // all have a job now
  EXPECT_THAT(placement.starts(), ElementsAre(Starts(1, {"cuda:0"}), Starts(2, {"cuda:2"}),
                                              Starts(3, {"cuda:1"}), Starts(4, {"cpu"})));
}

TEST(PlacementTest, AWideJobTakesAllItsDevicesAtOnceThoseWithMostMemory) {
  std::vector<PlaceableDevice> devices = Cards(4);
  for (size_t i = 1; i < devices.size(); ++i) devices[i].free_memory = i == 2 ? 1 : 10;
  Placement placement(devices, {});
  placement.Add(Wants(1, 3));
  EXPECT_THAT(placement.starts(), ElementsAre(Starts(1, {"cuda:0", "cuda:2", "cuda:3"})));
}

TEST(PlacementTest, RanksOnTheProcessorShareIt) {
  Placement placement(PlaceableDevices({"cpu"}), {});
  EXPECT_FALSE(placement.Add(Wants(1, 4)));
  EXPECT_THAT(placement.starts(), ElementsAre(Starts(1, {"cpu"})));
}

TEST(PlacementTest, AWideJobThatIsNextHoldsWhatIsFree) {
  const RunningJob running{.id = 1, .devices = {"cuda:0"}};
  Placement placement(Cards(2), {running});
  EXPECT_TRUE(placement.Add(Wants(2, 2)));  // waits for cuda:0
  placement.Add(Wants(3, 1));               // came later: does not take cuda:1
  placement.Add(Wants(4, 1, 0, "cpu"));     // takes nothing from job 2
  EXPECT_THAT(placement.starts(), ElementsAre(Starts(4, {"cpu"})));
  EXPECT_THAT(placement.stops(), IsEmpty());
  EXPECT_THAT(placement.held(), ElementsAre(Pair("cuda:1", 2)));
}

TEST(PlacementTest, OfTwoWideJobsTheFirstGetsItsDevices) {
  const RunningJob running{.id = 1, .devices = {"cuda:3"}};
  Placement placement(Cards(4), {running});
  placement.Add(Wants(2, 4));
  placement.Add(Wants(3, 3));
  EXPECT_THAT(placement.starts(), IsEmpty());
  EXPECT_THAT(placement.held(),
              ElementsAre(Pair("cuda:0", 2), Pair("cuda:1", 2), Pair("cuda:2", 2)));
}

TEST(PlacementTest, LessUrgentJobsMakeRoomTheLeastUrgentFirst) {
  const std::vector<RunningJob> running = {{.id = 1, .priority = 5, .devices = {"cuda:0"}},
                                           {.id = 2, .priority = 1, .devices = {"cuda:1"}},
                                           {.id = 3, .priority = 1, .devices = {"cuda:2"}},
                                           {.id = 4, .priority = 9, .devices = {"cuda:3"}}};
  Placement one(Cards(4), running);
  one.Add(Wants(5, 1, 8));
  EXPECT_THAT(one.stops(), ElementsAre(Stops(3, 5)));  // the later of the two
  Placement three(Cards(4), running);
  three.Add(Wants(5, 3, 8));
  EXPECT_THAT(three.stops(), ElementsAre(Stops(3, 5), Stops(2, 5), Stops(1, 5)));
}

TEST(PlacementTest, NobodyIsStoppedWhereItWouldNotBeEnough) {
  const std::vector<RunningJob> running = {{.id = 1, .priority = 1, .devices = {"cuda:0"}},
                                           {.id = 2, .priority = 9, .devices = {"cuda:1"}}};
  Placement placement(Cards(2), running);
  placement.Add(Wants(3, 2, 5));
  EXPECT_THAT(placement.stops(), IsEmpty());
}

TEST(PlacementTest, WhatIsAboutToBeFreeStopsNobodyTwice) {
  const std::vector<RunningJob> running = {
      {.id = 1, .devices = {"cuda:0", "cuda:1"}, .is_stopping = true},
      {.id = 2, .devices = {"cuda:2"}}};
  Placement placement(Cards(3), running);
  placement.Add(Wants(3, 2, 5));
  placement.Add(Wants(4, 1, 4));
  EXPECT_THAT(placement.stops(), ElementsAre(Stops(2, 4)));
  EXPECT_THAT(placement.starts(), IsEmpty());
}

TEST(PlacementTest, AWideJobMakesRoomForANarrowOneAndTheRestIsOpen) {
  const RunningJob running{.id = 1, .devices = {"cuda:0", "cuda:1"}};
  Placement placement(Cards(2), {running});
  EXPECT_TRUE(placement.Add(Wants(2, 1, 5)));
  placement.Add(Wants(3, 1, 4));
  EXPECT_THAT(placement.stops(), ElementsAre(Stops(1, 2)));
}

TEST(PlacementTest, NobodyIsStoppedWhoseDevicesAreNotNeeded) {
  const std::vector<RunningJob> running = {
      {.id = 1, .priority = 0, .devices = {"cuda:0"}},
      {.id = 2, .priority = 1, .devices = {"cuda:1", "cuda:2"}}};
  Placement placement(Cards(3), running);
  placement.Add(Wants(3, 2, 5));
  EXPECT_THAT(placement.stops(), ElementsAre(Stops(2, 3)));
}

TEST(PlacementTest, WhatNoDeviceHereServesHoldsNothing) {
  Placement placement(Cards(1), {});
  EXPECT_TRUE(placement.Add(Wants(1, 1, 0, "cuda:3")));
  placement.Add(Wants(2, 1));
  EXPECT_THAT(placement.starts(), ElementsAre(Starts(2, {"cuda:0"})));
}

TEST(PlacementTest, AJobOfTimesWithMoreCardsGetsAllThatAreLeft) {
  Placement placement(Cards(2), {});
  placement.Add(Wants(1, 4));
  EXPECT_THAT(placement.starts(), ElementsAre(Starts(1, {"cuda:0", "cuda:1"})));
}

TEST(PlacementTest, WhatIsTooWideIsSaid) {
  EXPECT_THAT(std::string(CheckPlaceable(Cards(2), Wants(1, 3)).message()),
              HasSubstr("devices is 3, but device=auto is 2 cards here"));
  EXPECT_THAT(std::string(CheckPlaceable(Cards(2), Wants(1, 2, 0, "cuda:1")).message()),
              HasSubstr("device=cuda:1 is one card here"));
  EXPECT_TRUE(CheckPlaceable(Cards(2), Wants(1, 2, 0, "cpu")).ok());
  EXPECT_TRUE(CheckPlaceable(Cards(0), Wants(1, 8)).ok());
  const std::vector<PlaceableDevice> launch = PlaceableDevices({"cuda:0"}, 8);
  EXPECT_TRUE(CheckPlaceable(launch, Wants(1, 8)).ok());
  EXPECT_THAT(std::string(CheckPlaceable(launch, Wants(1, 9)).message()),
              HasSubstr("launched with 8 ranks"));
}

// Whatever the queue holds: a device has one job, and a begun job has all of its devices.
TEST(PlacementTest, EveryQueueIsPlacedWithoutOverlap) {
  uint64_t state = 7;
  const auto chance = [&state](int64_t below) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<int64_t>((state >> 33) % static_cast<uint64_t>(below));
  };
  for (int round = 0; round < 2000; ++round) {
    const int cards = static_cast<int>(chance(5));
    std::vector<RunningJob> running;
    for (int card = 0; card < cards; ++card) {
      if (chance(2) == 0) continue;
      running.push_back({.id = 100 + card,
                         .priority = chance(4),
                         .devices = {"cuda:" + std::to_string(card)},
                         .is_stopping = chance(3) == 0});
    }
    Placement placement(Cards(cards), running);
    std::map<std::string, int64_t> owners;
    for (const RunningJob& job : running) owners[job.devices.front()] = job.id;
    std::map<int64_t, int64_t> wanted;
    for (int64_t id = 1; id <= 6; ++id) {
      const WaitingJob job = Wants(id, 1 + chance(4), 6 - id, chance(4) == 0 ? "cpu" : "auto");
      wanted[id] =
          job.requested_device == "cpu" || cards == 0 ? 1 : std::min<int64_t>(job.devices, cards);
      if (!placement.Add(job)) break;
    }
    for (const Placement::Start& start : placement.starts()) {
      EXPECT_EQ(static_cast<int64_t>(start.devices.size()), wanted[start.job]);
      for (const std::string& device : start.devices) {
        EXPECT_TRUE(owners.emplace(device, start.job).second) << device << " has two jobs";
      }
    }
    for (const auto& [device, job] : placement.held()) {
      EXPECT_EQ(owners.count(device), 0U) << device << " is held and has a job";
    }
  }
}

}  // namespace
}  // namespace electra::server
