#include "client/views/html_report.h"

#include <cmath>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/i18n/message_values.h"
#include "client/text/format.h"
#include "client/text/visible_text.h"
#include "client/views/confusion_view.h"
#include "client/views/finetuning_view.h"
#include "client/views/page.h"
#include "client/views/page_fill.h"
#include "client/views/page_labels.h"
#include "client/views/scalars.h"

namespace electra::client {
namespace {

using nlohmann::json;

// How many points side by side a chart of the page can show.
constexpr int kChartColumns = 360;

// JSON knows no infinity.
json Number(std::optional<double> number) {
  return number && std::isfinite(*number) ? json(*number) : json(nullptr);
}

double Rounded(double number, double unit) { return std::round(number / unit) * unit; }

// The sentence in parts: text where nothing happened, and for each token that was faked or
// suspected [position, original, fake, text, 0 caught 1 missed 2 suspected, probability, space].
json PartsOf(const v1::Sample& sample) {
  json parts = json::array();
  std::string plain;
  bool begun = false;
  for (int i = 0; i < sample.tokens_size(); ++i) {
    const v1::SampleToken& token = sample.tokens(i);
    const bool is_fake = token.original() != token.fake();
    if (token.text().empty() && !is_fake && !token.predicted_fake()) continue;  // [CLS], [SEP]
    const bool space = token.space_before() && begun;
    begun = true;
    if (!is_fake && !token.predicted_fake()) {
      if (space) plain += ' ';
      plain += Visible(token.text());
      continue;
    }
    if (!plain.empty()) parts.push_back(std::exchange(plain, ""));
    const int verdict = !is_fake ? 2 : token.predicted_fake() ? 0 : 1;
    parts.push_back({i, Visible(token.original()), Visible(token.fake()), Visible(token.text()),
                     verdict, Number(Rounded(token.fake_probability(), 1e-4)), space ? 1 : 0});
  }
  if (!plain.empty()) parts.push_back(plain);
  return parts;
}

json SampleJson(const v1::Sample& sample) {
  return {{"step", sample.step()},
          {"epoch", sample.epoch()},
          {"probe", sample.probe()},
          {"tokens", sample.tokens_size()},
          {"fakes", sample.fake_count()},
          {"caught", sample.caught_count()},
          {"suspected", sample.suspected_count()},
          {"losses",
           {Number(sample.combined_loss()), Number(sample.generator_loss()),
            Number(sample.discriminator_loss())}},
          {"parts", PartsOf(sample)}};
}

json EvaluationJson(const v1::Evaluation& evaluation) {
  return {evaluation.step(),
          Number(evaluation.combined_loss()),
          Number(evaluation.generator_loss()),
          Number(evaluation.discriminator_loss()),
          Number(evaluation.generator_accuracy()),
          Number(PrecisionOf(evaluation)),
          Number(RecallOf(evaluation)),
          Number(F1Of(evaluation))};
}

json PointsJson(const std::vector<PlotPoint>& points) {
  json pairs = json::array();
  for (const PlotPoint& point : points) {
    if (!std::isfinite(point.y)) continue;
    pairs.push_back({static_cast<int64_t>(point.x), point.y});
  }
  return pairs;
}

// The label of where its vocabulary is from; null where the server does not say.
json VocabularyLabel(const v1::Job& job) {
  switch (job.vocabulary_source()) {
    case v1::Job::VOCABULARY_SOURCE_CORPUS:
      return "vocabulary_of_corpus";
    case v1::Job::VOCABULARY_SOURCE_REQUEST:
      return "vocabulary_of_request";
    case v1::Job::VOCABULARY_SOURCE_MODEL:
      return "vocabulary_of_model";
    default:
      return nullptr;
  }
}

json JobJson(const v1::Job& job) {
  return {{"name", Visible(job.name())},
          {"display_name", Visible(job.display_name())},
          {"state", v1::JobState_Name(job.state())},
          {"step", job.step()},
          {"total_steps", job.total_steps()},
          {"corpus",
           Visible(job.corpus_display_name().empty() ? job.corpus() : job.corpus_display_name())},
          {"model", Visible(job.model_sources().empty()
                                ? job.model()
                                : absl::StrCat(job.model(), " (",
                                               absl::StrJoin(job.model_sources(), " "), ")"))},
          {"vocabulary", VocabularyLabel(job)},
          {"device", Visible(job.device())},
          {"start_time", FormatRfc3339(job.start_time())}};
}

// A row for each of the two models.
json FinetuningsJson(const v1::Job& job) {
  json rows = json::array();
  const auto add = [&](const v1::Finetuning& finetuning, const char* model,
                       const v1::FinetuningScores& scores) {
    rows.push_back(
        {{"task", TaskName(finetuning)},
         {"model", model},
         {"macro_f1", {Number(scores.macro_f1_mean()), Number(scores.macro_f1_deviation())}},
         {"accuracy", {Number(scores.accuracy_mean()), Number(scores.accuracy_deviation())}},
         {"runs", scores.run_count()}});
  };
  for (const v1::Finetuning& finetuning : job.finetunings()) {
    if (finetuning.has_base()) add(finetuning, "finetuned_base", finetuning.base());
    if (finetuning.has_adapted()) add(finetuning, "finetuned_adapted", finetuning.adapted());
  }
  return rows;
}

json TokenJson(const v1::TokenConfusion& token) {
  return {{"token", Visible(token.token())},
          {"count", token.count()},
          {"fake_count", token.fake_count()},
          {"missed_count", token.missed_count()},
          {"suspected_count", token.suspected_count()}};
}

}  // namespace

HtmlReport::HtmlReport(const v1::Job& job, Language language)
    : job_(job),
      language_(language),
      losses_{{"combined_loss", {}}, {"generator_loss", {}}, {"discriminator_loss", {}}},
      rates_{{"generator_accuracy", {}},
             {"discriminator_precision", {}},
             {"discriminator_recall", {}}} {}

void HtmlReport::Add(const v1::StepMetrics& step) {
  losses_.at("combined_loss").Add(step.step(), step.combined_loss());
  losses_.at("generator_loss").Add(step.step(), step.generator_loss());
  losses_.at("discriminator_loss").Add(step.step(), step.discriminator_loss());
  rates_.at("generator_accuracy").Add(step.step(), GeneratorAccuracyRatio(step));
  rates_.at("discriminator_precision").Add(step.step(), PrecisionRatio(step));
  rates_.at("discriminator_recall").Add(step.step(), RecallRatio(step));
}

void HtmlReport::Add(const v1::Evaluation& evaluation) {
  evaluations_.push_back(EvaluationJson(evaluation));
  for (const v1::Evaluation& one : evaluation.eval_corpora()) {
    corpus_evaluations_[one.eval_corpus()].push_back(EvaluationJson(one));
  }
}

void HtmlReport::Add(const v1::Sample& sample) {
  ++recorded_samples_;
  if (sample.step() != last_step_) {
    last_step_ = sample.step();
    ++last_ordinal_;
  }
  if (last_ordinal_ % stride_ != 0) return;
  samples_.push_back(
      {.ordinal = last_ordinal_, .step = sample.step(), .json = Embeddable(SampleJson(sample))});
  while (samples_.size() > kMostSamples && last_ordinal_ >= stride_) ThinOut();
}

void HtmlReport::ThinOut() {
  stride_ *= 2;
  std::erase_if(samples_,
                [this](const KeptSample& sample) { return sample.ordinal % stride_ != 0; });
}

void HtmlReport::Add(const v1::Confusions& confusions) {
  json page = {{"is_evaluation", IsOfEvaluation(confusions)},
               {"sample_count", confusions.sample_count()},
               {"first_step", confusions.first_step()},
               {"last_step", confusions.last_step()},
               {"token_count", confusions.token_count()},
               {"masked_count", confusions.masked_count()},
               {"fake_count", confusions.fake_count()},
               {"caught_count", confusions.caught_count()},
               {"caught_percent", Percent(confusions.caught_count(), confusions.fake_count())},
               {"suspected_count", confusions.suspected_count()},
               {"is_approximate", confusions.is_approximate()},
               {"faked", json::array()},
               {"missed", json::array()},
               {"suspected", json::array()}};
  for (const auto& token : confusions.faked()) page["faked"].push_back(TokenJson(token));
  for (const auto& token : confusions.suspected()) page["suspected"].push_back(TokenJson(token));
  for (const v1::FakeConfusion& fake : confusions.missed()) {
    page["missed"].push_back({{"original", Visible(fake.original())},
                              {"fake", Visible(fake.fake())},
                              {"fake_count", fake.fake_count()},
                              {"missed_count", fake.missed_count()}});
  }
  confusions_.push_back(std::move(page));
}

void HtmlReport::ClearConfusions() { confusions_ = json::array(); }

void HtmlReport::DropAfter(int64_t step) {
  for (auto& [name, curve] : losses_) curve.DropAfter(step);
  for (auto& [name, curve] : rates_) curve.DropAfter(step);
  while (!evaluations_.empty() && evaluations_.back()[0].get<int64_t>() > step) {
    evaluations_.erase(evaluations_.size() - 1);
  }
  for (auto& [name, rows] : corpus_evaluations_) {
    while (!rows.empty() && rows.back()[0].get<int64_t>() > step) rows.erase(rows.size() - 1);
  }
  const auto dropped =
      std::erase_if(samples_, [step](const KeptSample& sample) { return sample.step > step; });
  recorded_samples_ -= static_cast<int64_t>(dropped) * stride_;
  last_step_ = samples_.empty() ? -1 : samples_.back().step;
  last_ordinal_ = samples_.empty() ? -1 : samples_.back().ordinal;
}

json HtmlReport::Numbers() const {
  json curves;
  for (const auto& [name, curve] : losses_) curves[name] = PointsJson(curve.Points());
  for (const auto& [name, curve] : rates_) curves[name] = PointsJson(curve.Points(kChartColumns));
  json eval_corpora = json::array();
  for (const auto& [name, rows] : corpus_evaluations_) {
    eval_corpora.push_back({{"name", Visible(name)}, {"rows", rows}});
  }
  return {{"job", JobJson(job_)},
          {"curves", curves},
          {"evaluations", evaluations_},
          {"eval_corpora", eval_corpora},
          {"best_step", job_.has_best_evaluation() ? json(job_.best_evaluation().step()) : nullptr},
          {"finetunings", FinetuningsJson(job_)},
          {"recorded_samples", recorded_samples_},
          {"confusions", confusions_}};
}

std::string HtmlReport::WithSamples(const json& page) const {
  std::string data = Embeddable(page);
  data.pop_back();  // the closing brace, after which the samples go
  absl::StrAppend(&data, ",\"samples\":[");
  for (const KeptSample& sample : samples_) {
    absl::StrAppend(&data, &sample == &samples_.front() ? "" : ",\n", sample.json);
  }
  absl::StrAppend(&data, "]}");
  return data;
}

json HtmlReport::Settings() const {
  json settings = json::array();
  for (const auto& [key, value] : SettingsOf(job_)) settings.push_back({key, Visible(value)});
  return settings;
}

std::string HtmlReport::Data() const {
  json page = Numbers();
  page["settings"] = Settings();
  return WithSamples(page);
}

std::string HtmlReport::NewData(const std::vector<v1::Sample>& samples) const {
  json page = Numbers();
  page["samples"] = json::array();
  for (const v1::Sample& sample : samples) page["samples"].push_back(SampleJson(sample));
  return Embeddable(page);
}

std::string HtmlReport::Render() const { return Page(PageTitle(), PageScript(), ""); }

std::string HtmlReport::RenderLive(const std::string& server) const {
  return Page(PageTitle(), LiveScript(), server);
}

std::string HtmlReport::PageTitle() const {
  return job_.display_name().empty() ? job_.name() : job_.display_name();
}

std::string HtmlReport::Page(const std::string& title, std::string_view script,
                             const std::string& server) const {
  json page = Numbers();
  page["language"] = LanguageCode(language_);
  page["labels"] = {{"ko", PageLabels(Language::kKorean)}, {"en", PageLabels(Language::kEnglish)}};
  page["settings"] = Settings();
  if (!server.empty()) page["server"] = Visible(server);
  return FillPage({.content = RunContent(),
                   .script = script,
                   .language = language_,
                   .title = title,
                   .data = WithSamples(page),
                   .reach = server.empty() ? PageReach::kNothing : PageReach::kItsServer});
}

}  // namespace electra::client
