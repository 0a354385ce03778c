#include "client/views/hyperparameter_text.h"

#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace electra::client {
namespace {

// In the order of the server's table.
constexpr std::pair<std::string_view, const char*> kMeanings[] = {
    {"learning_rate", "AdamW의 최고 학습률"},
    {"num_train_epochs", "말뭉치의 학습 부분을 반복하는 횟수"},
    {"max_steps", "전체 optimizer step 수. 0보다 크면 num_train_epochs를 대신합니다"},
    {"batch_size", "forward와 backward 한 번에 쓰는 시퀀스 수"},
    {"gradient_accumulation_steps", "optimizer step 하나에 기울기를 더하는 배치 수"},
    {"max_length", "[CLS]와 [SEP]를 포함한 시퀀스의 토큰 수"},
    {"truncate", "max_length보다 긴 샘플을 여러 시퀀스로 나누지 않고 자릅니다"},
    {"warmup_ratio", "학습률이 최고값까지 선형으로 오르는 step의 비율"},
    {"warmup_steps", "워밍업 step 수. 0보다 크면 warmup_ratio를 대신합니다"},
    {"lr_scheduler_type",
     "워밍업 뒤의 학습률: 0까지 선형으로 또는 코사인 반 주기로 내려가거나 그대로"},
    {"weight_decay", "AdamW의 가중치 감쇠. 편향과 LayerNorm에는 없습니다"},
    {"adam_beta1", "AdamW 1차 모멘트의 감쇠율"},
    {"adam_beta2", "AdamW 2차 모멘트의 감쇠율"},
    {"adam_epsilon", "2차 모멘트의 제곱근에 더하는 값"},
    {"max_grad_norm", "기울기 전체의 노름을 이 값 이하로 줄입니다"},
    {"layerwise_lr_decay",
     "출력층에서 임베딩으로 내려갈 때 바로 위층 학습률에 곱하는 비율. 공유 임베딩은 생성기를 "
     "따릅니다"},
    {"freeze_layers", "두 네트워크에서 학습하지 않는 아래쪽 인코더 층의 수"},
    {"freeze_embeddings", "두 네트워크의 임베딩을 LayerNorm, 투영과 함께 학습하지 않습니다"},
    {"ema_decay",
     "0보다 크면 가중치의 지수이동평균을 평가하고 저장합니다. step t의 감쇠율은 이 값과 "
     "(1 + t) / (10 + t) 중 작은 쪽입니다"},
    {"max_bad_steps",
     "손실이나 기울기가 유한하지 않은 step이 연속으로 이만큼이면 작업이 실패합니다. 그런 step은 "
     "건너뛰고 가중치를 바꾸지 않습니다"},
    {"mlm_probability", "생성기가 맞혀야 하는 토큰의 비율(올림)"},
    {"mask_unit",
     "한꺼번에 가리는 단위: 토큰, 조각을 모두 포함한 단어, SpanBERT식 단어 구간. 단어와 구간은 "
     "mlm_probability 안에서"},
    {"span_geometric_p", "구간 길이(단어 수)를 정하는 기하 분포의 p"},
    {"max_span_length", "구간의 최대 단어 수"},
    {"replace_prob", "가린 토큰 중 [MASK]가 되는 비율. 나머지는 그대로 둡니다"},
    {"temperature", "가짜 토큰을 뽑을 때 생성기 softmax의 온도"},
    {"gen_weight", "생성기 손실의 가중치"},
    {"disc_weight", "판별기 손실의 가중치"},
    {"disc_weight_warmup_steps",
     "생성기가 먼저 배우도록 disc_weight가 0에서 선형으로 오르는 step 수"},
    {"shared_embeddings",
     "모양이 맞을 때 생성기와 판별기가 함께 쓰는 것: 단어 임베딩, LayerNorm을 포함한 모든 임베딩, "
     "또는 없음"},
    {"generator_size",
     "가져온 모델에 생성기가 없을 때 새로 만드는 생성기의 크기(판별기에 대한 비율)"},
    {"hidden_dropout_prob", "임베딩과 층 뒤의 드롭아웃"},
    {"attention_probs_dropout_prob", "어텐션 확률의 드롭아웃"},
    {"validation_split_percentage", "평가용으로 떼어 두는 샘플의 비율(%)"},
    {"eval_steps", "평가 간격(step). 0이면 첫 step 전과 마지막 step 뒤에만 평가합니다"},
    {"max_eval_samples", "평가 한 번에 읽는 최대 시퀀스 수"},
    {"early_stopping_patience",
     "metric_for_best_model로 더 나아지지 않은 평가가 연속으로 이만큼이면 끝냅니다. 0이면 끝까지"},
    {"load_best_model_at_end",
     "마지막 step이 아니라 가장 좋았던 평가의 모델을 결과로 삼습니다. checkpoints/best에 저장하고 "
     "save_total_limit와 따로 보관합니다. 평가용 본문이 없으면 false입니다"},
    {"metric_for_best_model",
     "가장 좋은 평가를 고르는 기준: 가장 낮은 Combined Loss, 가장 낮은 Generator Loss, 또는 "
     "판별기의 가장 높은 F1"},
    {"sample_every", "샘플 예측 간격(step). 0이면 기록하지 않습니다"},
    {"save_steps", "체크포인트 간격(step). 0이면 step 수로는 저장하지 않습니다"},
    {"save_minutes",
     "체크포인트 간격(분). save_steps와 함께 씁니다. 서버가 갑자기 멈춰도 이보다 많은 학습을 잃지 "
     "않습니다. 0이면 시간으로는 저장하지 않습니다. 끝나거나 멈출 때는 언제나 저장합니다"},
    {"save_total_limit", "보관하는 최근 체크포인트 수"},
    {"do_lower_case", "토크나이저가 소문자로 바꿉니다"},
    {"strip_accents",
     "토크나이저가 악센트를 뗍니다. 한글 음절을 풀어 버리므로 한국어에는 쓰지 마세요"},
    {"tokenize_chinese_chars", "토크나이저가 한자 한 글자를 한 단어로 봅니다"},
    {"vocab_size", "말뭉치에서 어휘를 학습할 때의 어휘 크기"},
    {"min_frequency", "학습하는 어휘에서 조각의 쌍이 토큰이 되는 데 필요한 출현 횟수"},
    {"allow_unknown", "본문의 절반이 넘게 어휘에 없어도 학습합니다"},
    {"seed", "모든 난수의 씨앗. CPU에서는 같은 씨앗이 같은 가중치를 만듭니다"},
    {"device", "auto는 첫 CUDA 장치, 없으면 CPU를 씁니다"},
    {"devices",
     "step 하나를 나누어 계산하는 장치 수. 시퀀스와 결과는 그대로입니다. 0이면 데몬과 함께 시작된 "
     "모든 랭크, 없으면 장치 하나를 씁니다"},
    {"zero_redundancy_optimizer",
     "장치가 여럿이면 각 장치가 AdamW 모멘트의 일부만 보관하고 갱신합니다(ZeRO-1). 메모리를 덜 "
     "씁니다"},
    {"gradient_compression", "장치끼리 주고받는 기울기의 형식: float32, 또는 절반 크기인 bfloat16"},
    {"bf16",
     "CUDA에서 행렬곱과 어텐션을 bfloat16(지원하지 않으면 float16)으로, 가중치와 optimizer는 "
     "float32로"},
    {"fp16", "CUDA에서 같은 것을 float16과 손실 스케일링으로"},
    {"tf32", "CUDA에서 float32 행렬곱을 TF32로 계산해도 됩니다"},
    {"gradient_checkpointing",
     "층의 입력만 남기고 backward에서 다시 계산합니다. 메모리는 줄고 계산은 3분의 1쯤 늘어납니다"},
    {"deterministic",
     "CUDA에서 같은 종류의 카드라면 매번 비트까지 같은 가중치를 내는 알고리즘만 씁니다. 중단된 "
     "작업도 똑같이 이어집니다"},
};

// "above 0" and the like.
std::string Bound(absl::string_view text) {
  const std::pair<const char*, const char*> words[] = {
      {"above ", " 초과"}, {"at least ", " 이상"}, {"at most ", " 이하"}, {"below ", " 미만"}};
  for (const auto& [english, korean] : words) {
    if (absl::ConsumePrefix(&text, english)) return absl::StrCat(text, korean);
  }
  return std::string(text);
}

std::string KoreanRange(const std::string& accepted) {
  absl::string_view text = accepted;
  if (text == "true or false") return "true 또는 false";
  if (absl::ConsumePrefix(&text, "one of ")) return absl::StrCat(text, " 중 하나");
  if (absl::ConsumePrefix(&text, "a whole number from ")) {
    const std::vector<std::string> ends = absl::StrSplit(text, " to ");
    if (ends.size() == 2) return absl::StrCat(ends[0], " 이상 ", ends[1], " 이하의 정수");
  }
  if (absl::ConsumePrefix(&text, "a whole number, ")) return absl::StrCat(Bound(text), "의 정수");
  const bool is_range = absl::StartsWith(text, "above ") || absl::StartsWith(text, "at least ");
  if (!is_range) return accepted;
  std::vector<std::string> bounds;
  for (absl::string_view part : absl::StrSplit(text, ", ")) bounds.push_back(Bound(part));
  return absl::StrJoin(bounds, " ");
}

}  // namespace

std::string HyperparameterMeaning(const v1::Hyperparameter& one, Language language) {
  if (language == Language::kEnglish) return one.description();
  for (const auto& [key, meaning] : kMeanings) {
    if (key == one.key()) return meaning;
  }
  return one.description();
}

std::string HyperparameterRange(const v1::Hyperparameter& one, Language language) {
  return language == Language::kKorean ? KoreanRange(one.accepted()) : one.accepted();
}

}  // namespace electra::client
