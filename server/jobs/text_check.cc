#include "server/jobs/text_check.h"

#include <optional>

#include "core/loop/text_advice.h"

namespace electra::server {

TextSource SourceOf(const JobContext& context, const CorpusRow& corpus) {
  return {.path = context.data_dir.corpus(corpus.sha256),
          .reading = ReadingOptions(corpus),
          .size_bytes = corpus.size_bytes,
          .sample_count = corpus.sample_count,
          .text_bytes = corpus.text_bytes};
}

const TokenizerFiles* TokenizerOf(const JobSettings& settings) {
  const std::optional<PretrainedPair>& pretrained = settings.model.pretrained;
  return pretrained && pretrained->tokenizer ? &*pretrained->tokenizer : nullptr;
}

void JudgeText(const TextSurvey& survey, const Hyperparameters& values,
               std::vector<Message>* warnings, std::vector<FieldViolation>* violations) {
  for (const TextNote& note : TextAdvice(survey)) {
    if (note.severity == Severity::kWarning) warnings->push_back(note.message);
  }
  if (values.allow_unknown) return;
  const absl::Status known = CheckTextIsKnown(survey);
  if (!known.ok()) violations->push_back({"hyperparameters.allow_unknown", MessageOf(known)});
}

void CheckText(const JobContext& context, const JobSettings& settings, const CorpusRow& corpus,
               const std::string& vocabulary, std::vector<Message>* warnings,
               std::vector<FieldViolation>* violations) {
  const absl::StatusOr<TextSurvey> survey =
      SurveyText(SourceOf(context, corpus), settings.values, TokenizerOf(settings), vocabulary);
  if (survey.ok()) JudgeText(*survey, settings.values, warnings, violations);
}

}  // namespace electra::server
