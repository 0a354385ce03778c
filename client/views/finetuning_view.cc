#include "client/views/finetuning_view.h"

#include <cmath>
#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "client/i18n/message_values.h"
#include "client/i18n/phrases.h"
#include "client/i18n/server_message.h"
#include "client/text/format.h"
#include "client/text/visible_text.h"

namespace electra::client {
namespace {

std::string WithDeviation(double mean, double deviation, int runs) {
  const std::string text = FormatLoss(mean);
  return runs < 2 ? text : absl::StrCat(text, " ± ", FormatLoss(deviation));
}

}  // namespace

std::string TaskName(const v1::Finetuning& finetuning) {
  return absl::StrCat(Visible(finetuning.corpus_display_name()), ":",
                      Visible(finetuning.label_column()));
}

std::string ScoresText(const v1::FinetuningScores& scores, Language language) {
  const int runs = scores.run_count();
  return absl::Substitute(kPhrases.finetuning_scores.In(language),
                          WithDeviation(scores.macro_f1_mean(), scores.macro_f1_deviation(), runs),
                          WithDeviation(scores.accuracy_mean(), scores.accuracy_deviation(), runs),
                          runs);
}

std::optional<Gain> GainOf(const v1::Finetuning& finetuning) {
  std::map<int, double> base;  // by seed
  for (const v1::FinetuningRun& run : finetuning.runs()) {
    if (run.model() == v1::BASE) base[run.seed()] = run.macro_f1();
  }
  std::vector<double> differences;
  Gain gain;
  for (const v1::FinetuningRun& run : finetuning.runs()) {
    const auto other = base.find(run.seed());
    if (run.model() != v1::ADAPTED || other == base.end()) continue;
    differences.push_back(run.macro_f1() - other->second);
    if (differences.back() > 0) ++gain.better;
  }
  if (differences.empty()) return std::nullopt;
  const auto count = static_cast<double>(differences.size());
  gain.seeds = static_cast<int>(differences.size());
  for (double difference : differences) gain.mean += difference / count;
  double squares = 0;
  for (double difference : differences) squares += std::pow(difference - gain.mean, 2);
  if (count > 1) gain.deviation = std::sqrt(squares / (count - 1));
  return gain;
}

std::string GainText(const Gain& gain, Language language) {
  const std::string mean = WithDeviation(gain.mean, gain.deviation, gain.seeds);
  return absl::Substitute(kPhrases.finetuning_gain.In(language),
                          absl::StrCat(gain.mean < 0 ? "" : "+", mean), gain.better, gain.seeds);
}

std::string FinetuningLine(const v1::Finetuning& finetuning, Language language) {
  const auto f1 = [](const v1::FinetuningScores& scores) {
    return WithDeviation(scores.macro_f1_mean(), scores.macro_f1_deviation(), scores.run_count());
  };
  std::string line = TaskName(finetuning);
  if (finetuning.has_base() && finetuning.has_adapted()) {
    absl::StrAppend(&line, " · ",
                    absl::Substitute(kPhrases.finetuning_both.In(language), f1(finetuning.base()),
                                     f1(finetuning.adapted()), finetuning.adapted().run_count()));
  }
  if (finetuning.state() == v1::SUCCEEDED) return line;
  absl::StrAppend(&line, " · ", StateLabel(finetuning.state(), language));
  if (finetuning.state() == v1::RUNNING || finetuning.state() == v1::QUEUED) {
    absl::StrAppend(&line, " ", finetuning.runs_size(), "/", finetuning.total_runs());
  }
  if (!finetuning.reason().empty()) {
    absl::StrAppend(
        &line, ": ",
        InLanguage(ServerMessage(finetuning.reason(), finetuning.reason_code()), language));
  }
  return line;
}

}  // namespace electra::client
