#include "client/views/compare_view.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "client/i18n/message_values.h"
#include "client/i18n/phrases.h"
#include "client/text/curves.h"
#include "client/text/format.h"
#include "client/text/table.h"
#include "client/views/finetuning_view.h"
#include "client/views/job_text.h"
#include "client/views/sample_view.h"
#include "client/views/scalars.h"

namespace electra::client {
namespace {

std::string_view WithoutCollection(std::string_view name) {
  return name.substr(name.rfind('/') + 1);
}

std::string Heading(std::string_view text, const CompareViewOptions& options) {
  return absl::StrCat("\n", StyledText(text, Style::kStrong).Render(options.color), "\n");
}

std::string Render(const Table& table, const CompareViewOptions& options) {
  return table.Render({.width = options.width, .color = options.color});
}

// A column of names, then one for each run.
std::vector<Column> RunColumns(size_t count) {
  std::vector<Column> columns(1);
  for (size_t i = 0; i < count; ++i) columns.push_back({RunLetter(i), Align::kRight});
  return columns;
}

std::string Runs(const std::vector<ComparedRun>& runs, const CompareViewOptions& options) {
  const Labels& labels = LabelsFor(options.language);
  Table table({{""},
               {labels.job, Align::kLeft, Fit::kWhole},
               {labels.name},
               {labels.state},
               {labels.step, Align::kRight},
               {labels.tags}});
  // A beginning is enough, and is not broken where there is little room.
  const size_t id_length = options.width < 80 ? 8 : std::string_view::npos;
  for (size_t i = 0; i < runs.size(); ++i) {
    const v1::Job& job = runs[i].job;
    table.AddRow({{RunLetter(i), SeriesStyle(i)},
                  WithoutCollection(job.name()).substr(0, id_length),
                  job.display_name(),
                  StateLabel(job.state(), options.language),
                  StepText(job),
                  TagText(job)});
  }
  return Render(table, options);
}

std::string Settings(const std::vector<ComparedRun>& runs, const CompareViewOptions& options) {
  const Labels& labels = LabelsFor(options.language);
  const auto differing = DifferingSettings(runs);
  if (differing.empty()) return absl::StrCat("\n", labels.same_settings, "\n");
  Table table(RunColumns(runs.size()));
  for (const auto& [name, values] : differing) {
    std::vector<StyledText> cells = {name};
    for (const std::string& value : values) cells.emplace_back(value);
    table.AddRow(std::move(cells));
  }
  return Heading(labels.differing_settings, options) + Render(table, options);
}

std::string Curves(const std::vector<ComparedRun>& runs, const CompareViewOptions& options) {
  std::vector<NamedCurve> curves;
  for (size_t i = 0; i < runs.size(); ++i) {
    NamedCurve& curve = curves.emplace_back(NamedCurve{.name = RunLetter(i), .points = {}});
    for (const v1::StepMetrics& step : runs[i].steps) {
      curve.points.push_back({static_cast<double>(step.step()), step.combined_loss()});
    }
  }
  const std::string picture =
      RenderCurves(LabelsFor(options.language).combined_curves, curves,
                   {.width = options.width, .rows = 14, .color = options.color});
  return picture.empty() ? "" : absl::StrCat("\n", picture);
}

enum class Better { kLower, kHigher };

// A row of one number a run; the best of them is strong.
class NumberRows {
 public:
  NumberRows(size_t runs, Table& table) : runs_(runs), table_(table) {}

  // value(i) of run i; none where it has none.
  template <typename Value>
  void Add(const std::string& name, Better better, Value value) {
    std::vector<std::optional<double>> numbers;
    std::optional<double> best;
    for (size_t i = 0; i < runs_; ++i) {
      const std::optional<double> number = numbers.emplace_back(value(i));
      if (!number || !std::isfinite(*number)) continue;
      const bool wins = !best || (better == Better::kLower ? *number < *best : *number > *best);
      if (wins) best = number;
    }
    if (!best) return;
    std::vector<StyledText> cells = {name};
    for (const std::optional<double>& number : numbers) {
      cells.emplace_back(number ? FormatLoss(*number) : "-",
                         number == best ? Style::kStrong : Style::kPlain);
    }
    table_.AddRow(std::move(cells));
  }

