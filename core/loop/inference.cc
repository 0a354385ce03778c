#include "core/inference.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>
#include <utility>

#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/batch/batch.h"
#include "core/hub/pretrained_pair.h"
#include "core/loop/engine_error.h"
#include "core/loop/prepare.h"
#include "core/model/inference_networks.h"
#include "core/session/device.h"

namespace electra {
namespace {

using Network = InferenceNetworks::Network;

// Limits the tokens of one pass, and with them the memory for activations and, where all tokens are
// masked, for the vocabulary's logits. A longer text is a pass of its own.
constexpr int64_t kTokensOfPass = 1024;

// Texts as token ids, without [CLS] and [SEP].
struct TokenizedTexts {
  std::vector<int32_t> ids;
  std::vector<uint64_t> offsets = {0};
  std::vector<bool> truncated;

  int64_t length(size_t text) const {
    return static_cast<int64_t>(offsets[text + 1] - offsets[text]) + 2;
  }
};

TokenizedTexts Tokenize(std::span<const std::string> texts, const Tokenizer& tokenizer,
                        int64_t max_length) {
  TokenizedTexts tokenized;
  for (const std::string& text : texts) {
    const size_t most = tokenized.ids.size() + static_cast<size_t>(max_length - 2);
    tokenizer.Encode(text, &tokenized.ids);
    tokenized.truncated.push_back(tokenized.ids.size() > most);
    tokenized.ids.resize(std::min(tokenized.ids.size(), most));
    tokenized.offsets.push_back(tokenized.ids.size());
  }
  return tokenized;
}

// The texts in passes of neighbours.
std::vector<std::vector<uint64_t>> Passes(const TokenizedTexts& texts) {
  std::vector<std::vector<uint64_t>> passes;
  int64_t tokens = 0;
  for (size_t text = 0; text + 1 < texts.offsets.size(); ++text) {
    const int64_t length = texts.length(text);
    if (passes.empty() || tokens + length > kTokensOfPass) {
      passes.emplace_back();
      tokens = 0;
    }
    passes.back().push_back(text);
    tokens += length;
  }
  return passes;
}

// What the networks say of one sequence of a batch.
SequencePrediction PredictionOf(const PackedBatch& batch, const PackedSequence& sequence,
                                std::span<const int64_t> fake_ids, std::span<const float> logits) {
  SequencePrediction prediction;
  prediction.sequence = sequence.sequence;
  const auto first = static_cast<size_t>(sequence.first_token);
  const auto length = static_cast<size_t>(sequence.length);
  for (size_t i = first; i < first + length; ++i) {
    prediction.original_ids.push_back(static_cast<int32_t>(batch.original_ids[i]));
    prediction.fake_ids.push_back(static_cast<int32_t>(fake_ids[i]));
    prediction.fake_probabilities.push_back(1 / (1 + std::exp(-logits[i])));
    prediction.masked.push_back(std::binary_search(
        batch.masked_positions.begin(), batch.masked_positions.end(), static_cast<int64_t>(i)));
  }
  return prediction;
}

class LibtorchInferencePair : public InferencePair {
 public:
  LibtorchInferencePair(const PretrainedPair& pair, std::shared_ptr<const Vocabulary> vocabulary,
                        const TokenizerOptions& options, const std::string& device)
      : tokenizer_(std::move(vocabulary), options),
        continues_word_(FindContinuations(tokenizer_.vocabulary())),
        max_length_(MaxPositions(pair)),
        has_generator_(pair.generator.has_value()),
        has_head_(!pair.discriminator.random_head),
        networks_(pair.generator ? std::optional(pair.generator->config) : std::nullopt,
                  pair.discriminator.config, device) {}

  absl::Status Fill(const PretrainedPair& pair) {
    absl::Status status;
    networks_.Fill([&](Network network, const std::string& name, std::span<float> values) {
      const auto& weights =
          network == Network::kGenerator ? pair.generator->weights : pair.discriminator.weights;
      const auto weight = weights.find(name);
      if (weight != weights.end()) {
        status.Update(ToFloat32(weight->second.view, values));
      } else {
        std::fill(values.begin(), values.end(), 0.0f);  // a head that was never trained
      }
    });
    return status;
  }

  absl::StatusOr<std::vector<Judgement>> Fake(std::span<const std::string> texts,
                                              const Hyperparameters& hyperparameters) override {
    if (!has_generator_) {
      return FailedPreconditionError(
          "MODEL_WITHOUT_GENERATOR",
          "the model was imported without a generator, so nothing can be faked: only judge, or use "
          "a job that started from it");
    }
    const auto seed = static_cast<uint64_t>(hyperparameters.seed);
    const MaskingOptions masking{.mlm_probability = hyperparameters.mlm_probability,
                                 .replace_prob = hyperparameters.replace_prob,
                                 .seed = seed,
                                 .epoch = 0,
                                 .unit = hyperparameters.mask_unit,
                                 .span_geometric_p = hyperparameters.span_geometric_p,
                                 .max_span_length = hyperparameters.max_span_length,
                                 .continues_word = continues_word_,
                                 .random_token_prob = hyperparameters.random_token_prob,
                                 .vocab_size = tokenizer_.vocabulary().size()};
    return JudgeAll(texts, &masking, [&](const PackedBatch& batch) {
      std::vector<int64_t> ids = batch.original_ids;
      const std::vector<int64_t> sampled =
          networks_.Sample(batch, hyperparameters.temperature, seed);
      for (size_t i = 0; i < sampled.size(); ++i) {
        ids[static_cast<size_t>(batch.masked_positions[i])] = sampled[i];
      }
      return ids;
    });
  }

