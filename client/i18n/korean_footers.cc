#include "client/i18n/korean_footers.h"

namespace electra::client {
namespace {

constexpr FooterProse kProse[] = {
    // electra
    {"Environment (options take precedence over variables, and variables over config.toml):\n"
     "  ELECTRA_SERVER   server, if --server is not given\n"
     "  ELECTRA_CONTEXT  context, if --context is not given\n"
     "  ELECTRA_CA, ELECTRA_LANG, ELECTRA_TIMEOUT   as --ca, --lang and --timeout\n"
     "  ELECTRA_MODEL    model that `submit` starts from, if --model is not given\n"
     "  ELECTRA_TOKEN    token, instead of the one that `electra login` stored\n"
     "  NO_COLOR         no colors on a terminal, unless --color always is given\n"
     "  LC_ALL, LC_MESSAGES, LANG   Korean if the first one that is set begins with ko",
     "환경 변수 (명령줄 옵션이 우선하고, config.toml보다는 우선합니다):\n"
     "  ELECTRA_SERVER   --server를 주지 않았을 때의 서버\n"
     "  ELECTRA_CONTEXT  --context를 주지 않았을 때의 컨텍스트\n"
     "  ELECTRA_CA, ELECTRA_LANG, ELECTRA_TIMEOUT   --ca, --lang, --timeout과 같음\n"
     "  ELECTRA_MODEL    --model을 주지 않았을 때 `submit`이 쓰는 모델\n"
     "  ELECTRA_TOKEN    `electra login`이 보관한 것 대신 쓸 토큰\n"
     "  NO_COLOR         터미널에 색을 쓰지 않음 (--color always가 우선)\n"
     "  LC_ALL, LC_MESSAGES, LANG   설정된 첫 값이 ko로 시작하면 한국어"},
    {"Files, in XDG_CONFIG_HOME or ~/.config:\n"
     "  electra/config.toml        contexts and defaults, see `electra context`\n"
     "  electra/credentials.json   tokens and certificates, see `electra login`",
     "파일 (XDG_CONFIG_HOME 또는 ~/.config 아래):\n"
     "  electra/config.toml        컨텍스트와 기본값 (`electra context` 참고)\n"
     "  electra/credentials.json   토큰과 인증서 (`electra login` 참고)"},
    {"Exit status:\n"
     "  0 success, 1 the watched job failed or was cancelled, 2 wrong usage or a local file,\n"
     "  3 refused by the server, 4 no server, 130 interrupted",
     "종료 코드:\n"
     "  0 정상, 1 지켜보던 작업이 실패하거나 취소됨, 2 사용법이나 로컬 파일 오류,\n"
     "  3 서버가 거절함, 4 서버가 없음, 130 중단됨"},
    {"Run `electra COMMAND --help` for help on a command.",
     "`electra 명령 --help`로 각 명령의 설명을 볼 수 있습니다."},

    // Headings of what is typed, and its comments.
    {"Example:", "예:"},
    {"job.yaml (paths are relative to its folder; `electra config init` writes one):",
     "job.yaml (파일 이름은 이 파일의 폴더 기준. `electra config init`이 만듭니다):"},
    {"Create the first admin's token on the server while the daemon is stopped:",
     "첫 관리자 토큰은 데몬이 꺼져 있을 때 서버에서 만듭니다:"},
    {"a folder in fpath", "fpath에 있는 폴더"},
    {"without uploading it again", "다시 보내지 않고 제출"},
    {"steps, evaluations, samples, tokens", "step, 평가, 샘플, 토큰"},
    {"in the name, note, corpus, model or a tag", "이름, 메모, 말뭉치, 모델, 태그에서 찾기"},
    {"step and combined loss", "step과 Combined Loss"},
    {"words that do not fit the domain", "분야에 어울리지 않는 낱말 찾기"},

    // Commands.
    {"Probe sentences (`electra submit --probe FILE`) are shown as of the last sample of each "
     "job:\n"
     "fakes in parentheses, and how many of them the discriminator caught.",
     "고정 문장(`electra submit --probe FILE`)은 작업마다 마지막 샘플에서 본 대로 보여 줍니다.\n"
     "괄호 안이 가짜이고, 판별기가 그중 몇 개를 찾았는지도 나옵니다."},
    {"Completes commands, options, jobs, models, corpora, hyperparameters and contexts. Each tab "
     "asks\n"
     "the server, and does not wait long for its answer.",
     "명령, 옵션, 작업, 모델, 말뭉치, 하이퍼파라미터, 컨텍스트를 완성합니다. 탭을 누를 때마다\n"
     "서버에 묻지만 오래 기다리지 않습니다."},
    {"Prints each problem as FILE:LINE: message. Exit status: 0 no problems, 2 problems found.\n"
     "The server gets what `submit --dry-run` sends: at most 2 MiB of the text.",
     "문제마다 한 줄씩 FILE:LINE: 내용을 출력합니다. 종료 코드: 문제가 없으면 0, 있으면 2.\n"
     "서버에는 `submit --dry-run`과 같이 본문을 최대 2 MiB까지 보냅니다."},
    {"Contexts are stored in ~/.config/electra/config.toml, with defaults for lang, timeout and "
     "model.\n"
     "Options take precedence over ELECTRA_SERVER, ELECTRA_CONTEXT, ELECTRA_CA, ELECTRA_LANG,\n"
     "ELECTRA_TIMEOUT and ELECTRA_MODEL, these over the context, and the context over the "
     "defaults.\n"
     "Tokens are stored separately, by `electra login`.",
     "컨텍스트는 lang, timeout, model의 기본값과 함께 ~/.config/electra/config.toml에 보관합니다.\n"
     "명령줄 옵션, ELECTRA_SERVER, ELECTRA_CONTEXT, ELECTRA_CA, ELECTRA_LANG, ELECTRA_TIMEOUT,\n"
     "ELECTRA_MODEL 환경 변수, 컨텍스트, 기본값 순으로 우선합니다. 토큰은 `electra login`이\n"
     "따로 보관합니다."},
    {"Requires --server HOST:PORT; can have its own --ca FILE and --lang ko|en.",
     "--server HOST:PORT가 필요하고, --ca FILE과 --lang ko|en도 따로 정할 수 있습니다."},
    {"Cancel a running job before you delete it. The corpus is kept.",
     "실행 중인 작업은 먼저 취소해야 합니다. 말뭉치는 남습니다."},
    {"Runs on one CPU thread of the server, with low priority.",
     "서버 CPU의 스레드 하나에서 낮은 우선순위로 계산합니다."},
    {"MLflow 3 reads such a folder if MLFLOW_ALLOW_FILE_STORE=true is set;\n"
     "`mlflow migrate-filestore` moves it into a database.",
     "MLflow 3에서 이 폴더를 읽으려면 MLFLOW_ALLOW_FILE_STORE=true를 설정하거나,\n"
     "`mlflow migrate-filestore`로 데이터베이스에 옮기세요."},
    {"Removes corpora, vocabularies, models and job folders that nothing refers to; all "
     "checkpoints\n"
     "of ended jobs except the newest and the best; token caches, while no job is training; and\n"
     "uploads that broke off more than a day ago.",
     "지우는 것: 아무도 쓰지 않는 말뭉치, 어휘, 모델, 작업 폴더. 끝난 작업의 체크포인트 중 가장\n"
     "최근 것과 가장 좋은 것을 뺀 나머지. 학습 중인 작업이 없을 때의 토큰 캐시. 중단된 지 하루가\n"
     "넘은 올리기."},
    {"Fields: state, name, id, model, corpus, corpus_display_name, note, device, reason,\n"
     "submitted_by, eval_loss (of the best evaluation), step, total_steps, skipped_steps,\n"
     "priority, created, started, ended, updated, tags.KEY, hyperparameters.KEY.\n"
     "Operators: = != < <= > >= and : (text contains; FIELD:* means that the field is set); * at "
     "the\n"
     "beginning or end of a text matches anything. AND, OR (binds tighter), NOT or -, ( ).\n"
     "Days and times are UTC unless they say otherwise.",
     "필드: state, name, id, model, corpus, corpus_display_name, note, device, reason,\n"
     "submitted_by, eval_loss(가장 좋은 평가), step, total_steps, skipped_steps, priority,\n"
     "created, started, ended, updated, tags.KEY, hyperparameters.KEY.\n"
     "연산자: = != < <= > >= 그리고 :(글에 들어 있는지, FIELD:*는 값이 있는지). 글의 처음이나 "
     "끝의\n"
     "*는 무엇이든 됩니다. AND, OR(더 먼저 묶임), NOT 또는 -, ( ).\n"
     "날짜와 시각은 따로 적지 않으면 UTC입니다."},
    {"In a pipe, prints one line per job without headings, with tab-separated fields:\n"
     "id, name, state, model, corpus, step/total, best evaluation, seconds of training, time of\n"
     "submission, tags.",
     "파이프에는 제목 없이 작업마다 한 줄, 탭으로 나눈 필드를 출력합니다:\n"
     "id, 이름, 상태, 모델, 말뭉치, step/전체, 가장 좋은 평가, 학습 시간(초), 제출 시각, 태그."},
    {"Text that does not fit in the terminal ends with …; electra jobs --wide shows all of it.\n"
     "In a pipe, prints one line per job without headings, with tab-separated fields:\n"
     "id, name, state, step/total, combined loss, model, corpus, time of submission, tags.",
     "터미널에 다 들어가지 않는 내용은 …로 끝납니다. electra jobs --wide는 전부 보여 줍니다.\n"
     "파이프에는 제목 없이 작업마다 한 줄, 탭으로 나눈 필드를 출력합니다:\n"
     "id, 이름, 상태, step/전체, Combined Loss, 모델, 말뭉치, 제출 시각, 태그."},
    {"Reads the token from the terminal or from standard input, and checks it with the server "
     "before\n"
     "storing it. --ca, --cert, --key and --tls are stored with it.",
     "토큰은 터미널이나 표준 입력에서 읽고, 보관하기 전에 쓸 수 있는지 서버에 묻습니다.\n"
     "--ca, --cert, --key, --tls도 함께 보관합니다."},
    {"In a pipe, prints tab-separated fields: step, epoch, combined, generator and discriminator\n"
     "loss, generator accuracy, discriminator accuracy, precision and recall, learning rate, "
     "gradient\n"
     "norm, tokens seen, tokens per second, ranks, tokens per second of the slowest rank.\n"
     "Undefined values (precision and recall without a fake) are printed as -.",
     "파이프에는 탭으로 나누어 출력합니다: step, epoch, Combined·생성기·판별기 손실, 생성기\n"
     "정확도, 판별기 정확도·정밀도·재현율, 학습률, 기울기 노름, 읽은 토큰 수, 초당 토큰 수, 랭크 "
     "수,\n"
     "가장 느린 랭크의 초당 토큰 수. 정의되지 않은 값(가짜가 없을 때의 정밀도와 재현율)은 "
     "-입니다."},
    {"Reads config.json, model.safetensors or pytorch_model.bin (also in shards), vocab.txt or\n"
     "tokenizer.json, tokenizer_config.json, special_tokens_map.json and added_tokens.json.",
     "읽는 파일: config.json, model.safetensors 또는 pytorch_model.bin(나뉜 것도 가능), vocab.txt\n"
     "또는 tokenizer.json, tokenizer_config.json, special_tokens_map.json, added_tokens.json."},
    {"Generator and discriminator are shown as layers x hidden size. A model that was imported\n"
     "without a generator has none until a job creates it.",
     "생성기와 판별기는 층 수 x 은닉 크기로 적습니다. 생성기 없이 가져온 모델은 작업이 만들기\n"
     "전까지 생성기가 없습니다."},
    {"An evaluation reads held-out text with the same masks every time; the last one and the best\n"
     "one are kept. Samples are single sentences of the training batches, without probe "
     "sentences.\n"
     "With --from or --to, only samples are counted unless --source says otherwise.",
     "평가는 학습에 쓰지 않은 본문을 매번 같은 마스크로 읽으며, 마지막 평가와 가장 좋은 평가의\n"
     "것을 보관합니다. 샘플은 학습 배치에서 뽑은 문장이고 고정 문장은 세지 않습니다. --from이나\n"
     "--to를 주면 --source가 없는 한 샘플만 셉니다."},
    {"Releases weights of imported models that no job is training, which the next job that starts\n"
     "from them reads from disk again, and unused memory of the devices.",
     "돌려주는 것: 지금 학습하지 않는 가져온 모델의 가중치(다음 작업이 디스크에서 다시 "
     "읽습니다)와\n"
     "장치에서 아무 작업도 쓰지 않는 메모리."},
    {"On a terminal, samples scroll above the curves, starting with the newest one. --plain and\n"
     "--json first print everything that has happened so far.\n"
     "q and Ctrl-C stop watching; the job goes on.\n"
     "Exit status: 0 the job succeeded, 1 it failed or was cancelled, 130 you left before it "
     "ended.",
     "터미널에서는 샘플이 위로 흐르고 아래에 곡선이 남으며, 지난 샘플 중 가장 최근 것부터 보여\n"
     "줍니다. --plain과 --json은 지금까지 있었던 일을 모두 먼저 보여 줍니다.\n"
     "q와 Ctrl-C는 지켜보기만 끝내고 작업은 계속됩니다.\n"
     "종료 코드: 작업이 완료되면 0, 실패하거나 취소되면 1, 그 전에 나가면 130."},
    {"If somebody else changes the name, tags or note while you edit, nothing is written.",
     "편집하는 동안 다른 사람이 이름, 태그, 메모를 바꾸었으면 아무것도 쓰지 않습니다."},
};

}  // namespace

std::span<const FooterProse> KoreanFooterProse() { return kProse; }

}  // namespace electra::client
