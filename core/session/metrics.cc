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
  metrics.discriminator_precision = Ratio(static_cast<double>(sums.caught), sums.suspected);
  metrics.discriminator_recall = Ratio(static_cast<double>(sums.caught), sums.fakes);
  return metrics;
}

double F1(const LossMetrics& metrics) {
  const double sum = metrics.discriminator_precision + metrics.discriminator_recall;
  return sum == 0 ? 0.0 : 2 * metrics.discriminator_precision * metrics.discriminator_recall / sum;
}

}  // namespace electra