 private:
  const size_t runs_;
  Table& table_;
};

// In order of appearance.
std::vector<std::string> EvalCorpusNames(const std::vector<ComparedRun>& runs) {
  std::vector<std::string> names;
  for (const ComparedRun& run : runs) {
    for (const v1::Evaluation& one : run.job.last_evaluation().eval_corpora()) {
      if (std::find(names.begin(), names.end(), one.eval_corpus()) == names.end()) {
        names.push_back(one.eval_corpus());
      }
    }
  }
  return names;
}

// Those on which models were fine-tuned, in order of appearance.
std::vector<std::string> TaskNames(const std::vector<ComparedRun>& runs) {
  std::vector<std::string> names;
  for (const ComparedRun& run : runs) {
    for (const v1::Finetuning& finetuning : run.job.finetunings()) {
      const std::string name = TaskName(finetuning);
      const bool has_scores = finetuning.has_base() || finetuning.has_adapted();
      if (has_scores && std::find(names.begin(), names.end(), name) == names.end()) {
        names.push_back(name);
      }
    }
  }
  return names;
}

// The newest with scores; null: none.
const v1::Finetuning* LastOnTask(const v1::Job& job, const std::string& task) {
  const v1::Finetuning* last = nullptr;
  for (const v1::Finetuning& finetuning : job.finetunings()) {
    const bool has_scores = finetuning.has_base() || finetuning.has_adapted();
    if (has_scores && TaskName(finetuning) == task) last = &finetuning;
  }
  return last;
}

std::string Metrics(const std::vector<ComparedRun>& runs, const CompareViewOptions& options) {
  const Labels& labels = LabelsFor(options.language);
  Table table(RunColumns(runs.size()));
  NumberRows rows(runs.size(), table);
  rows.Add(labels.best_loss, Better::kLower, [&](size_t i) -> std::optional<double> {
    if (!runs[i].job.has_best_evaluation()) return std::nullopt;
    return runs[i].job.best_evaluation().combined_loss();
  });
  const auto last = [&](const std::string& name, Better better, auto value) {
    rows.Add(name, better, [&](size_t i) -> std::optional<double> {
      if (!runs[i].job.has_last_evaluation()) return std::nullopt;
      return std::invoke(value, runs[i].job.last_evaluation());
    });
  };
  using Evaluation = v1::Evaluation;
  last(labels.last_loss, Better::kLower, &Evaluation::combined_loss);
  last("Generator Loss", Better::kLower, &Evaluation::generator_loss);
  last("Discriminator Loss", Better::kLower, &Evaluation::discriminator_loss);
  last("Generator Accuracy", Better::kHigher, &Evaluation::generator_accuracy);
  last("Discriminator Accuracy", Better::kHigher, &Evaluation::discriminator_accuracy);
  last("Precision", Better::kHigher, PrecisionOf<Evaluation>);
  last("Recall", Better::kHigher, RecallOf<Evaluation>);
  last("F1", Better::kHigher, F1Of);
  for (const std::string& name : EvalCorpusNames(runs)) {
    const auto of = [&](auto value) {
      return [&name, value](const Evaluation& evaluation) -> std::optional<double> {
        for (const Evaluation& one : evaluation.eval_corpora()) {
          if (one.eval_corpus() == name) return std::invoke(value, one);
        }
        return std::nullopt;
      };
    };
    last(absl::StrCat(name, ": ", labels.last_loss), Better::kLower,
         of(&Evaluation::combined_loss));
    last(absl::StrCat(name, ": Generator Loss"), Better::kLower, of(&Evaluation::generator_loss));
    last(absl::StrCat(name, ": F1"), Better::kHigher, of(F1Of));
  }
  for (const std::string& task : TaskNames(runs)) {
    const auto of = [&](auto scores, auto has) {
      return [&, scores, has](size_t i) -> std::optional<double> {
        const v1::Finetuning* last = LastOnTask(runs[i].job, task);
        if (last == nullptr || !std::invoke(has, *last)) return std::nullopt;
        return std::invoke(scores, *last).macro_f1_mean();
      };
    };
    rows.Add(absl::StrCat(task, ": ", kPhrases.finetuning_f1_base.In(options.language)),
             Better::kHigher, of(&v1::Finetuning::base, &v1::Finetuning::has_base));
    rows.Add(absl::StrCat(task, ": ", kPhrases.finetuning_f1_adapted.In(options.language)),
             Better::kHigher, of(&v1::Finetuning::adapted, &v1::Finetuning::has_adapted));
  }
  if (table.empty()) return "";
  return Heading(labels.final_metrics, options) + Render(table, options);
}

// The words of a probe sentence, to match those of different runs.
std::string SourceText(const v1::Sample& sample) {
  std::string text;
  for (const v1::SampleToken& token : sample.tokens()) {
    if (token.space_before() && !text.empty()) text += ' ';
    text += token.text();
  }
  return text;
}

std::string Probes(const std::vector<ComparedRun>& runs, const CompareViewOptions& options) {
  const Labels& labels = LabelsFor(options.language);
  std::vector<std::string> texts;  // in order of appearance
  for (const ComparedRun& run : runs) {
    for (const v1::Sample& probe : run.probes) {
      const std::string text = SourceText(probe);
      if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(text);
    }
  }
  std::string out;
  for (size_t number = 0; number < texts.size(); ++number) {
    Table table({{""}, {labels.step, Align::kRight}, {labels.caught, Align::kRight}, {""}});
    table.AddRow({"", "", "", StyledText(texts[number], Style::kFaint)});
    for (size_t i = 0; i < runs.size(); ++i) {
      for (const v1::Sample& probe : runs[i].probes) {
        if (SourceText(probe) != texts[number]) continue;
        const SampleCounts counts = CountSample(probe);
        table.AddRow({{RunLetter(i), SeriesStyle(i)},
                      absl::StrCat(probe.step()),
                      absl::StrCat(counts.caught, "/", counts.fakes),
                      SampleSentence(probe, SentenceKind::kFake)});
      }
    }
    out += Heading(absl::Substitute(labels.probe_sentence, number + 1), options) +
           Render(table, options);
  }
  return out;
}

}  // namespace

std::string RunLetter(size_t index) { return std::string(1, static_cast<char>('A' + index % 26)); }

std::map<std::string, std::vector<std::string>> DifferingSettings(
    const std::vector<ComparedRun>& runs) {
  std::map<std::string, std::vector<std::string>> settings;
  const auto set = [&](const std::string& name, size_t run, std::string value) {
    settings.try_emplace(name, runs.size()).first->second[run] = std::move(value);
  };
  for (size_t i = 0; i < runs.size(); ++i) {
    const v1::Job& job = runs[i].job;
    set("model", i, std::string(WithoutCollection(job.model())));
    set("corpus", i,
        job.corpus_display_name().empty() ? std::string(WithoutCollection(job.corpus()))
                                          : job.corpus_display_name());
    set("mix", i, MixText(job));
    set("eval_corpora", i, EvalCorporaText(job));
    for (const auto& [key, value] : job.hyperparameters().fields()) set(key, i, ValueText(value));
  }
  std::erase_if(settings, [](const auto& entry) {
    return std::set<std::string>(entry.second.begin(), entry.second.end()).size() == 1;
  });
  return settings;
}

std::string RenderComparison(const std::vector<ComparedRun>& runs,
                             const CompareViewOptions& options) {
  return absl::StrCat(Runs(runs, options), Settings(runs, options), Curves(runs, options),
                      Metrics(runs, options), Probes(runs, options));
}

}  // namespace electra::client
