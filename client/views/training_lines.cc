#include "client/views/training_lines.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/substitute.h"
#include "client/text/format.h"
#include "client/text/visible_text.h"
#include "client/views/scalars.h"

namespace electra::client {
namespace {

std::string PercentOf(int64_t part, int64_t whole) {
  const double percent =
      whole > 0 ? 100.0 * static_cast<double>(part) / static_cast<double>(whole) : 0;
  return absl::StrFormat("%.2f", percent);
}

}  // namespace

std::string EvaluationLine(const v1::Evaluation& evaluation, Language language) {
  const Labels& labels = LabelsFor(language);
  const std::string& name = evaluation.eval_corpus();
  return absl::StrCat(
      name.empty() ? "" : absl::StrCat(Visible(name), ": "),
      absl::Substitute(labels.evaluation, evaluation.step(), FormatLoss(evaluation.combined_loss()),
                       FormatLoss(evaluation.generator_loss()),
                       FormatLoss(evaluation.discriminator_loss())),
      absl::Substitute(labels.evaluation_quality, FormatLoss(evaluation.generator_accuracy()),
                       FormatLoss(PrecisionOf(evaluation)), FormatLoss(RecallOf(evaluation)),
                       FormatLoss(F1Of(evaluation)),
                       FormatLoss(evaluation.discriminator_accuracy())));
}

std::string CorpusLine(const v1::Preparation& preparation, Language language) {
  const Labels& labels = LabelsFor(language);
  std::string line = absl::Substitute(
      labels.corpus_line, FormatCount(preparation.sample_count()),
      FormatCount(preparation.sequence_count()), FormatCount(preparation.train_sequence_count()),
      FormatCount(preparation.validation_sequence_count()), FormatCount(preparation.token_count()));
  absl::SubstituteAndAppend(
      &line, labels.unknown_line, FormatCount(preparation.unknown_token_count()),
      PercentOf(preparation.unknown_token_count(), preparation.token_count()));
  if (preparation.split_sample_count() > 0) {
    absl::SubstituteAndAppend(&line, labels.split_line,
                              FormatCount(preparation.split_sample_count()));
  }
  if (preparation.truncated_sample_count() > 0) {
    absl::SubstituteAndAppend(&line, labels.truncated_line,
                              FormatCount(preparation.truncated_sample_count()));
  }
  return line;
}

std::string ModelLine(const v1::Preparation& preparation, Language language) {
  return absl::Substitute(LabelsFor(language).model_line, FormatCount(preparation.vocab_size()),
                          FormatCount(preparation.parameter_count()), preparation.device(),
                          FormatCount(preparation.total_steps()));
}

}  // namespace electra::client
