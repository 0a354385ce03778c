#include "client/views/page_labels.h"

#include "client/i18n/message_values.h"
#include "client/i18n/report_labels.h"
#include "electra/v1/training.pb.h"

namespace electra::client {
namespace {

struct PageLabel {
  const char* key;
  const char* korean;
  const char* english;
};

constexpr PageLabel kPageLabels[] = {
    {"language", "언어", "Language"},
    {"theme", "화면 색", "Theme"},
    {"theme_auto", "자동", "auto"},
    {"theme_light", "밝게", "light"},
    {"theme_dark", "어둡게", "dark"},
    {"curves", "학습 곡선", "Curves"},
    {"samples", "샘플 예측", "Sample predictions"},
    {"step", "step", "Step"},
    {"caught", "판별한 가짜", "fake, caught"},
    {"missed", "놓친 가짜", "fake, missed"},
    {"suspected", "의심받은 원본", "original, suspected"},
    {"confusions", "모델이 헷갈리는 토큰", "What the model confuses"},
    {"source", "센 대상", "Counted over"},
    {"source_evaluation", "평가", "evaluation"},
    {"source_samples", "샘플", "samples"},
    {"evaluations", "평가", "Evaluations"},
    {"settings", "설정", "Settings"},
    {"combined_loss", "Combined Loss", "Combined loss"},
    {"generator_loss", "Generator Loss", "Generator loss"},
    {"discriminator_loss", "Discriminator Loss", "Discriminator loss"},
    {"rates", "정확도, 정밀도, 재현율", "Accuracy, precision, recall"},
    {"generator_accuracy", "생성기 정확도", "generator accuracy"},
    {"discriminator_precision", "판별 정밀도", "fakes: precision"},
    {"discriminator_recall", "판별 재현율", "fakes: recall"},
    {"discriminator_f1", "판별 F1", "fakes: F1"},
    {"samples_shown", "샘플 $1개 중 고르게 뽑은 $0개를 보여 줍니다.",
     "$0 of $1 samples are shown, spread evenly."},
    {"missed_count", "놓침", "Missed"},
    {"suspected_count", "의심", "Suspected"},
};

}  // namespace

nlohmann::json PageLabels(Language language) {
  nlohmann::json labels;
  for (const PageLabel& label : kPageLabels) {
    labels[label.key] = language == Language::kKorean ? label.korean : label.english;
  }
  const Labels& shared = LabelsFor(language);
  labels["sample_heading"] = shared.sample_heading;
  labels["probe_heading"] = shared.probe_heading;
  labels["original_sentence"] = shared.original_sentence;
  labels["fake_sentence"] = shared.fake_sentence;
  labels["sample_counts"] = shared.sample_counts;
  labels["position"] = shared.position;
  labels["original_token"] = shared.original_token;
  labels["fake_token"] = shared.fake_token;
  labels["actual"] = shared.actual;
  labels["predicted"] = shared.predicted;
  labels["correct"] = shared.correct;
  const ReportLabels& report = ReportLabelsFor(language);
  labels["no_samples"] = report.no_samples;
  labels["no_evaluation"] = report.no_evaluation;
  labels["counted_line"] = report.counted_line;
  labels["evaluation_line"] = report.evaluation_line;
  labels["verdict_line"] = report.verdict_line;
  labels["approximate"] = report.approximate;
  labels["faked_heading"] = report.faked_heading;
  labels["missed_heading"] = report.missed_heading;
  labels["suspected_heading"] = report.suspected_heading;
  labels["token"] = report.token;
  labels["times"] = report.times;
  labels["fakes"] = report.fakes;
  labels["missed_share"] = report.missed_share;
  labels["suspected_share"] = report.suspected_share;
  labels["fake_probability"] = report.fake_probability;
  for (v1::JobState state : {v1::QUEUED, v1::PREPARING, v1::RUNNING, v1::SUCCEEDED, v1::FAILED,
                             v1::CANCELLED, v1::PAUSED}) {
    labels["states"][v1::JobState_Name(state)] = StateLabel(state, language);
  }
  return labels;
}

}  // namespace electra::client
