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
    {"best", "최고", "best"},
    {"range", "그래프 범위", "Range of the plots"},
    {"from_step", "step $0부터", "from step $0"},
    {"from_beginning", "처음부터", "from the beginning"},
    {"step_axis", "step", "step"},
    {"loss", "loss", "loss"},
    {"share", "비율", "share"},
    {"point_hint", "그래프를 가리키면 그 step의 값이 여기에 나옵니다.",
     "Point at the plot to read the values of a step here."},
    {"evaluation_at", "평가(step $0)", "evaluation at step $0:"},
    {"corpus_named", "말뭉치 $0", "corpus $0"},
    {"curves_explained", "선은 학습 배치의 값, ○는 학습에 쓰지 않은 글에서 평가한 값입니다.",
     "Lines are values of training batches; ○ are evaluations on text that was held out."},
    {"combined_loss_explained",
     "학습이 줄이는 값: gen_weight × Generator Loss + disc_weight × Discriminator Loss. 낮을수록 "
     "좋습니다.",
     "The value that training lowers: gen_weight × generator loss + disc_weight × discriminator "
     "loss. Lower is better."},
    {"generator_loss_explained",
     "가려진 토큰을 생성기가 못 맞힌 정도(교차 엔트로피). 낮을수록 좋습니다.",
     "How far the generator is from the tokens that were masked (cross-entropy). Lower is better."},
    {"discriminator_loss_explained",
     "토큰이 가짜인지를 판별기가 못 맞힌 정도. 낮을수록 좋지만, 생성기가 그럴듯한 가짜를 만들면 "
     "올라가기도 합니다.",
     "How far the discriminator is from knowing the fakes. Lower is better, but it also rises when "
     "the generator's fakes become harder to tell."},
    {"rates_explained",
     "생성기 정확도: 가려진 토큰 중 맞힌 것. 판별 정밀도: 의심한 토큰 중 가짜. 판별 재현율: 가짜 "
     "중 "
     "찾아낸 것. 높을수록 좋습니다. 선은 20개 이상의 step을 합한 비율입니다.",
     "Generator accuracy: of masked tokens, those restored. Precision: of suspected tokens, the "
     "fakes. Recall: of the fakes, those caught. Higher is better. Lines are sums over at least 20 "
     "steps."},
    {"samples_explained",
     "생성기가 몇몇 토큰을 바꾼 문장(가짜)을 보고, 판별기가 바뀐 토큰을 찾습니다.",
     "The generator replaces some tokens of a sentence, and the discriminator looks for these "
     "fakes."},
    {"confusions_explained", "판별기가 놓친 가짜와, 가짜로 의심한 원본 토큰을 셉니다.",
     "Fakes that the discriminator missed, and original tokens that it suspected, counted."},
    {"evaluations_explained",
     "학습에 쓰지 않은 글을 매번 같은 마스크로 평가합니다. ★는 최고의 평가입니다. F1은 정밀도와 "
     "재현율의 조화 평균입니다.",
     "Text that was held out, with the same masks every time. ★ is the best evaluation. F1 is the "
     "harmonic mean of precision and recall."},
    {"settings_explained", "`electra hyperparameters`가 각 설정의 뜻을 보여 줍니다.",
     "`electra hyperparameters` explains each setting."},
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
  labels["right"] = shared.right;
  labels["wrong"] = shared.wrong;
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
