#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <new>

#include "core/selftest/groups.h"
#include "core/selftest/selftest.h"
#include "core/selftest/synthetic.h"
#include "core/session/device.h"
#include "core/session/fitting_batch.h"
#include "core/shape/presets.h"

namespace electra::selftest {
namespace {

constexpr int kTakenAsLoss = 75;  // the daemon's own status for it
constexpr int kTakenAsOther = 3;

// The exit status of this program with other arguments, its output discarded; -1: it was killed or
// did not start.
int RunChild(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) {
    posix_spawn_file_actions_addopen(&files, stream, "/dev/null", O_WRONLY, 0);
  }
  pid_t child = 0;
  const int problem =
      posix_spawn(&child, arguments[0], &files, /*attrp=*/nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  if (problem != 0) return -1;
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Result ChildReadsBeyondVocabulary(const Context& context) {
  if (context.self.empty()) return NotHere("this program does not start itself");
  std::vector<std::string> words = context.self;
  words.insert(words.end(), {"--device", context.device, "--provoke", kBadId});
  const int status = RunChild(words);
  const int expected = context.on_card() ? kTakenAsLoss : kTakenAsOther;
  return {.measured = "exit status " + std::to_string(status),
          .limit = std::to_string(expected),
          .verdict = PassIf(status == expected),
          .note = context.on_card() ? "the device counts as lost"
                                    : "an error like others: a processor is not lost"};
}

// Heads that do not divide the hidden size.
Result ABadShapeIsNoLoss(const Context& context) {
  if (!context.on_card()) return NotHere("no error of a processor counts as its loss");
  ModelConfig model = SmallModel(65, 1000);
  model.discriminator.num_attention_heads = 4;
  try {
    TrainingSession session(OptionsOf(model, context.device, Precision::kBfloat16));
    session.Evaluate(BatchOf(MakeText(std::vector<int64_t>{64, 32}, 1000)), 0);
  } catch (const std::exception& error) {
    const bool is_taken_rightly = !IsDeviceFailure(error) && !IsOutOfMemory(error);
    return {.measured = is_taken_rightly ? "an ordinary error" : "the loss of the device",
            .limit = "an ordinary error",
            .verdict = PassIf(is_taken_rightly)};
  }
  return {.measured = "no error", .limit = "an ordinary error"};
}

// Doubles the batch until a step fails, and goes on with the batch that the advice would name.
Result MemoryRunsOut(const Context& context) {
  if (!context.on_card()) return NotHere("a processor's memory is that of all programs");
  const ModelConfig model = FindModelPreset("base")->config;
  SessionOptions options = OptionsOf(model, context.device, Precision::kBfloat16);
  constexpr uint64_t kMost = 1 << 16;
  const Text text =
      MakeText(std::vector<int64_t>(kMost, model.discriminator.max_position_embeddings),
               model.generator.vocab_size);
  TrainingSession session(options);
  int64_t step = 1;
  uint64_t count = 64;
  bool is_recognised = false;
  for (; count <= kMost && !is_recognised; count *= 2) {
    const std::vector<PackedBatch> batch = {BatchOf(text, 0, count)};
    try {
      Train(session, batch, step++, 1);
    } catch (const std::exception& error) {
      if (!IsOutOfMemory(error) || IsDeviceFailure(error)) throw;
      is_recognised = true;
    }
  }
  if (!is_recognised) return {.measured = "never", .limit = "a batch that is too large"};
  const size_t tried = count / 2;
  const size_t fitting = FittingBatch(
      tried, [&](size_t sequences) { return session.Fits(BatchOf(text, 0, sequences)); });
  if (fitting == 0) return {.measured = "nothing fits", .limit = "a part of the batch"};
  std::vector<PackedBatch> parts;
  for (uint64_t first = 0; first < tried; first += fitting) {
    parts.push_back(BatchOf(text, first, fitting));
  }
  for (int i = 0; i < 5; ++i) {
    session.Step({.step = step++,
                  .learning_rate = 1e-4,
                  .micro_batches = parts,
                  .observed_sequence = std::nullopt});
  }
  session.TakeResults();
  return {.measured = std::to_string(fitting) + " of " + std::to_string(tried) + " fit",
          .limit = "trained 5 steps with accumulation",
          .verdict = Verdict::kPass};
}

// Whether the device computes as before, now that memory has run out on it.
Result EqualBitsAfterwards(const Context& context) {
  if (!context.on_card()) return NotHere("memory did not run out");
  ReleaseUnusedMemory();
  const Precision precision = Precision::kBfloat16;
  ModelConfig model = SmallModel(64, 1000);
  const std::vector<PackedBatch> batches = {
      BatchOf(MakeText(std::vector<int64_t>{512, 129, 8}, 1000))};
  TrainingSession a(OptionsOf(model, context.device, precision));
  TrainingSession b(OptionsOf(model, context.device, precision));
  Train(a, batches, 1, 5);
  Train(b, batches, 1, 5);
  const int64_t different = DifferentNumbers(a.CopyState(), b.CopyState());
  return {.measured = std::to_string(different) + " numbers differ",
          .limit = "none",
          .verdict = PassIf(different == 0)};
}

}  // namespace

int ReadBeyondVocabulary(const std::string& device) {
  const ModelConfig model = SmallModel(64, 1000);
  PackedBatch batch = BatchOf(MakeText(std::vector<int64_t>{64, 32}, 1000));
  batch.masked_ids[5] = model.generator.vocab_size + 7;
  try {
    TrainingSession session(OptionsOf(model, device, Precision::kFloat32));
    session.Evaluate(batch, 0);
  } catch (const std::exception& error) {
    // The broken driver may hang in an orderly exit.
    _exit(IsDeviceFailure(error) ? kTakenAsLoss : kTakenAsOther);
  }
  return kAllPassed;
}

std::vector<Check> FailureChecks(const Context& /*context*/) {
  return {{"failure: memory runs out", MemoryRunsOut},
          {"failure: the same bits afterwards", EqualBitsAfterwards},
          {"failure: a bad shape", ABadShapeIsNoLoss},
          {"failure: a child reads beyond the vocabulary", ChildReadsBeyondVocabulary}};
}

}  // namespace electra::selftest
