#include "core/task/finetuning.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/hub/classifier_save.h"
#include "core/hub/pretrained_pair.h"
#include "core/loop/engine_error.h"
#include "core/loop/prepare.h"
#include "core/session/classifier_session.h"
#include "core/session/device.h"
#include "core/settings/schedule.h"
#include "core/text/tokenizer.h"

namespace electra {
namespace {

// Rows that are tested at once.
constexpr size_t kTestedAtOnce = 64;

// From this hidden size on a model is ELECTRA's "large".
constexpr int64_t kLargeHiddenSize = 1024;

// Rows as token ids, without [CLS] and [SEP].
struct TokenizedRows {
  std::vector<int32_t> ids;
  std::vector<uint64_t> offsets = {0};

  TokenSequences sequences() const { return {.ids = ids, .offsets = offsets}; }
};

TokenizedRows TokenizeRows(std::span<const std::string> texts, const Tokenizer& tokenizer,
                           int64_t max_length) {
  TokenizedRows rows;
  for (const std::string& text : texts) {
    const size_t most = rows.ids.size() + static_cast<size_t>(max_length - 2);
    tokenizer.Encode(text, &rows.ids);
    rows.ids.resize(std::min(rows.ids.size(), most));
    rows.offsets.push_back(rows.ids.size());
  }
  return rows;
}

// Without masks.
PackedBatch BatchOf(const TokenizedRows& rows, std::span<const uint64_t> chosen,
                    const SpecialTokenIds& special) {
  constexpr MaskingOptions kAny{.mlm_probability = 0, .replace_prob = 0, .seed = 0, .epoch = 0};
  PackedBatch batch = MakeBatch(rows.sequences(), chosen, special, kAny);
  batch.masked_positions.clear();  // training masks one token at least
  batch.masked_ids = batch.original_ids;
  return batch;
}

absl::Status Stopped() { return absl::CancelledError("the run was stopped"); }

absl::StatusOr<TokenizerFiles> TokenizerFilesOf(const FinetuningTask& task, PretrainedPair* pair) {
  if (pair->tokenizer) return *std::move(pair->tokenizer);
  if (!task.tokenizer_of.empty()) {
    ASSIGN_OR_RETURN(PretrainedPair other, LoadPretrainedPair(task.tokenizer_of.string()));
    if (other.tokenizer) return *std::move(other.tokenizer);
  }
  return FailedPreconditionError("FINETUNING_WITHOUT_VOCABULARY",
                                 "neither the model nor the job has a vocabulary");
}

// One run: a classifier on its way through its rows.
class Run {
 public:
  Run(const FinetuningTask& task, const PretrainedPair& pair, const LabelledTexts& texts,
      const Tokenizer& tokenizer)
      : task_(task),
        texts_(texts),
        tokenizer_(tokenizer),
        config_(pair.discriminator.config),
        hyperparameters_(FinetuningHyperparameters(task.settings, config_, task.seed)),
        special_(SpecialIds(tokenizer.vocabulary())),
        rows_(TokenizeRows(texts.texts, tokenizer,
                           std::min(task.settings.max_length, config_.max_position_embeddings))),
        split_(StratifiedSplit(texts.labels, task.settings.test_percentage,
                               static_cast<uint64_t>(task.seed))),
        session_({.config = config_,
                  .classes = static_cast<int64_t>(texts.classes.size()),
                  .hyperparameters = hyperparameters_,
                  .device = task.device}) {}

  absl::Status Fill(const PretrainedPair& pair) {
    absl::Status status;
    session_.Fill([&](const std::string& name, std::span<float> values) {
      const auto weight = pair.discriminator.weights.find(name);
      if (weight == pair.discriminator.weights.end()) return false;  // the classifier's head
      status.Update(ToFloat32(weight->second.view, values));
      return true;
    });
    return status;
  }

