#include "core/trainer.h"

#include <algorithm>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/mutex.h"
#include "core/base/machine.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/comm/rank_lost.h"
#include "core/hub/pretrained_pair.h"
#include "core/loop/checkpoint_folders.h"
#include "core/loop/compute_modes.h"
#include "core/loop/engine_error.h"
#include "core/loop/loop.h"
#include "core/loop/prepare.h"
#include "core/loop/pretrained_state.h"
#include "core/loop/resident_models.h"
#include "core/probe/probe_set.h"
#include "core/ranks/find_device.h"
#include "core/ranks/local_ranks.h"
#include "core/ranks/rendezvous_impl.h"
#include "core/session/device.h"
#include "core/settings/hyperparameter_table.h"
#include "core/shape/presets.h"

namespace electra {
namespace {

class LibtorchTrainer : public Trainer {
 public:
  explicit LibtorchTrainer(const TrainerOptions& options)
      : ranks_(options.ranks), models_(options.resident_bytes) {}

  absl::StatusOr<TrainingOutcome> Train(const TrainingTask& task, TrainingObserver& observer,
                                        const StopSignal& stop) override {
    try {
      return TrainOrThrow(task, observer, stop);
    } catch (const StoreLost& error) {
      return UnavailableError("AGENT_LOST", "torchrun's agent does not answer any more: {reason}",
                              error.what());
    } catch (const std::exception& error) {
      return DeviceError(
          error, ResourceExhaustedError(
                     "TRAINING_OUT_OF_MEMORY",
                     "memory ran out: use a smaller batch_size, max_length or model. {reason}",
                     EngineReason(error)));
    }
  }

  std::vector<DeviceReport> Devices() const override {
    std::vector<DeviceReport> devices = ListDevices();
    const std::optional<MachineMemory> memory = ReadMachineMemory();
    if (memory) devices.front().memory_bytes = memory->total_bytes;  // the processor's
    if (ranks_ != nullptr) {
      const std::string& own = ranks_->impl().team->options().device;
      std::erase_if(devices, [&own](const DeviceReport& device) { return device.name != own; });
    }
    return devices;
  }

  absl::StatusOr<std::string> ResolveDevice(std::string_view requested) const override {
    ASSIGN_OR_RETURN(std::string device, FindDevice(requested));
    if (ranks_ == nullptr) return device;
    const std::string& own = ranks_->impl().team->options().device;
    if (requested != "auto" && requested != "cuda" && device != own) {
      return NotFoundError("DEVICE_NOT_OF_RANK",
                           "device is \"{device}\", but each rank of this launch has one device, "
                           "rank 0 {own}: use device=auto",
                           requested, own);
    }
    return own;
  }

  absl::Status CheckPrecision(const Hyperparameters& values,
                              std::string_view device) const override {
    if (device != "cpu" || !values.ComputesInBf16(device)) return absl::OkStatus();
    const std::string processor = ProcessorWithoutBFloat16();
    if (processor.empty()) return absl::OkStatus();
    return FailedPreconditionError(
        "NO_BFLOAT16_ON_PROCESSOR",
        "bf16 is true, but this processor ({processor}) has no instructions for bfloat16 "
        "(avx512_bf16, amx_bf16 or Arm's bf16): leave bf16 at auto, which computes in float32 "
        "there",
        processor);
  }

  double ProductSpeed(const std::string& device, std::string_view type) const override {
    absl::MutexLock lock(&speeds_mutex_);
    double& speed = speeds_[{device, std::string(type)}];
    if (speed > 0) return speed;
    try {
      speed = MeasureMatrixProduct(device, type);
    } catch (const std::exception&) {
      speed = 0;  // no memory, or no such device any more: a job will say so
    }
    return speed;
  }

  UnloadReport Unload() override {
    const UnloadReport report = models_.Unload();
    ReleaseUnusedMemory();
    return report;
  }

