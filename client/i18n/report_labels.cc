#include "client/i18n/report_labels.h"

namespace electra::client {
namespace {

constexpr ReportLabels kKorean = {
    .run_line = "$0 $1 · $2 · step $3/$4 · $5",
    .no_samples = "기록된 샘플이 없습니다. sample_every를 0보다 크게 하면 학습 중에 기록됩니다.",
    .no_evaluation =
        "헷갈린 토큰을 기록한 평가가 없습니다. 아직 평가하지 않았거나, "
        "validation_split_percentage가 0이거나, 예전 버전에서 평가한 작업입니다.",
    .counted_line = "학습 배치의 샘플 $0개 (step $1~$2), 토큰 $3개",
    .evaluation_line = "step $1의 평가: 학습에 쓰지 않은 시퀀스 $0개, 토큰 $2개 중 $3개를 가림",
    .verdict_line = "가짜 토큰 $0개 중 $1개 판별 ($2%), 원본 토큰 $3개를 가짜로 의심",
    .faked_heading = "생성기가 가장 자주 바꾼 토큰",
    .missed_heading = "판별기가 가장 자주 놓친 가짜",
    .suspected_heading = "판별기가 가장 자주 의심한 원본",
    .approximate = "토큰 종류가 너무 많아 드문 것은 빼고 셌습니다.",
    .token = "토큰",
    .times = "나온 횟수",
    .fakes = "가짜",
    .missed = "놓침",
    .missed_share = "놓친 비율",
    .suspected = "의심",
    .suspected_share = "의심 비율",

    .try_heading = "$0번째 문장 ------- $1",
    .model_at_step = "$0, step $1의 모델",
    .judge_counts = "$0개 토큰 중 $1개 의심",
    .sentence = "문장 :  ",
    .fake_probability = "가짜일 확률",
    .truncated = "문장이 모델이 읽을 수 있는 길이보다 길어 뒷부분은 읽지 않았습니다.",

    .written = "$0 저장했습니다 ($1).",
    .exported = "$0 내보냈습니다: 파일 $1개 → $2",
    .exporting = "$0 내보내는 중 · $1행",
    .embedding = "임베딩 계산 중 $0/$1",
    .embedded = "$0 저장했습니다: 문장 $1개, 차원 $2",
    .truncated_lines = "너무 길어 뒷부분을 읽지 않은 문장: $0번째 줄",
};

constexpr ReportLabels kEnglish = {
    .run_line = "$0 $1 · $2 · step $3/$4 · $5",
    .no_samples = "No samples are recorded; set sample_every above 0 to record them.",
    .no_evaluation =
        "No evaluation of this job has counts: it has not been evaluated yet, "
        "validation_split_percentage is 0, or an older version evaluated it.",
    .counted_line = "$0 samples of training batches (steps $1 to $2), $3 tokens",
    .evaluation_line =
        "Evaluation after step $1: $0 held-out sequences, $2 tokens, $3 of them "
        "masked",
    .verdict_line = "$1 of $0 fake tokens caught ($2%), $3 original tokens suspected",
    .faked_heading = "Tokens that the generator changed most often",
    .missed_heading = "Fakes that the discriminator missed most often",
    .suspected_heading = "Originals that the discriminator suspected most often",
    .approximate = "There are too many different tokens; rare ones are not counted.",
    .token = "Token",
    .times = "Seen",
    .fakes = "Fakes",
    .missed = "Missed",
    .missed_share = "Missed %",
    .suspected = "Suspected",
    .suspected_share = "Suspected %",

    .try_heading = "sentence $0 ------- by $1",
    .model_at_step = "$0, step $1",
    .judge_counts = "$1 of $0 tokens suspected",
    .sentence = "Sentence :  ",
    .fake_probability = "Fake probability",
    .truncated = "The sentence is longer than the model can read; its end was cut off.",

    .written = "Wrote $0 ($1).",
    .exported = "Exported $0: $1 files → $2",
    .exporting = "exporting $0 · $1 rows",
    .embedding = "embedding $0/$1",
    .embedded = "Wrote $0: $1 sentences, $2 numbers each",
    .truncated_lines = "too long and cut off: lines $0",
};

}  // namespace

const ReportLabels& ReportLabelsFor(Language language) {
  return language == Language::kKorean ? kKorean : kEnglish;
}

}  // namespace electra::client
