#include "core/selftest/step_flops.h"

namespace electra::selftest {
namespace {

// Multiplications and additions of the matrix products of one encoder's forward pass. The last
// layer needs only `last_rows` rows.
double EncoderFlops(const ElectraConfig& config, const PackedBatch& batch, double last_rows) {
  const auto hidden = static_cast<double>(config.hidden_size);
  const auto tokens = static_cast<double>(batch.token_count());
  double flops = 0;
  if (config.embedding_size != config.hidden_size) {
    flops += 2 * tokens * static_cast<double>(config.embedding_size) * hidden;
  }
  double attention = 0;
  for (const PackedSequence& sequence : batch.sequences) {
    attention += 4 * static_cast<double>(sequence.length * sequence.length) * hidden;
  }
  const double ahead = 2 * 3 * hidden * hidden;  // query, key, value of a token
  const double behind =
      2 * (hidden * hidden + 2 * hidden * static_cast<double>(config.intermediate_size));
  const auto layers = static_cast<double>(config.num_hidden_layers);
  return flops + layers * (tokens * ahead + attention) +
         ((layers - 1) * tokens + last_rows) * behind;
}

}  // namespace

// Forward and backward: a backward pass has two products for each of the forward.
double StepFlops(const ModelConfig& model, const PackedBatch& batch) {
  const auto masked = static_cast<double>(batch.masked_count());
  const auto tokens = static_cast<double>(batch.token_count());
  const ElectraConfig& generator = model.generator;
  const auto discriminator_hidden = static_cast<double>(model.discriminator.hidden_size);
  double forward =
      EncoderFlops(generator, batch, masked) + EncoderFlops(model.discriminator, batch, tokens);
  forward += 2 * masked * static_cast<double>(generator.embedding_size) *
             static_cast<double>(generator.hidden_size + generator.vocab_size);
  forward += 2 * tokens * discriminator_hidden * (discriminator_hidden + 1);
  return 3 * forward;
}

}  // namespace electra::selftest