 private:
  absl::StatusOr<TrainingOutcome> TrainOrThrow(const TrainingTask& task, TrainingObserver& observer,
                                               const StopSignal& stop) {
    const auto is_stopped = [&stop](const absl::Status& status) {
      return absl::IsCancelled(status) && stop.requested();
    };
    const auto stopped = [&task, &stop] {
      return StoppedBeforeSteps(CheckpointsDir(task.job_dir), stop.reason());
    };
    std::shared_ptr<const PretrainedPair> pretrained;  // null: from scratch
    if (!task.pretrained_dir.empty()) {
      const absl::StatusOr<ResidentModel> model = models_.Load(task.pretrained_dir.string(), stop);
      if (is_stopped(model.status())) return stopped();
      RETURN_IF_ERROR(model.status());
      if (model->was_read) observer.OnModelRead();
      pretrained = model->pair;
    } else if (task.hyperparameters.vocab_extend > 0) {
      return NothingToExtend(task.model);
    }
    ASSIGN_OR_RETURN(const std::vector<std::string> devices, DevicesOf(task));
    // Before the corpus is read, which takes long: a device that cannot compute refuses the job.
    RETURN_IF_ERROR(CheckPrecision(task.hyperparameters, devices.front()));
    for (const std::string& device : devices) TryDevice(device);
    UseDevice(devices.front());
    std::optional<ComputeModeGate::Lease> modes;
    if (devices.front() != "cpu") {
      absl::StatusOr<ComputeModeGate::Lease> entered =
          modes_.Enter(ModesOf(task.hyperparameters), stop, [&observer] {
            observer.OnMessage(
                Severity::kInfo,
                Message("WAITS_FOR_OTHER_MODES",
                        "waiting for jobs on other cards that differ in tf32 or deterministic"));
          });
      if (is_stopped(entered.status())) return stopped();
      RETURN_IF_ERROR(entered.status());
      modes.emplace(*std::move(entered));
    }
    absl::StatusOr<PreparedCorpus> corpus =
        PrepareCorpus(task, pretrained && pretrained->tokenizer ? &*pretrained->tokenizer : nullptr,
                      observer, stop);
    if (is_stopped(corpus.status())) return stopped();
    RETURN_IF_ERROR(corpus.status());
    const Vocabulary& vocabulary = corpus->tokenizer->vocabulary();
    ModelConfig model;
    if (pretrained) {
      RETURN_IF_ERROR(CheckVocabularyFits(corpus->model_tokens, pretrained->discriminator.config));
      model = PretrainedConfig(*pretrained, task.hyperparameters);
      for (ElectraConfig* config : {&model.generator, &model.discriminator}) {
        config->vocab_size = std::max<int64_t>(config->vocab_size, vocabulary.size());
      }
    } else {
      ASSIGN_OR_RETURN(model, PresetConfig(task, vocabulary));
    }
    for (ElectraConfig* config : {&model.generator, &model.discriminator}) {
      config->hidden_dropout_prob = task.hyperparameters.hidden_dropout_prob;
      config->attention_probs_dropout_prob = task.hyperparameters.attention_probs_dropout_prob;
    }
    const std::vector<HyperparameterViolation> violations =
        CheckAgainstModel(task.hyperparameters, model);
    if (!violations.empty())
      return Error(absl::StatusCode::kInvalidArgument, violations.front().problem);
    ASSIGN_OR_RETURN(ProbeSet probe, ProbeSet::Create(task.probe, *corpus->tokenizer,
                                                      task.hyperparameters.max_length));
    // Threads for the other devices of this process, if the job has several.
    std::unique_ptr<LocalRanks> local;
    PreparedRun run{.task = task,
                    .model = model,
                    .pretrained = pretrained.get(),
                    .corpus = *std::move(corpus),
                    .probe = std::move(probe),
                    .device = devices.front()};
    run.ranks = static_cast<int64_t>(devices.size());
    if (ranks_ != nullptr) {
      run.team = ranks_->impl().team.get();
      const int64_t wanted = task.hyperparameters.devices;
      run.ranks = wanted == 0 ? run.team->options().world_size : wanted;
    } else if (devices.size() > 1) {
      local = std::make_unique<LocalRanks>(devices, RankOptions());
      run.team = &local->team();
    }
    return RunTraining(std::move(run), observer, stop);
  }

