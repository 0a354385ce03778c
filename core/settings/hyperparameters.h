// Everything that a job can set, typed. Names are Hugging Face's (`TrainingArguments`,
// `ElectraConfig`, `run_mlm.py`) where it has one; defaults are those of the ELECTRA paper
// (Clark et al. 2020) where it names one.
//
// Plain data for the engine; keys, ranges and descriptions are in hyperparameter_table.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace electra {

// Which parameters generator and discriminator have in common. kWord: the word embeddings.
// kAll: position and token-type embeddings and the embeddings' LayerNorm too, as in Google's code.
// kGdes: the word embeddings, but the discriminator adds a table of its own to the generator's and
// leaves that alone (gradient-disentangled embedding sharing, He et al. 2023, DeBERTaV3).
enum class SharedEmbeddings { kWord, kAll, kNone, kGdes };

// How much each token counts in the discriminator's loss. kDomain: more where the text has more of
// it than the text that the model comes from (core/batch/token_weights.h).
enum class DiscTokenWeights { kNone, kDomain };

// The unit that is masked as a whole; see core/batch/masking.h.
enum class MaskUnit { kToken, kWord, kSpan };

// The learning rate after the warm-up. kConstant is transformers' `constant_with_warmup`.
enum class LrSchedulerType { kLinear, kCosine, kConstant };

// How ranks send gradients to each other; their sum is in float32 either way.
enum class GradientCompression { kNone, kBf16 };

// How evaluations are compared: by the lowest combined loss, the lowest loss of the generator, or
// the highest F1 of the discriminator.
enum class MetricForBestModel { kLoss, kGeneratorLoss, kF1 };

// Whether products are in bfloat16. kAuto: on a card yes, on a processor no.
enum class Bf16 { kAuto, kTrue, kFalse };

struct Hyperparameters {
  // Optimizer: AdamW, no decay on biases and LayerNorm.
  double learning_rate = 0;  // peak; 0 stands for the model's own default until it is resolved
  double weight_decay = 0.01;
  double adam_beta1 = 0.9;
  double adam_beta2 = 0.999;
  double adam_epsilon = 1e-6;
  double max_grad_norm = 1.0;
  double layerwise_lr_decay = 1.0;  // of a layer's learning rate to that of the layer above
  int64_t freeze_layers = 0;        // lowest encoder layers of both networks that are not trained
  bool freeze_embeddings = false;
  double ema_decay = 0;        // 0: no average of the weights is kept
  int64_t max_bad_steps = 10;  // in a row without a finite loss and gradient, then the job fails

  // Duration and schedule: linear warm-up, then as lr_scheduler_type says.
  LrSchedulerType lr_scheduler_type = LrSchedulerType::kLinear;
  double num_train_epochs = 3;
  int64_t max_steps = -1;   // above 0: overrides num_train_epochs
  double max_duration = 0;  // minutes; 0: none
  double warmup_ratio = 0.1;
  int64_t warmup_steps = 0;  // above 0: overrides warmup_ratio

  // Batches, in sequences.
  int64_t batch_size = 32;
  int64_t gradient_accumulation_steps = 1;
  int64_t max_length = 128;  // tokens of a sequence, [CLS] and [SEP] included
  bool truncate = false;     // cut long samples off instead of splitting them into windows

  // Replaced-token detection.
  double mlm_probability = 0.15;
  MaskUnit mask_unit = MaskUnit::kToken;
  double span_geometric_p = 0.2;  // of the geometric distribution of a span's length in words
  int64_t max_span_length = 10;
  double replace_prob = 0.85;    // of a masked position to become [MASK]; else it stays as it is
  double random_token_prob = 0;  // of a masked position to become a random token
  double temperature = 1.0;      // of the generator's softmax when fakes are sampled
  double gen_weight = 1.0;
  double disc_weight = 50.0;
  int64_t disc_weight_warmup_steps = 0;  // in which disc_weight rises linearly to its value
  DiscTokenWeights disc_token_weights = DiscTokenWeights::kNone;
  SharedEmbeddings shared_embeddings = SharedEmbeddings::kWord;
  double generator_size = 0.25;  // of the discriminator's, where a model comes without a generator
  double hidden_dropout_prob = 0.1;
  double attention_probs_dropout_prob = 0.1;

  // Evaluation, samples, checkpoints.
  double validation_split_percentage = 5;
  int64_t eval_steps = 100;             // 0: only before the first step and after the last
  int64_t max_eval_samples = 1000;      // sequences that an evaluation reads at most
  int64_t early_stopping_patience = 0;  // evaluations that were not better; 0: never
  bool load_best_model_at_end = true;   // where something is evaluated
  MetricForBestModel metric_for_best_model = MetricForBestModel::kLoss;
  // The evaluation corpus of metric_for_best_model; empty: the held-out text.
  std::string metric_eval_corpus = {};
  int64_t sample_every = 10;
  int64_t save_steps = 500;  // 0: none by steps
  double save_minutes = 5;   // 0: none by time; at the end and at a stop there always is one
  int64_t save_total_limit = 2;

  // Tokenizer, and the vocabulary where it is trained from the corpus.
  bool do_lower_case = false;
  bool strip_accents = false;
  bool tokenize_chinese_chars = true;
  int64_t vocab_size = 8000;
  int64_t min_frequency = 2;
  int64_t vocab_extend = 0;    // new tokens from the corpus for the vocabulary of a trained model
  bool allow_unknown = false;  // train also where most of the text is [UNK]
  bool deduplicate = false;    // of equal samples, train on the first alone

  int64_t seed = 42;
  std::string device = "auto";  // auto, cpu, cuda, cuda:N
  int64_t devices = 0;          // ranks that share each step; 0: all of a launch, else one
  bool zero_redundancy_optimizer = false;  // each rank keeps and updates a part of the moments
  GradientCompression gradient_compression = GradientCompression::kNone;

  Bf16 bf16 = Bf16::kAuto;  // on a card without bfloat16: products in float16
  // On CUDA only, except gradient_checkpointing.
  bool fp16 = false;  // products in float16, with loss scaling
  bool tf32 = true;   // float32 products may be TF32's
  bool gradient_checkpointing = false;
  bool deterministic = true;  // the same bits each time, on cards of one kind

  // Whether bf16 asks for bfloat16 on the device (cpu, cuda:N).
  bool ComputesInBf16(std::string_view on_device) const {
    return bf16 == Bf16::kTrue || (bf16 == Bf16::kAuto && on_device != "cpu");
  }
};

}  // namespace electra