  absl::Status Train(const StopSignal& stop, const std::function<void(double)>& on_progress) {
    const RunLength run =
        ComputeRunLength(hyperparameters_, static_cast<int64_t>(split_.train.size()));
    const auto batch_size = static_cast<size_t>(hyperparameters_.batch_size);
    std::vector<uint64_t> order;
    for (int64_t step = 1; step <= run.total_steps; ++step) {
      if (stop.requested()) return Stopped();
      const auto place = static_cast<size_t>((step - 1) % run.steps_per_epoch) * batch_size;
      if (place == 0) {
        order = EpochOrder(split_.train, static_cast<uint64_t>(task_.seed),
                           static_cast<uint64_t>(run.EpochOf(step)));
      }
      const std::span<const uint64_t> chosen =
          std::span(order).subspan(place, std::min(batch_size, order.size() - place));
      const PackedBatch batch = BatchOf(rows_, chosen, special_);
      const double loss =
          session_.Step({.batch = batch,
                         .labels = texts_.labels,
                         .step = step,
                         .learning_rate = LearningRate(hyperparameters_, run, step)});
      if (!std::isfinite(loss)) {
        return InvalidArgumentError("FINETUNING_DIVERGED",
                                    "step {step} has a loss that is not a finite number: use a "
                                    "smaller learning rate than {rate}",
                                    step, hyperparameters_.learning_rate);
      }
      on_progress(static_cast<double>(step) / static_cast<double>(run.total_steps));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<FinetuningResult> Test(const StopSignal& stop) const {
    const auto classes = static_cast<ptrdiff_t>(texts_.classes.size());
    std::vector<int64_t> labels;
    std::vector<int64_t> predicted;
    for (size_t first = 0; first < split_.validation.size(); first += kTestedAtOnce) {
      if (stop.requested()) return Stopped();
      const std::span<const uint64_t> chosen =
          std::span(split_.validation)
              .subspan(first, std::min(kTestedAtOnce, split_.validation.size() - first));
      const PackedBatch batch = BatchOf(rows_, chosen, special_);
      const std::vector<float> logits = session_.Logits(batch);
      auto row = logits.begin();
      for (const PackedSequence& sequence : batch.sequences) {
        labels.push_back(texts_.labels[sequence.sequence]);
        predicted.push_back(std::max_element(row, row + classes) - row);
        row += classes;
      }
    }
    return FinetuningResult{.scores = ScoreClasses(labels, predicted),
                            .train_rows = static_cast<int64_t>(split_.train.size()),
                            .test_rows = static_cast<int64_t>(split_.validation.size())};
  }

  absl::Status Save() const {
    const std::vector<NamedArray> weights = session_.CopyWeights();
    std::vector<NamedTensor> tensors;
    for (const NamedArray& array : weights) {
      tensors.push_back({.name = array.name,
                         .view = {.dtype = DType::kFloat32,
                                  .shape = array.shape,
                                  .data = std::as_bytes(std::span(array.values))}});
    }
    return SaveClassifier(task_.save_to.string(), {.config = config_,
                                                   .labels = texts_.classes,
                                                   .tensors = tensors,
                                                   .vocabulary = tokenizer_.vocabulary(),
                                                   .tokenizer = tokenizer_.options()});
  }

 private:
  const FinetuningTask& task_;
  const LabelledTexts& texts_;
  const Tokenizer& tokenizer_;
  const ElectraConfig config_;
  const Hyperparameters hyperparameters_;
  const SpecialTokenIds special_;
  const TokenizedRows rows_;
  const DataSplit split_;
  ClassifierSession session_;
};

absl::StatusOr<FinetuningResult> RunOrThrow(const FinetuningTask& task, const StopSignal& stop,
                                            const std::function<void(double)>& on_progress) {
  if (task.device != "cpu") {
    TryDevice(task.device);
    UseDevice(task.device);
  }
  ASSIGN_OR_RETURN(const LabelledTexts texts, ReadLabelledTexts(task.data));
  ASSIGN_OR_RETURN(PretrainedPair pair, LoadPretrainedPair(task.model.string()));
  ASSIGN_OR_RETURN(TokenizerFiles files, TokenizerFilesOf(task, &pair));
  const Tokenizer tokenizer(std::make_shared<const Vocabulary>(std::move(files.vocabulary)),
                            files.options);
  Run run(task, pair, texts, tokenizer);
  if (task.weights == StartingWeights::kOfModel) RETURN_IF_ERROR(run.Fill(pair));
  RETURN_IF_ERROR(run.Train(stop, on_progress));
  ASSIGN_OR_RETURN(FinetuningResult result, run.Test(stop));
  if (!task.save_to.empty() && result.scores.macro_f1 > task.save_above) {
    RETURN_IF_ERROR(run.Save());
    result.is_saved = true;
  }
  return result;
}

}  // namespace

Hyperparameters FinetuningHyperparameters(const FinetuningSettings& settings,
                                          const ElectraConfig& config, int64_t seed) {
  const bool is_large = config.hidden_size >= kLargeHiddenSize;
  Hyperparameters values;
  values.learning_rate = settings.learning_rate > 0 ? settings.learning_rate
                         : is_large                 ? 5e-5
                                                    : 1e-4;
  values.layerwise_lr_decay = is_large ? 0.9 : 0.8;
  values.num_train_epochs = settings.epochs;
  values.batch_size = settings.batch_size;
  values.max_length = settings.max_length;
  values.seed = seed;
  return values;
}

absl::StatusOr<FinetuningResult> RunFinetuning(const FinetuningTask& task, const StopSignal& stop,
                                               const std::function<void(double)>& on_progress) {
  try {
    return RunOrThrow(task, stop, on_progress);
  } catch (const std::exception& error) {
    return DeviceError(
        error,
        ResourceExhaustedError("FINETUNING_OUT_OF_MEMORY",
                               "memory ran out: use a smaller batch_size or max_length. {reason}",
                               EngineReason(error)));
  }
}

}  // namespace electra
