#include "core/session/metrics.h"

namespace electra {
namespace {

double Ratio(double numerator, int64_t denominator) {
  return denominator == 0 ? 0.0 : numerator / static_cast<double>(denominator);
}

}  // namespace

TokenSums& TokenSums::operator+=(const TokenSums& other) {
  generator_loss += other.generator_loss;
  discriminator_loss += other.discriminator_loss;
  masked += other.masked;
  tokens += other.tokens;
  generator_correct += other.generator_correct;
  discriminator_correct += other.discriminator_correct;
  fakes += other.fakes;
  suspected += other.suspected;
  caught += other.caught;
  return *this;
}

LossMetrics MeanMetrics(const TokenSums& sums, double gen_weight, double disc_weight) {
  LossMetrics metrics;
  metrics.generator_loss = Ratio(sums.generator_loss, sums.masked);
  metrics.discriminator_loss = Ratio(sums.discriminator_loss, sums.tokens);
  metrics.combined_loss =
      gen_weight * metrics.generator_loss + disc_weight * metrics.discriminator_loss;
  metrics.generator_accuracy = Ratio(static_cast<double>(sums.generator_correct), sums.masked);
  metrics.discriminator_accuracy =
      Ratio(static_cast<double>(sums.discriminator_correct), sums.tokens);
  if (sums.fakes == 0) return metrics;
  const auto caught = static_cast<double>(sums.caught);
  metrics.discriminator_recall = Ratio(caught, sums.fakes);
  if (sums.suspected > 0) metrics.discriminator_precision = Ratio(caught, sums.suspected);
  return metrics;
}

std::optional<double> F1(const LossMetrics& metrics) {
  if (!metrics.discriminator_recall) return std::nullopt;
  const double recall = *metrics.discriminator_recall;
  const double precision = metrics.discriminator_precision.value_or(0);
  return recall == 0 ? 0.0 : 2 * precision * recall / (precision + recall);
}

}  // namespace electra
