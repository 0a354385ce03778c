#include "client/render/labels.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace electra::client {
namespace {

constexpr Labels kKorean = {
    .sample_heading = "$0번째 epoch 진행 중 ------- $1번째 step 결과",
    .probe_heading = "고정 문장 $0번 ------- $1번째 step까지 학습한 결과",
    .original_sentence = "원본 문장 :  ",
    .fake_sentence = "가짜 문장 :  ",
    .sample_counts = "$0개 토큰 중 $1개 예측 실패 -------- $2개 가짜 토큰 중 $3개 판별",
    .position = "문장 위치",
    .original_token = "실제 토큰",
    .fake_token = "(가짜)토큰",
    .actual = "실제",
    .predicted = "예측",
    .correct = "정답",

    .progress =
        "step $0/$1 · $2번째 epoch · Combined $3 Generator $4 Discriminator $5 · $6 토큰/초",
    .progress_short = "step $0/$1 · epoch $2 · $3 (G $4 D $5) · $6 토큰/초",
    .time_left = " · 남은 시간 $0",
    .state_line = "[$0] $1",
    .reading_words = "어휘를 위해 단어를 세는 중 $0% · 샘플 $1개",
    .tokenizing = "토큰으로 나누는 중 $0% · 샘플 $1개",
    .corpus_line = "말뭉치: 샘플 $0개, 시퀀스 $1개 (학습 $2개, 평가 $3개), 토큰 $4개",
    .unknown_line = ", 미등록 토큰 $0개 ($1%)",
    .split_line = ", 여러 시퀀스로 나뉜 샘플 $0개",
    .truncated_line = ", 잘린 샘플 $0개",
    .model_line = "모델: 어휘 $0개, 매개변수 $1개, 장치 $2, 모두 $3 step",
    .evaluation = "평가 (step $0): Combined $1 Generator $2 Discriminator $3",
    .evaluation_quality = " · Generator 정확도 $0 · 판별 정밀도 $1 재현율 $2 F1 $3 정확도 $4",
    .checkpoint = "체크포인트 (step $0): $1 ($2)",
    .warning = "경고: ",
    .error = "오류: ",
    .reconnecting = "$0 연결이 끊어졌습니다. $1초 뒤 다시 연결합니다 ($2/$3)",
    .reconnected = "다시 연결되었습니다",
    .model_saved = "모델: $0",
    .loss_change = "평가 Combined Loss: $0 → $1",

    .reading = "$0 읽는 중 $1%",
    .uploading = "$0 올리는 중 $1% · $2/$3 · $4/초",
    .checking = "$0 서버가 확인하는 중",
    .uploaded = "$0 → $1 (샘플 $2개)",
    .invalid_text = "$0: 글자가 아닌 바이트 때문에 샘플 $1개를 뺐고 $2개를 고쳤습니다",
    .imported = "$0 가져왔습니다 ($1)",
    .downloading = "$0 내려받는 중 $1",
    .downloaded = "$0 → $1 ($2)",
    .queued = "$0 대기열 $1번째",
    .submitted = "$0 제출됨",
    .how_to_watch = "지켜보기:  $0",
    .how_to_cancel = "취소하기:  $0",
    .left_running = "$0 작업은 계속 진행됩니다.",
    .cancel_requested = "$0 취소를 요청했습니다. 지금 step을 마치고 체크포인트를 남긴 뒤 끝납니다.",
    .cancelled_at_once = "$0 취소되었습니다.",
    .deleted = "$0 삭제되었습니다.",
    .unloaded = "메모리에 두었던 모델 $0개($1)를 내렸습니다.",
    .pause_requested =
        "$0 일시 정지를 요청했습니다. 지금 step을 마치고 체크포인트를 남긴 뒤 멈춥니다.",
    .paused = "$0 일시 정지되었습니다.",
    .resumed = "$0 다시 진행합니다.",
    .retried = "$0 마지막 체크포인트부터 다시 시도합니다.",

    .job = "작업",
    .name = "이름",
    .state = "상태",
    .step = "step",
    .epoch = "epoch",
    .model = "모델",
    .corpus = "말뭉치",
    .created = "제출",
    .started = "시작",
    .ended = "종료",
    .priority = "우선순위",
    .queue_position = "대기 순서",
    .device = "장치",
    .reason = "이유",
    .model_path = "모델 폴더",
    .losses = "마지막 step",
    .first_evaluation = "첫 평가",
    .last_evaluation = "마지막 평가",
    .best_evaluation = "최저 손실 평가",
    .skipped_steps = "건너뛴 step",
    .probe_sentences = "고정 문장",
    .vocabulary = "어휘",
    .from_corpus = "말뭉치에서 학습",
    .hyperparameters = "하이퍼파라미터",
    .file = "파일",
    .format = "형식",
    .column = "열",
    .size = "크기",
    .samples = "샘플",
    .parameters = "매개변수",
    .layers = "층",
    .hidden = "은닉",
    .learning_rate = "학습률",
    .description = "설명",
    .key = "이름",
    .type = "형",
    .default_value = "기본값",
    .accepted = "범위",
    .version = "버전",
    .data_dir = "데이터 폴더",
    .free_space = "남은 공간",
    .schema = "스키마",
    .jobs_waiting = "대기 작업",
    .jobs_running = "진행 작업",
    .jobs_ended = "끝난 작업",
    .watchers = "지켜보는 사람",
    .memory = "메모리",
    .running_job = "진행 중인 작업",
    .kind = "종류",
    .count = "개수",
    .none_yet = "아직 없습니다.",

    .just_now = "방금",
    .minutes_ago = "$0분 전",
    .hours_ago = "$0시간 전",
    .days_ago = "$0일 전",

    .token = "토큰",
    .role = "역할",
    .certificate = "인증서",
    .expires = "만료",
    .revoked = "폐기",
    .token_prompt = "$0 토큰: ",
    .token_created = "$0 토큰이 만들어졌습니다 ($1).",
    .token_shown_once = "이 토큰은 지금 한 번만 표시됩니다. `electra login`으로 보관하세요.",
    .token_revoked = "$0 폐기되었습니다.",
    .logged_in = "$0 로그인되었습니다: 역할 $1, 만료 $2. $3 파일에 보관합니다.",
    .logged_out = "$0 로그아웃되었습니다.",
    .not_logged_in = "$0 로그인되어 있지 않습니다.",
};

constexpr Labels kEnglish = {
    .sample_heading = "epoch $0 in progress ------- result of step $1",
    .probe_heading = "probe sentence $0 ------- as seen after step $1",
    .original_sentence = "Original :  ",
    .fake_sentence = "Fake     :  ",
    .sample_counts = "$1 of $0 tokens predicted wrong -------- $3 of $2 fake tokens caught",
    .position = "Position",
    .original_token = "Real token",
    .fake_token = "(Fake) token",
    .actual = "Actual",
    .predicted = "Predicted",
    .correct = "Correct",

    .progress = "step $0/$1 · epoch $2 · Combined $3 Generator $4 Discriminator $5 · $6 tokens/s",
    .progress_short = "step $0/$1 · epoch $2 · $3 (G $4 D $5) · $6 tok/s",
    .time_left = " · $0 left",
    .state_line = "[$0] $1",
    .reading_words = "counting words for a vocabulary $0% · $1 samples",
    .tokenizing = "tokenizing $0% · $1 samples",
    .corpus_line = "corpus: $0 samples, $1 sequences ($2 training, $3 validation), $4 tokens",
    .unknown_line = ", $0 unknown ($1%)",
    .split_line = ", $0 samples split into several sequences",
    .truncated_line = ", $0 samples truncated",
    .model_line = "model: vocabulary of $0, $1 parameters, on $2, $3 steps in all",
    .evaluation = "evaluation (step $0): Combined $1 Generator $2 Discriminator $3",
    .evaluation_quality =
        " · generator accuracy $0 · fakes: precision $1 recall $2 F1 $3 accuracy $4",
    .checkpoint = "checkpoint (step $0): $1 ($2)",
    .warning = "warning: ",
    .error = "error: ",
    .reconnecting = "lost the connection to $0, trying again in $1 s ($2/$3)",
    .reconnected = "connected again",
    .model_saved = "model: $0",
    .loss_change = "evaluated Combined Loss: $0 → $1",

    .reading = "reading $0 $1%",
    .uploading = "uploading $0 $1% · $2/$3 · $4/s",
    .checking = "$0: the server is checking it",
    .uploaded = "$0 → $1 ($2 samples)",
    .invalid_text = "$0: bytes that are no text: $1 samples left out, $2 repaired",
    .imported = "$0 is imported ($1)",
    .downloading = "downloading $0: $1",
    .downloaded = "$0 → $1 ($2)",
    .queued = "$0 is queued, position $1",
    .submitted = "$0 is submitted",
    .how_to_watch = "watch it:   $0",
    .how_to_cancel = "cancel it:  $0",
    .left_running = "$0 goes on without a watcher.",
    .cancel_requested = "$0 will end after its current step, with a checkpoint.",
    .cancelled_at_once = "$0 is cancelled.",
    .deleted = "$0 is deleted.",
    .unloaded = "unloaded $0 models ($1) from memory",
    .pause_requested = "$0 will pause after its current step, with a checkpoint.",
    .paused = "$0 is paused.",
    .resumed = "$0 goes on.",
    .retried = "$0 is tried again, from its last checkpoint on.",

    .job = "JOB",
    .name = "NAME",
    .state = "STATE",
    .step = "STEP",
    .epoch = "EPOCH",
    .model = "MODEL",
    .corpus = "CORPUS",
    .created = "CREATED",
    .started = "STARTED",
    .ended = "ENDED",
    .priority = "PRIORITY",
    .queue_position = "QUEUE POSITION",
    .device = "DEVICE",
    .reason = "REASON",
    .model_path = "MODEL FOLDER",
    .losses = "LAST STEP",
    .first_evaluation = "FIRST EVALUATION",
    .last_evaluation = "LAST EVALUATION",
    .best_evaluation = "BEST EVALUATION",
    .skipped_steps = "SKIPPED STEPS",
    .probe_sentences = "PROBE SENTENCES",
    .vocabulary = "VOCABULARY",
    .from_corpus = "trained from the corpus",
    .hyperparameters = "HYPERPARAMETERS",
    .file = "FILE",
    .format = "FORMAT",
    .column = "COLUMN",
    .size = "SIZE",
    .samples = "SAMPLES",
    .parameters = "PARAMETERS",
    .layers = "LAYERS",
    .hidden = "HIDDEN",
    .learning_rate = "LEARNING RATE",
    .description = "DESCRIPTION",
    .key = "KEY",
    .type = "TYPE",
    .default_value = "DEFAULT",
    .accepted = "ACCEPTED",
    .version = "VERSION",
    .data_dir = "DATA FOLDER",
    .free_space = "FREE SPACE",
    .schema = "SCHEMA",
    .jobs_waiting = "JOBS WAITING",
    .jobs_running = "JOBS RUNNING",
    .jobs_ended = "JOBS ENDED",
    .watchers = "WATCHERS",
    .memory = "MEMORY",
    .running_job = "RUNNING JOB",
    .kind = "KIND",
    .count = "COUNT",
    .none_yet = "None yet.",

    .just_now = "just now",
    .minutes_ago = "$0 min ago",
    .hours_ago = "$0 h ago",
    .days_ago = "$0 d ago",

    .token = "TOKEN",
    .role = "ROLE",
    .certificate = "CERTIFICATE",
    .expires = "EXPIRES",
    .revoked = "REVOKED",
    .token_prompt = "Token for $0: ",
    .token_created = "$0 is created, $1.",
    .token_shown_once = "This is the only time that it is shown; `electra login` keeps it.",
    .token_revoked = "$0 is revoked.",
    .logged_in = "Logged in to $0 as $1, until $2; kept in $3.",
    .logged_out = "Logged out of $0.",
    .not_logged_in = "Not logged in to $0.",
};

struct StateName {
  v1::JobState state;
  const char* korean;
  const char* english;
};

constexpr StateName kStates[] = {
    {v1::QUEUED, "대기", "queued"},      {v1::PREPARING, "준비", "preparing"},
    {v1::RUNNING, "학습", "running"},    {v1::SUCCEEDED, "완료", "succeeded"},
    {v1::FAILED, "실패", "failed"},      {v1::CANCELLED, "취소", "cancelled"},
    {v1::PAUSED, "일시 정지", "paused"},
};

}  // namespace

const Labels& LabelsFor(Language language) {
  return language == Language::kKorean ? kKorean : kEnglish;
}

std::string StateLabel(v1::JobState state, Language language) {
  for (const StateName& known : kStates) {
    if (known.state == state) return language == Language::kKorean ? known.korean : known.english;
  }
  return absl::StrCat("state ", static_cast<int>(state));
}

std::string_view FormatName(v1::CorpusFormat format) {
  switch (format) {
    case v1::TEXT:
      return "txt";
    case v1::CSV:
      return "csv";
    case v1::TSV:
      return "tsv";
    case v1::JSONL:
      return "jsonl";
    default:
      return "";
  }
}

}  // namespace electra::client
