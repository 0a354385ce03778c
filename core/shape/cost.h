// The cost of training a pair, from its shapes alone: for estimates before a run.
//
// Pure functions, free of libtorch.
#pragma once

#include <cstdint>

#include "core/shape/config.h"

namespace electra {

// Tokens whose logits the generator's head holds at a time: with the kernels for processors, where
// a vocabulary of 40,000 makes 40 MB of them, and with libtorch's operations. A card wants larger
// products and has the memory.
inline constexpr int64_t kLogitRowsOfKernels = 256;
inline constexpr int64_t kLogitRowsOfOperations = 2048;

// The parts of a job that decide its costs, besides the model.
struct CostOptions {
  double mean_length = 128;       // tokens of a sequence, [CLS] and [SEP] included
  double mlm_probability = 0.15;  // share of the tokens that the generator predicts
  double batch_size = 32;         // sequences of a forward and backward pass
  bool half_precision = false;    // products in 16 bits
  bool recomputes = false;        // gradient_checkpointing
  bool keeps_average = false;     // ema_decay above 0
  bool has_two_tables = false;    // of word embeddings, though one could be shared
  int64_t logit_rows = kLogitRowsOfKernels;
};

// Multiplications and additions of the matrix products, forward and backward, of one token.
double TrainingFlopsPerToken(const ModelConfig& model, const CostOptions& options);

// Bytes of the device at the peak of a step: weights, gradients, moments, and what the forward pass
// keeps for the backward pass.
double TrainingMemoryBytes(const ModelConfig& model, const CostOptions& options);

// Bytes of a process at its peak that trains on the processor: with the program itself, and with
// the copy from which a checkpoint is written while training goes on.
double ProcessMemoryBytes(const ModelConfig& model, const CostOptions& options);

}  // namespace electra