  absl::StatusOr<std::vector<Judgement>> Judge(std::span<const std::string> texts) override {
    return JudgeAll(texts, nullptr, [](const PackedBatch& batch) { return batch.original_ids; });
  }

  absl::StatusOr<TextEmbeddings> Embed(std::span<const std::string> texts,
                                       Pooling pooling) override {
    const TokenizedTexts tokenized = Tokenize(texts, tokenizer_, max_length_);
    const auto size = static_cast<size_t>(networks_.hidden_size());
    TextEmbeddings embeddings{.size = networks_.hidden_size(),
                              .values = std::vector<float>(texts.size() * size),
                              .truncated = tokenized.truncated};
    RETURN_IF_ERROR(ForEachPass(tokenized, nullptr, [&](const PackedBatch& batch) {
      const std::vector<float> hidden = networks_.Hidden(batch);
      for (const PackedSequence& sequence : batch.sequences) {
        float* embedding = &embeddings.values[static_cast<size_t>(sequence.sequence) * size];
        const int64_t tokens = pooling == Pooling::kCls ? 1 : sequence.length;
        for (size_t i = 0; i < size; ++i) {
          double sum = 0;
          for (int64_t token = 0; token < tokens; ++token) {
            sum += hidden[static_cast<size_t>(sequence.first_token + token) * size + i];
          }
          embedding[i] = static_cast<float>(sum / static_cast<double>(tokens));
        }
      }
    }));
    return embeddings;
  }

  int64_t size_bytes() const override { return networks_.size_bytes(); }

 private:
  // Calls visit(batch) for one pass after the other. Without `masking` nothing is masked.
  absl::Status ForEachPass(const TokenizedTexts& texts, const MaskingOptions* masking,
                           const std::function<void(const PackedBatch&)>& visit) {
    const SpecialTokenIds special = SpecialIds(tokenizer_.vocabulary());
    const TokenSequences sequences{.ids = texts.ids, .offsets = texts.offsets};
    constexpr MaskingOptions kAny{.mlm_probability = 0, .replace_prob = 0, .seed = 0, .epoch = 0};
    try {
      for (const std::vector<uint64_t>& pass : Passes(texts)) {
        PackedBatch batch = MakeBatch(sequences, pass, special, masking ? *masking : kAny);
        if (masking == nullptr) {  // training masks one token at least
          batch.masked_positions.clear();
          batch.masked_ids = batch.original_ids;
        }
        visit(batch);
      }
    } catch (const std::exception& error) {
      return DeviceError(
          error, ResourceExhaustedError("TEXTS_OUT_OF_MEMORY",
                                        "memory ran out: send fewer or shorter texts at once"));
    }
    return absl::OkStatus();
  }

  // `fake` gives what the discriminator is shown instead of a batch's original ids.
  absl::StatusOr<std::vector<Judgement>> JudgeAll(
      std::span<const std::string> texts, const MaskingOptions* masking,
      const std::function<std::vector<int64_t>(const PackedBatch&)>& fake) {
    if (!has_head_) {
      return FailedPreconditionError(
          "MODEL_WITHOUT_HEAD",
          "the discriminator was imported without its head (discriminator_predictions.*), so it "
          "cannot judge: use a job that started from it");
    }
    const TokenizedTexts tokenized = Tokenize(texts, tokenizer_, max_length_);
    std::vector<Judgement> judgements(texts.size());
    RETURN_IF_ERROR(ForEachPass(tokenized, masking, [&](const PackedBatch& batch) {
      const std::vector<int64_t> ids = fake(batch);
      const std::vector<float> logits = networks_.Judge(batch, ids);
      for (const PackedSequence& sequence : batch.sequences) {
        const auto text = static_cast<size_t>(sequence.sequence);
        judgements[text] = {
            .sample = MakeSampleReport(PredictionOf(batch, sequence, ids, logits), texts[text],
                                       /*start=*/0, tokenizer_),
            .truncated = tokenized.truncated[text]};
      }
    }));
    return judgements;
  }

  const Tokenizer tokenizer_;
  const std::vector<uint8_t> continues_word_;
  const int64_t max_length_;
  const bool has_generator_;
  const bool has_head_;
  InferenceNetworks networks_;
};

absl::StatusOr<std::unique_ptr<InferencePair>> LoadOrThrow(const std::string& directory,
                                                           const std::string& device) {
  ASSIGN_OR_RETURN(PretrainedPair pair, LoadPretrainedPair(directory));
  if (!pair.tokenizer) {
    return FailedPreconditionError(
        "MODEL_WITHOUT_VOCABULARY",
        "the model was imported without a vocabulary: use a job that started from it");
  }
  const TokenizerOptions options = pair.tokenizer->options;
  auto vocabulary = std::make_shared<const Vocabulary>(std::move(pair.tokenizer->vocabulary));
  UseDevice(device);
  auto loaded =
      std::make_unique<LibtorchInferencePair>(pair, std::move(vocabulary), options, device);
  RETURN_IF_ERROR(loaded->Fill(pair));
  if (device != "cpu") {
    const std::string text = "a";
    RETURN_IF_ERROR(loaded->Embed({&text, 1}, Pooling::kCls).status());
  }
  return loaded;
}

}  // namespace

absl::StatusOr<std::unique_ptr<InferencePair>> LoadInferencePair(
    const std::filesystem::path& directory, const std::string& device) {
  std::error_code error;
  if (!std::filesystem::is_directory(directory, error)) {
    return NotFoundError("NO_FOLDER", "there is no folder {folder}", directory.string());
  }
  try {
    return LoadOrThrow(directory.string(), device);
  } catch (const std::exception& caught) {
    return DeviceError(caught, ResourceExhaustedError("MODEL_OUT_OF_MEMORY",
                                                      "memory ran out while the model was loaded"));
  }
}

}  // namespace electra
