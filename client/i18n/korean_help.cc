#include "client/i18n/korean_help.h"

#include <iterator>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/i18n/korean_footers.h"

namespace electra::client {
namespace {

struct Entry {
  std::string_view english;
  const char* korean;
};

constexpr Entry kDescriptions[] = {
    // All commands.
    {"Commands", "명령"},
    {"Train a model", "학습"},
    {"Follow jobs", "작업 보기"},
    {"Use results", "결과"},
    {"Models and corpora", "모델과 말뭉치"},
    {"Server", "서버"},
    {"This client", "클라이언트"},
    {"Adapt ELECTRA models to your text on an electrad server, and follow the training",
     "electrad 서버에서 ELECTRA 모델을 말뭉치에 맞게 학습하고 그 과정을 보여 줍니다"},
    {"Print this help message and exit", "이 도움말을 보여 주고 끝냅니다"},
    {"Print the version and exit", "버전을 보여 주고 끝냅니다"},
    {"Server address (default: ELECTRA_SERVER, then the context, then 127.0.0.1:50551)",
     "서버. 없으면 ELECTRA_SERVER, 컨텍스트의 서버, 127.0.0.1:50551 순으로 정합니다"},
    {"Context to use, see `electra context` (default: ELECTRA_CONTEXT, then the current context)",
     "이름을 붙인 서버(`electra context` 참고). 없으면 ELECTRA_CONTEXT, 사용 중인 컨텍스트 순으로 "
     "정합니다"},
    {"Output language (default: the locale)", "표시 언어. 없으면 로캘을 따릅니다"},
    {"Print one JSON object per line instead of text",
     "글 대신 한 줄에 JSON 객체 하나씩 출력합니다"},
    {"Show whole cells in lists on a terminal, however wide they are",
     "터미널의 목록에서 모든 칸을 너비와 상관없이 전부 표시"},
    {"In CSV files and piped lists, do not put an apostrophe before text that a spreadsheet would "
     "take for a formula",
     "CSV 파일과 파이프로 보내는 목록에서, 스프레드시트가 수식으로 볼 글 앞에 작은따옴표를 붙이지 "
     "않습니다"},
    {"When to use colors; auto: on a terminal, unless NO_COLOR is set",
     "색: auto는 터미널이고 NO_COLOR가 없을 때, always는 언제나, never는 쓰지 않음"},
    {"Time limit for a response (default 30)", "응답을 기다리는 시간(초). 주지 않으면 30초입니다"},
    {"Check the connection when the server has been silent for this long",
     "서버가 이만큼(초) 조용하면 살아 있는지 묻습니다"},
    {"Use TLS even to this machine; to other machines it is the default",
     "이 컴퓨터에 접속할 때도 TLS를 씁니다. 다른 컴퓨터에는 언제나 씁니다"},
    {"Do not use TLS: anyone on the network path can read and change the traffic",
     "TLS를 쓰지 않습니다. 중간에서 누구나 내용을 읽고 바꿀 수 있습니다"},
    {"CA bundle (PEM) used to verify the server's certificate (default: the system's)",
     "서버 인증서를 서명한 CA(PEM). 없으면 시스템의 CA를 씁니다"},
    {"Client certificate (PEM) to use instead of a token", "토큰 대신 쓰는 내 인증서(PEM)"},
    {"Private key (PEM) of the client certificate", "그 인증서의 개인 키(PEM)"},

    // What several have.
    {"Job ID, the beginning of one, or a display name", "작업: ID, ID의 앞부분 또는 이름"},
    {"Job IDs, beginnings of IDs, or display names", "작업들: ID, ID의 앞부분 또는 이름"},
    {"Job ID, the beginning of one, or a display name; or models/NAME for an imported model",
     "작업: ID, ID의 앞부분 또는 이름. 가져온 모델은 models/NAME"},
    {"Use the checkpoint of this step (default: the final one)",
     "체크포인트의 step. 없으면 작업이 끝날 때의 것을 씁니다"},
    {"Maximum number of jobs to list", "최대 개수"},
    {"Do not ask for confirmation", "묻지 않습니다"},
    {"Overwrite an existing file", "이미 있는 파일을 덮어씁니다"},
    {"Overwrite existing files, for example of an earlier export",
     "이미 있는 파일을 덮어씁니다. 같은 작업을 다시 내보낼 때 씁니다"},
    {"Fail if the name, tags or note have changed since `electra job show JOB --json` printed this "
     "`etag`",
     "그 뒤로 아무도 이름, 태그, 메모를 바꾸지 않았을 때만 합니다. 값은 `electra job show "
     "JOB --json`의 `etag`"},

    // submit, watch
    {"Upload a corpus and queue a training job", "말뭉치를 보내고 서버에 학습 작업을 제출합니다"},
    {"Local file (.gz and .zst too), or corpora/ID of a corpus on the server; write ./corpora/... "
     "for a local folder of that name",
     "내 컴퓨터의 파일(.gz, .zst 가능) 또는 서버에 있는 corpora/ID. 같은 이름의 로컬 폴더는 "
     "./corpora/...로 적습니다"},
    {"Column (csv, tsv) or field (jsonl) that contains the text",
     "본문이 든 열(csv, tsv) 또는 필드(jsonl)"},
    {"File format (default: from the file extension)", "파일 형식. 없으면 확장자로 판단합니다"},
    {"Character encoding: cp949, euc-kr, utf-16, ... (default utf-8); a byte order mark takes "
     "precedence",
     "파일의 인코딩: cp949, euc-kr, utf-16 등. 주지 않으면 utf-8이며, 바이트 순서 표시가 있으면 "
     "그것을 따릅니다"},
    {"What to do with bytes that are not valid text: refuse the corpus (the default), replace them "
     "with U+FFFD, or skip the sample",
     "글자가 아닌 바이트의 처리: 말뭉치를 거절(기본), U+FFFD로 대체, 해당 샘플을 건너뛰기"},
    {"WordPiece vocabulary: a vocab.txt or tokenizer.json (default: train one from the corpus)",
     "WordPiece vocab.txt나 tokenizer.json. 없으면 말뭉치에서 어휘를 학습합니다"},
    {"Model to start from, see `electra model list` (default: small)",
     "학습을 시작할 모델(`electra model list` 참고). 서버의 기본값은 small입니다"},
    {"Probe sentences, one per line; every sample shows them with the same masks",
     "샘플마다 같은 마스크로 보여 줄 문장 파일, 한 줄에 한 문장"},
    {"Job file (YAML or JSON); command-line options take precedence",
     "작업 파일(YAML 또는 JSON). 명령줄의 옵션이 우선합니다"},
    {"Set hyperparameters, see `electra hyperparameters`; takes precedence over the job file",
     "하이퍼파라미터(`electra hyperparameters` 참고). 작업 파일보다 우선합니다"},
    {"Train even if the vocabulary does not know more than half of the text",
     "본문의 절반이 넘게 어휘에 없어도 학습합니다"},
    {"Display name of the job", "사람이 알아볼 이름"},
    {"Priority from -100 to 100 (default 0); jobs with a higher one are trained first",
     "높을수록 먼저 학습합니다. -100에서 100까지, 주지 않으면 0"},
    {"Watch the job once it is queued, as `electra watch` does",
     "제출한 뒤 `electra watch`처럼 이어서 지켜봅니다"},
    {"Webhook (Slack, Discord, or a program's) that the server tells when the job ends, fails or "
     "is "
     "paused; its host must be in the server's setting notify_hosts",
     "작업이 끝나거나 실패하거나 멈추면 서버가 알릴 웹훅(Slack, Discord 또는 프로그램). 그 "
     "호스트가 "
     "서버 설정 notify_hosts에 있어야 합니다"},
    {"When the job ends, sound the terminal's bell and send a desktop notification",
     "작업이 끝나면 터미널의 벨을 울리고 데스크톱 알림을 보냅니다"},
    {"With --format csv: begin the files with a byte order mark, so that Excel reads them as UTF-8",
     "--format csv와 함께: 파일을 바이트 순서 표시(BOM)로 시작하여 Excel이 UTF-8로 읽게 합니다"},
    {"Queue one job for each value or, with several --sweep options, for each combination (at most "
     "100); the jobs are tagged sweep=ID",
     "값마다 작업을 하나씩 제출합니다. --sweep을 여러 번 주면 조합마다 하나씩, 최대 100개이며 "
     "sweep=ID 태그가 붙습니다"},
    {"Estimate tokens, steps, memory and time without queuing a job; sends at most 2 MiB of the "
     "text",
     "토큰, step, 메모리, 시간이 어떻게 될지만 알려 줍니다. 본문을 2 MiB까지만 보내고 아무것도 "
     "제출하지 않습니다"},
    {"Follow a job live: losses, sample predictions, evaluations",
     "학습을 실시간으로 보여 줍니다: 손실, 샘플 예측, 평가"},
    {"Skip events up to this sequence number", "이 번호까지의 이벤트는 뺍니다"},
    {"Follow all running and queued jobs, one line each",
     "실행 중이거나 대기 중인 작업을 한 줄씩 보여 줍니다"},
    {"Print lines from the beginning and never redraw; this is the default without a terminal",
     "처음부터 줄로만 출력하고 화면을 고쳐 쓰지 않습니다. 터미널이 아니면 언제나 이렇습니다"},

    // Jobs.
    {"List jobs, newest first", "작업 목록을 최근 것부터 보여 줍니다"},
    {"Show, control, describe and delete jobs",
     "작업을 보고, 멈추거나 끝내고, 설명을 붙이고, 삭제합니다"},
    {"Show a job's state, losses, hyperparameters and model folder",
     "작업 하나를 보여 줍니다: 상태, 손실, 하이퍼파라미터, 모델 폴더"},
    {"Restart a failed or cancelled job from its last checkpoint",
     "실패했거나 취소된 작업을 마지막 체크포인트부터 다시 합니다"},
    {"Cancel a job: at once if it is queued, after a step and a checkpoint if it is running",
     "작업을 끝냅니다. 대기 중이면 바로, 실행 중이면 step을 마치고 체크포인트를 남긴 뒤 끝납니다"},
    {"Pause a job: at once if it is queued, after a step and a checkpoint if it is running",
     "작업을 일시 정지합니다. 대기 중이면 바로, 실행 중이면 step을 마치고 체크포인트를 남긴 뒤 "
     "멈춥니다"},
    {"Return a paused job to its place in the queue",
     "일시 정지한 작업을 대기열의 원래 자리로 되돌립니다"},
    {"Delete jobs with their history and checkpoints",
     "작업을 기록, 체크포인트와 함께 모두 삭제합니다"},

    // History.
    {"Search jobs by settings, state and results", "작업을 설정과 결과로 찾아 보여 줍니다"},
    {"List only jobs that match this filter", "이 조건에 맞는 것만"},
    {"Sort by these fields, ascending unless followed by `desc`",
     "이 필드 순서로. 오름차순이며 `desc`를 붙이면 내림차순"},
    {"Show a job's recorded sample predictions", "기록된 샘플 예측을 보여 줍니다"},
    {"Show only this step or this range, both ends included; 0 is before the first step",
     "이 step 또는 이 범위의 것만(양 끝 포함). 0은 첫 step 이전입니다"},
    {"Show only fakes that the discriminator missed", "판별기가 놓친 것만: 의심하지 않은 가짜"},
    {"Show only originals that the discriminator took for fakes",
     "잘못 의심한 것만: 가짜로 본 원본"},
    {"Show a job's losses and rates, step by step", "step별 손실과 지표를 보여 줍니다"},
    {"First step to show", "첫 step"},
    {"Last step to show", "마지막 step"},
    {"Show at most this many steps; the server keeps the lowest and highest loss of each interval",
     "최대 이만큼의 step만. 서버가 구간마다 손실이 가장 낮은 것과 높은 것을 남깁니다"},
    {"Plot curves instead of printing a table", "표 대신 곡선을 그립니다"},
    {"Compare jobs side by side: settings, curves, evaluations, probe sentences",
     "작업을 나란히 비교합니다: 설정, 곡선, 평가, 고정 문장"},
    {"Compare the jobs that match this filter (see `electra history --help`), best first",
     "이 조건에 맞는 작업들(`electra history --help` 참고), 좋은 것부터"},
    {"Show, set or remove a job's tags", "작업의 태그를 보고, 붙이고, 뗍니다"},
    {"KEY=VALUE sets a tag, KEY- removes it", "KEY=VALUE는 태그를 붙이고 KEY-는 뗍니다"},
    {"Show or write a job's note", "작업의 메모를 보거나 씁니다"},
    {"New text of the note; \"\" removes the note", "새 메모. \"\"를 주면 지웁니다"},
    {"Write the note in an editor (VISUAL, EDITOR or vi)",
     "편집기에서 씁니다(VISUAL, EDITOR, 없으면 vi)"},
    {"Change a job's display name", "작업의 이름을 바꿉니다"},
    {"New display name", "새 이름"},

    // What came of it.
    {"Show the tokens that a model confuses, or write a job as an HTML page",
     "모델이 헷갈리는 토큰을 보여 주거나, 작업 전체를 웹 페이지로 저장합니다"},
    {"Count in the recorded samples, in the last or the best evaluation, or in the samples and the "
     "last evaluation (all)",
     "세는 대상: 기록된 샘플(samples), 마지막 평가(evaluation), 가장 좋았던 평가(best), 샘플과 "
     "마지막 평가 모두(all)"},
    {"First step whose samples are counted", "샘플을 셀 첫 step"},
    {"Last step whose samples are counted", "샘플을 셀 마지막 step"},
    {"Maximum number of rows in each table, up to 1000", "표마다 보여 줄 행 수, 최대 1000"},
    {"Write a self-contained page: curves, sentences with a slider over the steps, tables, "
     "settings",
     "네트워크 없이 열리는 페이지 하나로 저장합니다: 곡선, step을 오가며 보는 문장, 표, 설정"},
    {"Export a job's history to files for other tools",
     "작업의 기록을 다른 도구가 읽는 파일로 저장합니다"},
    {"Output folder, which may contain other files: for tensorboard the log folder, for mlflow the "
     "tracking folder (mlruns)",
     "폴더. 다른 파일이 있어도 됩니다. tensorboard는 로그 폴더, mlflow는 추적 폴더(mlruns)"},
    {"Output format", "저장할 형식"},
    {"Let a trained model fake and judge your own sentences",
     "학습된 모델이 내 문장에 가짜를 넣고 판별해 보게 합니다"},
    {"Sentence to try; can be repeated (default: the lines of standard input)",
     "문장. 여러 번 줄 수 있고, 없으면 표준 입력을 한 줄씩 읽습니다"},
    {"Replace nothing: show how likely each token of the sentence is out of place",
     "가짜를 넣지 않고, 문장을 있는 그대로 두고 토큰마다 어울리지 않을 확률을 봅니다"},
    {"Random seed of masks and fakes (default: a random one)",
     "마스크와 가짜의 난수 씨앗. 없으면 임의로 정합니다"},
    {"Write sentence embeddings for search and clustering",
     "검색과 군집화에 쓸 문장 임베딩을 저장합니다"},
    {"UTF-8 file with one sentence per line; - reads standard input",
     "UTF-8 문장 파일, 한 줄에 한 문장. -는 표준 입력"},
    {"NumPy file to write: one row of float32 for each line of the input, in the same order",
     "NumPy 파일. 입력 한 줄마다 float32 한 행, 입력 순서대로"},
    {"Use the mean of the last hidden states of all tokens, or that of [CLS]",
     "모든 토큰의 마지막 은닉 상태의 평균 또는 [CLS]의 것"},

    // Corpora and models.
    {"List and delete corpora", "말뭉치를 보고 삭제합니다"},
    {"List the corpora on the server", "서버의 말뭉치를 보여 줍니다"},
    {"Delete a corpus; fails while an unfinished job uses it",
     "끝나지 않은 작업이 쓰지 않는 말뭉치를 삭제합니다"},
    {"Corpus ID", "말뭉치: corpora/ID 또는 ID"},
    {"List the models that jobs can start from", "학습을 시작할 수 있는 모델을 보여 줍니다"},
    {"List, import, download and delete models", "모델을 보고, 가져오고, 내려받고, 삭제합니다"},
    {"Upload a Hugging Face ELECTRA model to start jobs from",
     "Hugging Face 모델 폴더 한 쌍을 보내 학습의 출발점으로 씁니다"},
    {"Name of the model on the server, for `submit --model NAME`",
     "서버에서의 이름. `submit --model NAME`에 씁니다"},
    {"Directory of the discriminator (ElectraForPreTraining)",
     "판별기 폴더(ElectraForPreTraining)"},
    {"Directory of the generator (ElectraForMaskedLM); without one, each job creates it, see the "
     "hyperparameter generator_size",
     "생성기 폴더(ElectraForMaskedLM). 없으면 작업이 새로 만듭니다(하이퍼파라미터 generator_size "
     "참고)"},
    {"Read the directories on the server's machine, in a folder that electrad knows as "
     "--trusted-models",
     "폴더가 서버 컴퓨터에 있습니다. electrad를 --trusted-models로 실행할 때 준 폴더 아래여야 "
     "합니다"},
    {"Download a trained model as Hugging Face directories",
     "학습한 모델을 Hugging Face 폴더로 저장합니다"},
    {"Output folder; must be new or empty", "새 폴더 또는 빈 폴더"},
    {"Networks to write: one into DIR, or both into DIR/generator and DIR/discriminator",
     "저장할 것: 네트워크 하나면 DIR에, 둘 다면 DIR/generator와 DIR/discriminator에"},
    {"Data type of the weights", "가중치의 숫자 형식"},
    {"Delete an imported model; fails while an unfinished job starts from it",
     "끝나지 않은 작업이 쓰지 않는 가져온 모델을 삭제합니다"},
    {"Model name", "모델: models/NAME 또는 NAME"},

    // Job files.
    {"List hyperparameters: keys, types, defaults, accepted values",
     "--set에 쓸 수 있는 키와 형식, 기본값, 허용 범위를 보여 줍니다"},
    {"Create, explain and validate job files", "작업 파일을 만들고, 설명하고, 검사합니다"},
    {"Print a job file with every key, its default and its meaning",
     "모든 키의 기본값과 뜻이 적힌 작업 파일을 출력합니다"},
    {"Model to start from", "학습을 시작할 모델"},
    {"File to create (default: standard output)", "표준 출력 대신 쓸 새 파일"},
    {"Show the meaning, default and accepted values of a key",
     "키의 뜻과 기본값, 허용 범위를 알려 줍니다"},
    {"Job file key or hyperparameter", "작업 파일의 키 또는 하이퍼파라미터"},
    {"Validate a job file, with the server if it is reachable",
     "작업 파일을 검사합니다. 서버가 있으면 서버에도 확인합니다"},
    {"Job file (YAML or JSON)", "작업 파일(YAML 또는 JSON)"},

    // The server.
    {"Show the server's status, and free its disk space and memory",
     "서버의 상태를 보고, 디스크와 메모리를 비웁니다"},
    {"Show the server's version, devices, jobs and free space",
     "서버의 상태를 보여 줍니다: 버전, 장치, 작업, 남은 공간"},
    {"Remove unused files on the server", "서버에서 필요 없는 파일을 지웁니다"},
    {"Show what would be removed, and remove nothing", "무엇이 지워질지만 알려 줍니다"},
    {"Release memory that the server keeps for later jobs",
     "서버가 다음 작업을 위해 잡아 둔 메모리를 돌려주게 합니다"},
    {"Name servers, and choose the current one", "서버에 이름을 붙이고, 쓸 서버를 고릅니다"},
    {"Context name", "이름"},
    {"Add a context; the first one becomes current",
     "서버에 이름을 붙입니다. 첫 번째 것은 바로 사용합니다"},
    {"Make a context the current one", "이제부터 이 서버에 명령을 보냅니다"},
    {"List contexts; * marks the current one", "이름 붙인 서버를 보여 줍니다. *는 사용 중인 것"},
    {"Show the settings in effect, and where each comes from",
     "지금 명령에 적용되는 설정과 그 출처를 보여 줍니다"},
    {"Remove a context", "이름 붙인 서버를 지웁니다"},
    {"Store a server's token or client certificate in a file that only you can read",
     "서버의 토큰이나 클라이언트 인증서를 나만 읽을 수 있는 파일에 보관합니다"},
    {"Remove what `electra login` stored for a server", "`electra login`이 보관한 것을 지웁니다"},
    {"Create, list and revoke tokens (admins only)",
     "토큰을 만들고, 보고, 폐기합니다. 관리자 명령"},
    {"Create a token and print it, once", "토큰을 만들어 한 번만 보여 줍니다"},
    {"viewer: read everything; submitter: also upload, submit, and change its own jobs and "
     "corpora; admin: change everything",
     "viewer는 모두 읽고, submitter는 올리고 제출하며 자기 것을 바꾸고, admin은 모두 바꿉니다"},
    {"Display name of the token", "누구의 것인지 사람이 알아볼 이름"},
    {"Lifetime, such as 12h, 90d or 52w; 0: never expires (default: the server's)",
     "12h, 90d, 52w처럼 적는 유효 기간. 0은 무기한, 주지 않으면 서버의 기본값"},
    {"Common name of client certificates to accept instead of a secret",
     "비밀 값 대신 쓰는 클라이언트 인증서의 CN"},
    {"Maximum number of queued jobs (default 100)",
     "동시에 대기할 수 있는 작업 수. 주지 않으면 100"},
    {"Maximum storage on the server, such as 20GB (default 100GB)",
     "서버에 보관하는 것의 총 용량, 20GB처럼. 주지 않으면 100GB"},
    {"Maximum requests per second, twice as many in a burst (default 50)",
     "초당 요청 수. 잠깐은 두 배까지, 주지 않으면 50"},
    {"Maximum number of simultaneous uploads and watchers (default 32)",
     "동시에 할 수 있는 올리기와 지켜보기의 수. 주지 않으면 32"},
    {"List all tokens, newest first", "모든 토큰을 최근 것부터 보여 줍니다"},
    {"Revoke a token, effective at once", "토큰을 바로 폐기합니다"},
    {"Token ID, or the beginning of one", "토큰: tokens/ID, ID 또는 ID의 앞부분"},

    // The shell.
    {"Print a shell completion script",
     "셸에서 electra 명령줄을 자동 완성하는 스크립트를 출력합니다"},
    {"Shell to complete for", "bash, zsh, fish 중 하나"},
    {"Print the manual page", "매뉴얼 페이지를 출력합니다"},
    {"Show help for a command", "명령을 설명합니다"},
    {"Command to explain (default: list all commands)", "명령. 없으면 모든 명령을 보여 줍니다"},
};

constexpr std::string_view kComment = "  # ";

const char* KoreanProse(std::string_view english) {
  for (const FooterProse& prose : KoreanFooterProse()) {
    if (prose.english == english) return prose.korean;
  }
  return nullptr;
}

// `missing` gets the prose that has no Korean.
std::string KoreanParagraph(const std::string& english, std::vector<std::string>* missing) {
  if (const char* korean = KoreanProse(english)) return korean;
  std::vector<std::string> lines = absl::StrSplit(english, '\n');
  for (std::string& line : lines) {
    size_t prose = 0;
    if (line.starts_with("  ")) {
      const size_t comment = line.find(kComment);
      if (comment == std::string::npos) continue;
      prose = comment + kComment.size();
    }
    if (const char* korean = KoreanProse(line.substr(prose))) {
      line.replace(prose, std::string::npos, korean);
    } else {
      missing->push_back(line.substr(prose));
    }
  }
  return absl::StrJoin(lines, "\n");
}

std::string Translated(const std::string& footer, std::vector<std::string>* missing) {
  if (footer.empty()) return "";
  std::vector<std::string> paragraphs = absl::StrSplit(footer, "\n\n");
  for (std::string& paragraph : paragraphs) paragraph = KoreanParagraph(paragraph, missing);
  return absl::StrJoin(paragraphs, "\n\n");
}

}  // namespace

const char* KoreanHelp(std::string_view english) {
  for (const Entry& entry : kDescriptions) {
    if (entry.english == english) return entry.korean;
  }
  return nullptr;
}

std::string KoreanFooter(const std::string& english) {
  std::vector<std::string> stays;
  return Translated(english, &stays);
}

std::vector<std::string> MissingInFooter(const std::string& english) {
  std::vector<std::string> missing;
  Translated(english, &missing);
  return missing;
}

std::vector<std::string_view> KoreanHelpKeys() {
  std::vector<std::string_view> keys;
  for (const Entry& entry : kDescriptions) keys.push_back(entry.english);
  for (const FooterProse& prose : KoreanFooterProse()) keys.push_back(prose.english);
  return keys;
}

}  // namespace electra::client
