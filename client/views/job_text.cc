#include "client/views/job_text.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "client/i18n/message_values.h"
#include "client/text/format.h"
#include "client/text/resource_name.h"

namespace electra::client {
namespace {

bool IsBest(const v1::Job& job) {
  return job.has_model_step() && job.has_best_evaluation() &&
         job.best_evaluation().step() == job.model_step();
}

}  // namespace

std::string StepText(const v1::Job& job) {
  if (job.step() == 0 && job.total_steps() == 0) return "";
  return absl::StrCat(job.step(), "/", job.total_steps());
}

std::string CorpusText(const v1::Job& job) {
  return job.corpus_display_name().empty() ? ShortName(job.corpus()) : job.corpus_display_name();
}

std::string MixText(const v1::Job& job) {
  std::string text;
  for (const v1::MixedCorpus& corpus : job.mix()) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", corpus.corpus_display_name());
    if (corpus.share() > 0) absl::StrAppend(&text, " ", FormatNumber(corpus.share()));
  }
  return text;
}

std::string EvalCorporaText(const v1::Job& job) {
  std::string text;
  for (const v1::EvalCorpus& corpus : job.eval_corpora()) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", corpus.name(), "=",
                    corpus.corpus_display_name());
  }
  return text;
}

std::string TagText(const v1::Job& job) {
  std::string text;
  for (const auto& [key, value] :
       std::map<std::string, std::string>(job.tags().begin(), job.tags().end())) {
    const bool quoted = value.empty() || value.find(' ') != std::string::npos;
    absl::StrAppend(&text, text.empty() ? "" : " ", key, quoted ? "=\"" : "=", value,
                    quoted ? "\"" : "");
  }
  return text;
}

std::string ModelStepText(const v1::Job& job, Language language) {
  if (!job.has_model_step()) return "";
  if (!IsBest(job)) return absl::StrCat(job.model_step());
  const auto& settings = job.hyperparameters().fields();
  const auto metric = settings.find("metric_for_best_model");
  return absl::Substitute(
      LabelsFor(language).best_by, job.model_step(),
      metric == settings.end() ? std::string("loss") : ValueText(metric->second));
}

const v1::Evaluation* ModelEvaluation(const v1::Job& job) {
  if (IsBest(job)) return &job.best_evaluation();
  return job.has_last_evaluation() ? &job.last_evaluation() : nullptr;
}

std::string VocabularyText(const v1::Job& job, Language language) {
  // Servers before vocabulary_source give the digest alone.
  if (!job.vocabulary_sha256().empty()) return absl::StrCat("sha256 ", job.vocabulary_sha256());
  const Labels& labels = LabelsFor(language);
  switch (job.vocabulary_source()) {
    case v1::Job::VOCABULARY_SOURCE_CORPUS:
      return labels.from_corpus;
    case v1::Job::VOCABULARY_SOURCE_MODEL:
      return labels.from_model;
    default:
      return "";
  }
}

std::string ValueText(const google::protobuf::Value& value) {
  switch (value.kind_case()) {
    case google::protobuf::Value::kNumberValue:
      return FormatNumber(value.number_value());
    case google::protobuf::Value::kBoolValue:
      return value.bool_value() ? "true" : "false";
    case google::protobuf::Value::kStringValue:
      return value.string_value();
    default:
      return value.ShortDebugString();
  }
}

absl::Duration RunTime(const v1::Job& job, absl::Time now) {
  if (!job.has_start_time()) return absl::ZeroDuration();
  const bool runs = job.state() == v1::RUNNING;
  const double seconds = job.last_step().run_seconds();
  if (std::isfinite(seconds) && seconds > 0) {
    const absl::Duration since = runs ? now - ToTime(job.update_time()) : absl::ZeroDuration();
    return absl::Seconds(seconds) + std::max(since, absl::ZeroDuration());
  }
  // It waits, and is to start over.
  if (!runs && !job.has_end_time() && !job.has_last_step()) return absl::ZeroDuration();
  return (job.has_end_time() ? ToTime(job.end_time()) : now) - ToTime(job.start_time());
}

}  // namespace electra::client