  static absl::Status CheckDevices(const std::vector<std::string>& devices) {
    for (const std::string& device : devices) {
      RETURN_IF_ERROR(FindDevice(device).status());
      if ((device == "cpu") != (devices.front() == "cpu")) {
        return InvalidArgumentError(
            "DEVICES_DIFFER", "devices are {devices}: cards and processors do not share a job",
            absl::StrJoin(devices, ", "));
      }
    }
    return absl::OkStatus();
  }

  // A name for each rank that this process computes for, the first one rank 0's.
  absl::StatusOr<std::vector<std::string>> DevicesOf(const TrainingTask& task) const {
    const int64_t wanted = task.hyperparameters.devices;
    ASSIGN_OR_RETURN(const std::string first, ResolveDevice(task.hyperparameters.device));
    if (ranks_ != nullptr) {
      const int64_t world_size = ranks_->environment().world_size;
      if (wanted > world_size) {
        return InvalidArgumentError(
            "MORE_DEVICES_THAN_RANKS",
            "devices is {devices}, but this launch has {ranks} ranks (WORLD_SIZE)", wanted,
            world_size);
      }
      return std::vector<std::string>{first};
    }
    if (!task.devices.empty()) {
      RETURN_IF_ERROR(CheckDevices(task.devices));
      return task.devices;
    }
    std::vector<std::string> devices = {first};
    int64_t card = 0;
    const bool on_cards = first != "cpu";
    if (on_cards && !absl::SimpleAtoi(first.substr(first.find(':') + 1), &card)) {
      return InternalError("DEVICE_WITHOUT_NUMBER", "device {device} has no number", first);
    }
    for (int64_t i = 1; i < wanted; ++i) {
      const absl::StatusOr<std::string> next =
          FindDevice(on_cards ? absl::StrCat("cuda:", card + i) : std::string("cpu"));
      if (!next.ok()) {
        return InvalidArgumentError("TOO_MANY_DEVICES", "devices is {devices}: {problem}", wanted,
                                    next.status());
      }
      devices.push_back(*next);
    }
    return devices;
  }

  static absl::StatusOr<ModelConfig> PresetConfig(const TrainingTask& task,
                                                  const Vocabulary& vocabulary) {
    const ModelPreset* preset = FindModelPreset(task.model);
    if (preset == nullptr) {
      return NotFoundError("UNKNOWN_PRESET", "there is no model \"{model}\"", task.model);
    }
    ModelConfig model = preset->config;
    for (ElectraConfig* config : {&model.generator, &model.discriminator}) {
      config->vocab_size = vocabulary.size();
      config->pad_token_id = vocabulary.special().pad;
    }
    return model;
  }

  static absl::Status CheckVocabularyFits(int64_t tokens, const ElectraConfig& config) {
    if (tokens <= config.vocab_size) return absl::OkStatus();
    return InvalidArgumentError(
        "VOCABULARY_DOES_NOT_FIT",
        "the vocabulary has {tokens} tokens, but the model's word embedding only {rows} rows",
        tokens, config.vocab_size);
  }

  Rendezvous* const ranks_;  // null where this process was not launched with others
  ResidentModels models_;
  ComputeModeGate modes_;

  mutable absl::Mutex speeds_mutex_;
  mutable std::map<std::pair<std::string, std::string>, double> speeds_
      ABSL_GUARDED_BY(speeds_mutex_);
};

}  // namespace

std::vector<CorpusSource> TrainedOn(const TrainingTask& task) {
  std::vector<CorpusSource> sources = {
      {.path = task.corpus_path, .reading = task.corpus, .sha256 = task.corpus_sha256}};
  sources.insert(sources.end(), task.more_corpora.begin(), task.more_corpora.end());
  return sources;
}

std::unique_ptr<Trainer> CreateTrainer(const TrainerOptions& options) {
  SetThreadCount(ThreadsWithin(options.threads, ThreadCount(), ReadProcessorLimit()));
  return std::make_unique<LibtorchTrainer>(options);
}

}  // namespace electra
