#include "server/jobs/report_messages.h"

#include "server/base/message_code.h"

namespace electra::server {
namespace {

// StepMetrics and Evaluation hold these under the same names.
template <typename Message>
void SetLosses(const LossMetrics& loss, Message* message) {
  message->set_combined_loss(loss.combined_loss);
  message->set_generator_loss(loss.generator_loss);
  message->set_discriminator_loss(loss.discriminator_loss);
  message->set_generator_accuracy(loss.generator_accuracy);
  message->set_discriminator_accuracy(loss.discriminator_accuracy);
  if (loss.discriminator_precision) {
    message->set_discriminator_precision(*loss.discriminator_precision);
  }
  if (loss.discriminator_recall) message->set_discriminator_recall(*loss.discriminator_recall);
}

v1::TokenCounts ToCounts(const TokenSums& sums) {
  v1::TokenCounts counts;
  counts.set_token_count(sums.tokens);
  counts.set_masked_count(sums.masked);
  counts.set_generator_correct_count(sums.generator_correct);
  counts.set_discriminator_correct_count(sums.discriminator_correct);
  counts.set_fake_count(sums.fakes);
  counts.set_caught_count(sums.caught);
  counts.set_suspected_count(sums.suspected - sums.caught);
  return counts;
}

}  // namespace

v1::StepMetrics ToProto(const StepMetrics& metrics) {
  v1::StepMetrics message;
  message.set_step(metrics.step);
  message.set_epoch(static_cast<int32_t>(metrics.epoch));
  SetLosses(metrics.loss, &message);
  message.set_learning_rate(metrics.learning_rate);
  message.set_gradient_norm(metrics.gradient_norm);
  message.set_tokens_seen(metrics.tokens_seen);
  message.set_tokens_per_second(metrics.tokens_per_second);
  message.set_step_seconds(metrics.step_seconds);
  message.set_run_seconds(metrics.run_seconds);
  message.set_ranks(static_cast<int32_t>(metrics.ranks));
  message.set_slowest_rank_tokens_per_second(
      metrics.ranks > 1 ? metrics.slowest_rank_tokens_per_second : metrics.tokens_per_second);
  *message.mutable_counts() = ToCounts(metrics.sums);
  return message;
}

v1::Evaluation ToProto(const EvaluationMetrics& evaluation) {
  v1::Evaluation message;
  message.set_step(evaluation.step);
  message.set_epoch(static_cast<int32_t>(evaluation.epoch));
  SetLosses(evaluation.loss, &message);
  if (evaluation.discriminator_f1) message.set_discriminator_f1(*evaluation.discriminator_f1);
  message.set_token_count(evaluation.token_count);
  message.set_seconds(evaluation.seconds);
  message.set_eval_corpus(evaluation.eval_corpus);
  for (const EvaluationMetrics& one : evaluation.eval_corpora) {
    *message.add_eval_corpora() = ToProto(one);
  }
  return message;
}

v1::Sample ToProto(const SampleReport& sample) {
  v1::Sample message;
  message.set_step(sample.step);
  message.set_epoch(static_cast<int32_t>(sample.epoch));
  message.set_combined_loss(sample.loss.combined_loss);
  message.set_generator_loss(sample.loss.generator_loss);
  message.set_discriminator_loss(sample.loss.discriminator_loss);
  for (const SampleToken& token : sample.tokens) {
    v1::SampleToken* added = message.add_tokens();
    added->set_original(token.original);
    added->set_fake(token.fake);
    added->set_text(token.text);
    added->set_space_before(token.space_before);
    added->set_masked(token.masked);
    added->set_predicted_fake(token.predicted_fake);
    added->set_fake_probability(token.fake_probability);
  }
  message.set_fake_count(static_cast<int32_t>(sample.fakes));
  message.set_caught_count(static_cast<int32_t>(sample.caught));
  message.set_suspected_count(static_cast<int32_t>(sample.suspected));
  message.set_probe(static_cast<int32_t>(sample.probe));
  return message;
}

v1::PreparationProgress ToProto(const PreparationProgress& progress) {
  v1::PreparationProgress message;
  message.set_phase(progress.phase == PreparationProgress::Phase::kVocabulary
                        ? v1::PreparationProgress::VOCABULARY
                        : v1::PreparationProgress::TOKENIZATION);
  message.set_sample_count(progress.samples);
  message.set_read_bytes(progress.read_bytes);
  message.set_size_bytes(progress.size_bytes);
  return message;
}

v1::Preparation ToProto(const PreparationReport& report) {
  v1::Preparation message;
  message.set_sample_count(report.samples);
  message.set_sequence_count(report.sequences);
  message.set_token_count(report.tokens);
  message.set_unknown_token_count(report.unknown_tokens);
  message.set_split_sample_count(report.split_samples);
  message.set_truncated_sample_count(report.truncated_samples);
  message.set_vocab_size(report.vocab_size);
  message.set_train_sequence_count(report.train_sequences);
  message.set_validation_sequence_count(report.validation_sequences);
  message.set_total_steps(report.total_steps);
  message.set_parameter_count(report.parameters);
  message.set_device(report.device);
  return message;
}

v1::Checkpoint ToProto(const CheckpointReport& checkpoint) {
  v1::Checkpoint message;
  message.set_step(checkpoint.step);
  message.set_path(checkpoint.path.string());
  message.set_size_bytes(checkpoint.size_bytes);
  return message;
}

v1::LogMessage ToProto(Severity severity, const Message& message) {
  v1::LogMessage log;
  switch (severity) {
    case Severity::kInfo:
      log.set_severity(v1::LogMessage::INFO);
      break;
    case Severity::kWarning:
      log.set_severity(v1::LogMessage::WARNING);
      break;
    case Severity::kError:
      log.set_severity(v1::LogMessage::ERROR);
      break;
  }
  log.set_text(message.text());
  if (!message.code().empty()) *log.mutable_code() = ToProto(message);
  return log;
}

}  // namespace electra::server
