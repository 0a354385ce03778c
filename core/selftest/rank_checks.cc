#include <algorithm>
#include <chrono>
#include <cmath>
#include <future>
#include <memory>

#include "core/batch/share.h"
#include "core/selftest/groups.h"
#include "core/selftest/synthetic.h"
#include "core/session/device.h"
#include "core/shape/presets.h"

#ifdef ELECTRA_HAS_RANKS
#include "core/c10d/key_store.h"
#endif

namespace electra::selftest {
namespace {

#ifdef ELECTRA_HAS_RANKS

constexpr int64_t kSharedSteps = 3;
constexpr int64_t kTimedSteps = 10;

struct SharedRun {
  std::vector<double> losses;  // of the first steps
  double tokens_per_second = 0;
};

SessionOptions SharedOptions(const std::string& device) {
  ModelConfig tiny = FindModelPreset("tiny")->config;
  tiny.generator.vocab_size = tiny.discriminator.vocab_size = 1000;
  return OptionsOf(tiny, device, Precision::kFloat32);
}

// Two whole micro-batches a step: each rank draws for its own what one session draws for both.
std::vector<PackedBatch> SharedBatches() {
  const Text text = MakeText(std::vector<int64_t>(32, 64), 1000);
  return {BatchOf(text, 0, 16), BatchOf(text, 16, 16)};
}

// One rank's part of the run; its losses are those of all.
SharedRun RunRank(KeyStore& store, int64_t rank, const std::vector<std::string>& devices) {
  using Clock = std::chrono::steady_clock;
  const auto ranks = static_cast<int64_t>(devices.size());
  const std::string& device = devices[static_cast<size_t>(rank)];
  const ThreadShare threads(std::max(1, ThreadCount() / static_cast<int>(ranks)));
  UseDevice(device);
  SessionOptions options = SharedOptions(device);
  if (ranks > 1) {
    options.ranks =
        store.FormGroup({.name = "selftest", .rank = rank, .size = ranks, .device = device});
  }
  TrainingSession session(options);
  session.SynchronizeState();
  const std::vector<PackedBatch> batches = SharedBatches();
  std::optional<size_t> observed;
  const StepShare share = std::move(ShareOut(batches, ranks, &observed)[static_cast<size_t>(rank)]);
  StepRequest request{.learning_rate = 5e-4,
                      .micro_batches = share.micro_batches,
                      .indices = share.indices,
                      .observed_sequence = std::nullopt};
  for (const PackedBatch& batch : batches) {
    request.step_tokens += batch.token_count();
    request.step_masked += batch.masked_count();
  }
  SharedRun run;
  Clock::time_point start = Clock::now();
  for (request.step = 1; request.step <= kSharedSteps + kTimedSteps; ++request.step) {
    session.Step(request);
    if (request.step != kSharedSteps) continue;
    for (const StepResult& result : session.TakeResults()) run.losses.push_back(LossOf(result));
    start = Clock::now();
  }
  session.TakeResults();  // sync
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  run.tokens_per_second = static_cast<double>(kTimedSteps * request.step_tokens) / seconds;
  return run;
}

SharedRun RunOn(const std::vector<std::string>& devices) {
  const std::unique_ptr<KeyStore> store = KeyStore::InProcess();
  std::vector<std::future<SharedRun>> others;
  for (size_t rank = 1; rank < devices.size(); ++rank) {
    others.push_back(std::async(std::launch::async, [&store, &devices, rank] {
      return RunRank(*store->Clone(), static_cast<int64_t>(rank), devices);
    }));
  }
  const SharedRun run = RunRank(*store->Clone(), 0, devices);
  for (std::future<SharedRun>& other : others) other.get();
  return run;
}

Result TwoDevices(const Context& context) {
  std::vector<std::string> devices = {context.device};
  for (const DeviceReport& device : ListDevices()) {
    if (context.on_card() && device.name != "cpu" && device.name != context.device) {
      devices.push_back(device.name);
    }
  }
  if (!context.on_card()) devices.push_back("cpu");
  if (devices.size() < 2) return NotHere("there is one card");
  devices.resize(2);
  const SharedRun one = RunOn({devices[0]});
  const SharedRun two = RunOn(devices);
  double worst = 0;
  for (size_t i = 0; i < one.losses.size(); ++i) {
    worst = std::max(worst, std::abs(two.losses.at(i) / one.losses[i] - 1));
  }
  constexpr double kMost = 1e-6;
  return {.measured = "losses differ by " + Number(worst),
          .limit = "at most 1e-06",
          .verdict = PassIf(worst <= kMost),
          .note = Number(one.tokens_per_second) + " tokens/s with one, " +
                  Number(two.tokens_per_second) + " with two"};
}

#else

Result TwoDevices(const Context& /*context*/) {
  return NotHere("the engine was built without collectives");
}

#endif

}  // namespace

std::vector<Check> RankChecks(const Context& /*context*/) {
  return {{"two devices share a step", TwoDevices}};
}

}  // namespace electra::selftest
