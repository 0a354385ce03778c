#include "client/jobfile/dry_run.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "client/i18n/phrases.h"
#include "client/i18n/server_message.h"
#include "client/rpc/json_output.h"
#include "client/shell/list_output.h"
#include "client/text/format.h"
#include "client/text/visible_text.h"

namespace electra::client {
namespace {

std::string TimeText(const CommandContext& context, double seconds) {
  if (seconds <= 0) return kPhrases.time_unknown.In(context.language);
  return Say(kPhrases.about, FormatElapsed(absl::Seconds(std::max(1.0, std::round(seconds)))))
      .In(context.language);
}

// Says so where the time is only from the device.
std::string TimeText(const CommandContext& context, const v1::JobEstimate& estimate) {
  const std::string time = TimeText(context, estimate.seconds());
  const bool is_rough = estimate.speed_source() == v1::JobEstimate::SPEED_SOURCE_MATRIX_PRODUCTS;
  return is_rough ? Say(kPhrases.rough_time, time).In(context.language) : time;
}

std::string SpeedText(const CommandContext& context, const v1::JobEstimate& estimate) {
  if (estimate.tokens_per_second() <= 0) return "";
  const std::string speed = FormatCount(std::llround(estimate.tokens_per_second()));
  switch (estimate.speed_source()) {
    case v1::JobEstimate::SPEED_SOURCE_SAME_MODEL:
      return Say(kPhrases.speed_same, speed, Visible(estimate.speed_job())).In(context.language);
    case v1::JobEstimate::SPEED_SOURCE_OTHER_MODEL:
      return Say(kPhrases.speed_other, speed, Visible(estimate.speed_job())).In(context.language);
    default:
      return Say(kPhrases.speed_rough, speed, Visible(estimate.device())).In(context.language);
  }
}

std::string ReadText(const CommandContext& context, const std::string& corpus,
                     const v1::JobEstimate& estimate) {
  const std::string size = FormatBytes(estimate.size_bytes());
  const Bilingual text =
      estimate.read_bytes() >= estimate.size_bytes()
          ? Say(kPhrases.read_whole, Visible(corpus), size)
          : Say(kPhrases.read_part, Visible(corpus), FormatBytes(estimate.read_bytes()), size);
  return text.In(context.language);
}

std::string TokenText(const CommandContext& context, const v1::JobEstimate& estimate) {
  if (estimate.token_count() == 0) return "";
  const double share = 100.0 * static_cast<double>(estimate.unknown_token_count()) /
                       static_cast<double>(estimate.token_count());
  return Say(kPhrases.unknown_share, FormatCount(estimate.token_count()),
             FormatCount(estimate.unknown_token_count()), absl::StrFormat("%.1f", share))
      .In(context.language);
}

std::string StepText(const CommandContext& context, const v1::JobEstimate& estimate) {
  const double epochs = static_cast<double>(estimate.total_steps()) /
                        static_cast<double>(std::max<int64_t>(estimate.steps_per_epoch(), 1));
  return Say(kPhrases.step_count, FormatCount(estimate.total_steps()),
             absl::StrFormat("%.3g", epochs), FormatCount(estimate.steps_per_epoch()))
      .In(context.language);
}

std::string MemoryText(const CommandContext& context, const v1::JobEstimate& estimate) {
  const std::string needed = FormatBytes(estimate.memory_bytes());
  if (estimate.device_memory_bytes() <= 0) return Say(kPhrases.about, needed).In(context.language);
  return Say(kPhrases.memory_use, needed, FormatBytes(estimate.device_memory_bytes()))
      .In(context.language);
}

void SayNothingQueued(const CommandContext& context) {
  if (!context.environment.out.is_terminal) return;
  context.out() << kPhrases.nothing_queued.In(context.language) << "\n";
}

// For people.
void AddFacts(const CommandContext& context, const std::string& corpus,
              const v1::JobEstimate& estimate, FactOutput& facts) {
  const Labels& labels = context.labels();
  const Language language = context.language;
  facts.Add("model", labels.model, estimate.model());
  facts.Add("text", kPhrases.text.In(language), ReadText(context, corpus, estimate));
  facts.Add("samples", labels.samples, FormatCount(estimate.sample_count()));
  facts.Add("sequences", kPhrases.sequences.In(language),
            Say(kPhrases.sequence_split, FormatCount(estimate.sequence_count()),
                FormatCount(estimate.train_sequence_count()),
                FormatCount(estimate.validation_sequence_count()))
                .In(language));
  facts.Add("tokens", kPhrases.tokens.In(language), TokenText(context, estimate));
  for (const v1::CorpusEstimate& corpus : estimate.corpora()) {
    const std::string& name = corpus.name().empty() ? corpus.corpus_display_name() : corpus.name();
    facts.Add("corpora", Visible(name),
              Say(kPhrases.corpus_counts, FormatCount(corpus.sample_count()),
                  FormatCount(corpus.sequence_count()), FormatCount(corpus.token_count()))
                  .In(language));
  }
  facts.Add("vocabulary", labels.vocabulary, FormatCount(estimate.vocab_size()));
  facts.Add("parameters", labels.parameters, FormatCount(estimate.parameter_count()));
  facts.Add("steps", kPhrases.steps.In(language), StepText(context, estimate));
  facts.Add("device", labels.device, estimate.device());
  facts.Add("memory", labels.memory, MemoryText(context, estimate));
  facts.Add("speed", kPhrases.speed.In(language), SpeedText(context, estimate));
  facts.Add("time", kPhrases.time.In(language), TimeText(context, estimate));
}

// For programs: numbers as they are.
void AddNumbers(const v1::JobEstimate& estimate, FactOutput& facts) {
  const auto add = [&](const char* key, int64_t number) {
    facts.Add(key, key, absl::StrCat(number));
  };
  facts.Add("model", "model", estimate.model());
  add("size_bytes", estimate.size_bytes());
  add("read_bytes", estimate.read_bytes());
  add("sample_count", estimate.sample_count());
  add("sequence_count", estimate.sequence_count());
  add("train_sequence_count", estimate.train_sequence_count());
  add("validation_sequence_count", estimate.validation_sequence_count());
  add("token_count", estimate.token_count());
  add("unknown_token_count", estimate.unknown_token_count());
  for (const v1::CorpusEstimate& corpus : estimate.corpora()) {
    const std::string key = absl::StrCat(
        "corpora.", Visible(corpus.name().empty() ? corpus.corpus_display_name() : corpus.name()));
    facts.Add(absl::StrCat(key, ".token_count"), absl::StrCat(key, ".token_count"),
              absl::StrCat(corpus.token_count()));
  }
  add("vocab_size", estimate.vocab_size());
  add("parameter_count", estimate.parameter_count());
  add("steps_per_epoch", estimate.steps_per_epoch());
  add("total_steps", estimate.total_steps());
  facts.Add("device", "device", estimate.device());
  add("memory_bytes", estimate.memory_bytes());
  add("device_memory_bytes", estimate.device_memory_bytes());
  if (estimate.tokens_per_second() <= 0) return;
  facts.Add("speed_source", "speed_source",
            v1::JobEstimate::SpeedSource_Name(estimate.speed_source()));
  facts.Add("speed_job", "speed_job", estimate.speed_job());
  facts.Add("tokens_per_second", "tokens_per_second",
            absl::StrFormat("%.1f", estimate.tokens_per_second()));
  facts.Add("seconds", "seconds", absl::StrFormat("%.1f", estimate.seconds()));
}

}  // namespace

void ShowWarnings(const CommandContext& context, const v1::JobEstimate& estimate) {
  std::ostream& err = *context.environment.err.stream;
  for (const Message& warning : ServerMessages(estimate.warnings(), estimate.warning_codes())) {
    err << context.labels().warning << Visible(InLanguage(warning, context.language)) << "\n";
  }
  const bool short_of_memory = estimate.device_memory_bytes() > 0 &&
                               estimate.memory_bytes() > estimate.device_memory_bytes();
  if (!short_of_memory) return;
  err << context.labels().warning
      << Say(kPhrases.memory_short, FormatBytes(estimate.memory_bytes()),
             FormatBytes(estimate.device_memory_bytes()))
             .In(context.language)
      << "\n";
}

void ShowEstimate(CommandContext& context, const std::string& corpus,
                  const v1::JobEstimate& estimate) {
  if (context.format == OutputFormat::kJson) return WriteJsonLine(context.out(), estimate);
  SayNothingQueued(context);
  FactOutput facts(context);
  if (context.environment.out.is_terminal) {
    AddFacts(context, corpus, estimate, facts);
  } else {
    AddNumbers(estimate, facts);
  }
  facts.Finish();
  ShowWarnings(context, estimate);
}

void ShowEstimates(CommandContext& context,
                   const std::vector<std::pair<std::string, v1::JobEstimate>>& estimates) {
  const Language language = context.language;
  const bool for_people =
      context.format == OutputFormat::kText && context.environment.out.is_terminal;
  if (for_people) SayNothingQueued(context);
  ListOutput list(context, {{context.labels().name},
                            {kPhrases.steps.In(language), Align::kRight},
                            {kPhrases.tokens.In(language), Align::kRight},
                            {context.labels().memory, Align::kRight},
                            {kPhrases.time.In(language), Align::kRight}});
  double seconds = 0;
  bool all_known = true;
  for (const auto& [name, estimate] : estimates) {
    const bool known = estimate.seconds() > 0;
    const std::string time =
        !known       ? "-"
        : for_people ? FormatElapsed(absl::Seconds(std::max(1.0, std::round(estimate.seconds()))))
                     : absl::StrFormat("%.1f", estimate.seconds());
    list.Add(estimate, {name, ListCount(context, estimate.total_steps()),
                        ListCount(context, estimate.token_count()),
                        ListBytes(context, estimate.memory_bytes()), time});
    seconds += estimate.seconds();
    all_known = all_known && known;
  }
  list.Finish();
  if (!for_people) return;
  if (all_known) {
    context.out() << Say(kPhrases.total_time, estimates.size(),
                         FormatElapsed(absl::Seconds(std::max(1.0, std::round(seconds)))))
                         .In(language)
                  << "\n";
  } else {
    context.out() << TimeText(context, 0) << "\n";
  }
}

}  // namespace electra::client
