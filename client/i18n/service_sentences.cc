// What the daemon's services say; see server_sentences.h.
#include "client/i18n/server_sentences.h"

namespace electra::client {
namespace {

constexpr ServerSentence kSentences[] = {
    // What several have.
    {"$0 (and $1 more)", "$0 (그 밖에 $1건)"},
    {"did you mean $0?", "혹시 $0인가요?"},
    {"$0: did you mean $1?", "$0. 혹시 $1인가요?"},
    {"$0: did you mean \"$1\"?", "$0. 혹시 \"$1\"인가요?"},
    {"$0: use one of $1", "$0. 쓸 수 있는 것: $1"},
    {"`$0` lists them", "`$0`로 목록을 볼 수 있습니다"},
    {"QUEUED", "대기 중"},
    {"PREPARING", "준비 중"},
    {"RUNNING", "학습 중"},
    {"SUCCEEDED", "완료"},
    {"FAILED", "실패"},
    {"CANCELLED", "취소됨"},
    {"PAUSED", "일시 정지"},
    {"the client is gone", "클라이언트 연결이 끊겼습니다"},
    {"client is gone", "클라이언트 연결이 끊겼습니다"},
    {"the daemon is shutting down", "데몬이 종료 중입니다"},
    {"the daemon has too many calls waiting", "데몬에 대기 중인 요청이 너무 많습니다"},
    {"token $0 has $1 calls waiting, which is its share: wait for their answers before you send "
     "more",
     "토큰 $0의 요청 $1개가 대기 중이며, 한 토큰의 몫은 여기까지입니다. 응답을 받은 뒤에 더 "
     "보내세요"},
    {"filter and order_by need $0: use fewer terms and words of three characters or more, or "
     "narrow "
     "the list by state or created",
     "filter와 order_by에 $0이(가) 필요합니다. 조건을 줄이고 세 글자 이상의 낱말을 쓰거나, state나 "
     "created로 목록을 좁히세요"},
    {"more than $0 s or $1 steps of the database", "데이터베이스 작업 $0초 또는 $1단계를 넘는 일"},
    {"the server has no room for another connection (it takes $0, and $1 from one address): try "
     "again later",
     "서버에 연결을 더 받을 자리가 없습니다(모두 $0개, 한 주소에서 $1개까지). 나중에 다시 "
     "시도하세요"},
    {"expected a name in the form $0/ID", "$0/ID 형식의 이름이 필요합니다"},

    {"the daemon ran out of memory for this", "이 요청을 처리할 메모리가 데몬에 부족합니다"},
    {"the daemon failed: $0", "데몬에 오류가 났습니다. $0"},
    {"at most $0 downloads are served at once: end another first",
     "동시에 받을 수 있는 다운로드는 $0개입니다. 다른 다운로드를 먼저 끝내세요"},

    // Names, lists and their pages.
    {"there is no $0 \"$1\": $2", "\"$1\"이(가) 없습니다($0). $2"},
    {"there is no job \"$0\": $1", "작업 \"$0\"이(가) 없습니다. $1"},
    {"there is no corpus \"$0\": $1", "말뭉치 \"$0\"이(가) 없습니다. $1"},
    {"there is no token \"$0\": $1", "토큰 \"$0\"이(가) 없습니다. $1"},
    {"there is no model \"$0\": $1", "모델 \"$0\"이(가) 없습니다. $1"},
    {"there is no model \"$0\"", "모델 \"$0\"이(가) 없습니다"},
    {"there is no model $0", "모델 $0이(가) 없습니다"},
    {"there is no corpus $0", "말뭉치 $0이(가) 없습니다"},
    {"$0 id \"$1\" is short for several: $2; give more of it",
     "\"$1\"(으)로 시작하는 ID가 여럿입니다: $2. 더 길게 적어 주세요"},
    {"the job was deleted", "작업이 삭제되었습니다"},
    {"the corpus was deleted", "말뭉치가 삭제되었습니다"},
    {"page_size is $0: it must be at least 0", "page_size가 $0입니다. 0 이상이어야 합니다"},
    {"page_token is not one of this list", "page_token이 이 목록의 것이 아닙니다"},
    {"page_token is not one that this list gave", "page_token이 이 목록에서 준 것이 아닙니다"},
    {"page_token is not one that this list gave: it goes with the same parent, filter and order as "
     "the page before",
     "page_token이 이 목록에서 준 것이 아닙니다. 앞 쪽과 같은 parent, filter, 정렬로 써야 합니다"},
    {"a position of another order", "다른 정렬의 위치입니다"},
    {"max_points is $0: it must be 0, or from $1 to $2",
     "max_points가 $0입니다. 0이거나 $1 이상 $2 이하여야 합니다"},
    {"with max_points there is one page: leave page_token out",
     "max_points를 주면 한 쪽뿐입니다. page_token을 빼세요"},
    {"limit is $0: it must be at least 0", "limit이 $0입니다. 0 이상이어야 합니다"},
    {"source $0 is not one that this server knows", "source $0은(는) 이 서버가 모르는 값입니다"},
    {"after_sequence is $0: it must be at least 0",
     "after_sequence가 $0입니다. 0 이상이어야 합니다"},

    // What people write on a job.
    {"\"$0\" is not a field of a job", "\"$0\"은(는) 작업의 필드가 아닙니다"},
    {"\"$0\" cannot be changed", "\"$0\"은(는) 바꿀 수 없습니다"},
    {"\"$0\" is not a field of a job: display_name, note, tags and tags.KEY can",
     "\"$0\"은(는) 작업의 필드가 아닙니다. display_name, note, tags, tags.KEY를 바꿀 수 있습니다"},
    {"\"$0\" cannot be changed: display_name, note, tags and tags.KEY can",
     "\"$0\"은(는) 바꿀 수 없습니다. display_name, note, tags, tags.KEY를 바꿀 수 있습니다"},
    {"$0 has $1 bytes: at most $2 are accepted", "$0이(가) $1바이트입니다. 최대 $2바이트입니다"},
    {"$0 has $1 bytes: at most $2", "$0이(가) $1바이트입니다. 최대 $2바이트입니다"},
    {"there are $0 tags: at most $1 are accepted", "태그가 $0개입니다. 최대 $1개입니다"},
    {"\"$0\" is not a tag's key: expected a letter, then letters, digits, \"_\", \"-\" and \".\", "
     "$1 in all "
     "at most",
     "\"$0\"은(는) 태그 키로 쓸 수 없습니다. 영문자로 시작해 영문자, 숫자, \"_\", \"-\", \".\"로 "
     "$1자까지 쓸 수 있습니다"},
    {"tag $0 has $1 bytes: at most $2 are accepted",
     "태그 $0이(가) $1바이트입니다. 최대 $2바이트입니다"},
    {"tag $0 has a control character: a tag is one line of text",
     "태그 $0에 제어 문자가 있습니다. 태그는 글 한 줄이어야 합니다"},
    {"there is nothing to change: update_mask is empty, and so are display_name, note and tags",
     "바꿀 것이 없습니다. update_mask도 display_name, note, tags도 비어 있습니다"},
    {"somebody else has changed job $0 meanwhile: look at it and do it again",
     "그사이 다른 사람이 작업 $0을(를) 바꾸었습니다. 확인하고 다시 하세요"},

    // Jobs and their queue.
    {"probe has $0 sentences: at most $1 are accepted", "고정 문장이 $0개입니다. 최대 $1개입니다"},
    {"probe sentence $0 has $1 bytes: at most $2 are accepted",
     "고정 문장 $0번이 $1바이트입니다. 최대 $2바이트입니다"},
    {"probe sentence $0 must be one line with text",
     "고정 문장 $0번은 내용이 있는 한 줄이어야 합니다"},
    {"probe sentences are shown with samples, but sample_every is 0: set it above 0",
     "고정 문장은 샘플과 함께 보여 주는데 sample_every가 0입니다. 0보다 크게 하세요"},
    {"priority is $0: it must be from $1 to $2", "priority가 $0입니다. $1 이상 $2 이하여야 합니다"},
    {"hyperparameters have $0 bytes: at most $1",
     "하이퍼파라미터가 $0바이트입니다. 최대 $1바이트입니다"},
    {"request_id must be a UUID", "request_id는 UUID여야 합니다"},
    {"the jobs' checkpoints have $0 bytes of at most $1: `electra server gc` makes room",
     "작업들의 체크포인트가 한도 $1바이트 중 $0바이트를 쓰고 있습니다. `electra server gc`로 "
     "공간을 "
     "만드세요"},
    {"model $0 was replaced meanwhile: submit again",
     "그사이 모델 $0이(가) 바뀌었습니다. 다시 제출하세요"},
    {"job $0 is $1: `electra job cancel $2` ends it, then it can be deleted",
     "작업 $0은(는) $1입니다. `electra job cancel $2`로 끝낸 뒤 삭제할 수 있습니다"},
    {"the daemon is making another estimate: ask again in a moment",
     "데몬이 다른 추정을 하고 있습니다. 잠시 뒤에 다시 하세요"},
    {"job $0 has already ended: it $1", "작업 $0은(는) 이미 끝났습니다($1)"},
    {"job $0 is not paused: it is $1", "작업 $0은(는) 일시 정지가 아니라 $1입니다"},
    {"job $0 was submitted with another model $1, which was deleted since: import that one again, "
     "or "
     "submit a new job",
     "작업 $0은(는) 그 뒤에 삭제된 다른 모델 $1(으)로 제출되었습니다. 그 모델을 다시 가져오거나 새 "
     "작업을 제출하세요"},
    {"only a job that FAILED or was CANCELLED can be tried again: job $0 is $1",
     "실패했거나 취소된 작업만 다시 할 수 있습니다. 작업 $0은(는) $1입니다"},
    {"the job is $0: it cannot become $1", "작업이 $0 상태라서 $1(으)로 바꿀 수 없습니다"},
    {"batch_size x gradient_accumulation_steps is $0, but corpus $1 has $2 samples: use a smaller "
     "batch, or a larger corpus",
     "batch_size x gradient_accumulation_steps는 $0인데 말뭉치 $1의 샘플은 $2개입니다. 배치를 "
     "줄이거나 더 큰 말뭉치를 쓰세요"},
    {"batch_size x gradient_accumulation_steps is $0, but the corpus has about $1 sequences to "
     "train on: use a smaller batch, or a larger corpus",
     "batch_size x gradient_accumulation_steps는 $0인데 말뭉치에서 학습할 시퀀스는 약 $1개입니다. "
     "배치를 줄이거나 더 큰 말뭉치를 쓰세요"},
    {"no memory for the sample of the corpus: $0", "말뭉치 일부를 담을 메모리가 없습니다: $0"},
    {"the sample has $0 bytes: it must have from 1 to $1, and no more than its file, which has $2",
     "보낸 부분이 $0바이트입니다. 1 이상 $1바이트 이하이고 파일($2바이트)보다 크지 않아야 합니다"},
    {"the corpus has no sample with a token", "말뭉치에 토큰이 있는 샘플이 없습니다"},

    // Why a job is in its state.
    {"its device failed: $0", "장치에 오류가 났습니다: $0"},
    {"it has failed with its device $0 times after step $1; its device failed: $2",
     "step $1 뒤로 장치 오류가 $0번 났습니다: $2"},
    {"its device failed: $0; the job goes on when the daemon has restarted",
     "장치에 오류가 났습니다: $0. 데몬이 다시 시작되면 작업이 이어집니다"},
    {"cancelled after step $0", "step $0 뒤에 취소되었습니다"},
    {"cancelled while waiting", "대기 중에 취소되었습니다"},
    {"paused after step $0", "step $0 뒤에 일시 정지했습니다"},
    {"paused while waiting", "대기 중에 일시 정지했습니다"},
    {"resumed", "다시 시작했습니다"},
    {"retried", "다시 시도합니다"},
    {"a more urgent job is first", "더 급한 작업이 먼저입니다"},
    {"the daemon was restarted", "데몬이 다시 시작되었습니다"},
    {"$0; the job goes on after step $1", "$0. 작업은 step $1 다음부터 이어집니다"},
    {"its history could not be stored: $0", "기록을 저장하지 못했습니다: $0"},
    {"RESUMED from step $0", "step $0부터 이어서 학습합니다"},
    {"the server stopped at step $0 before the first checkpoint: the job starts over, and its "
     "results so far no longer count",
     "첫 체크포인트 전에 서버가 step $0에서 멈추었습니다. 작업을 처음부터 다시 시작하며 지금까지의 "
     "결과는 더 이상 세지 않습니다"},
    {"the server stopped at step $0, after the checkpoint of step $1: the job goes on from there, "
     "and results of later steps no longer count",
     "서버가 step $0에서 멈추었습니다. step $1의 체크포인트부터 이어 가며 그 뒤 step의 결과는 더 "
     "이상 세지 않습니다"},
    {"the attempt before ended at step $0 before the first checkpoint: the job starts over, and "
     "its results so far no longer count",
     "지난 시도가 첫 체크포인트 전에 step $0에서 끝났습니다. 작업을 처음부터 다시 시작하며 "
     "지금까지의 결과는 더 이상 세지 않습니다"},
    {"the attempt before ended at step $0, after the checkpoint of step $1: the job goes on from "
     "there, and results of later steps no longer count",
     "지난 시도가 step $0에서 끝났습니다. step $1의 체크포인트부터 이어 가며 그 뒤 step의 결과는 "
     "더 "
     "이상 세지 않습니다"},
    {"the history ends with step $0, the checkpoint is of $1: the steps between are trained, but "
     "not in the history",
     "기록은 step $0까지, 체크포인트는 step $1의 것입니다. 그 사이 step은 학습되었지만 기록에 "
     "없습니다"},

    // Who may.
    {"this server needs a token: `electra login` keeps one, and ELECTRA_TOKEN holds one for a "
     "script",
     "이 서버는 토큰이 필요합니다. `electra login`으로 보관하거나 스크립트에서는 ELECTRA_TOKEN에 "
     "넣으세요"},
    {"the token is not one that this server gave: ask its admin for a new one, and keep it with "
     "`electra login`, or in ELECTRA_TOKEN where that is set",
     "이 서버가 발급한 토큰이 아닙니다. 관리자에게 새로 받아 `electra login`으로 보관하세요. "
     "ELECTRA_TOKEN을 쓰고 있으면 거기에 넣으세요"},
    {"token $0 has expired: ask the server's admin for a new one, and keep it with `electra "
     "login`, "
     "or in ELECTRA_TOKEN where that is set",
     "토큰 $0의 기한이 지났습니다. 서버 관리자에게 새로 받아 `electra login`으로 보관하세요. "
     "ELECTRA_TOKEN을 쓰고 있으면 거기에 넣으세요"},
    {"token $0 was revoked", "토큰 $0은(는) 폐기되었습니다"},
    {"token $0 was revoked before", "토큰 $0은(는) 이미 폐기되었습니다"},
    {"$0 needs the role $1; token $2 is a $3",
     "$0에는 $1 역할이 필요합니다. 토큰 $2의 역할은 $3입니다"},
    {"the client certificate \"$0\" has no role here: an admin gives it one with `electra token "
     "create --certificate`",
     "클라이언트 인증서 \"$0\"에 역할이 없습니다. 관리자가 `electra token create --certificate`로 "
     "줄 수 있습니다"},
    {"token $0 may make $1 requests a second: wait, and ask less often",
     "토큰 $0은(는) 초당 $1번까지 요청할 수 있습니다. 잠시 뒤에 더 천천히 하세요"},
    {"at most $0 uploads and watchers are served at once: end another first",
     "올리기와 지켜보기는 동시에 $0개까지입니다. 먼저 다른 것을 끝내세요"},
    {"$0 is not token $1's own: who submitted it or an admin may change it",
     "$0은(는) 토큰 $1의 것이 아닙니다. 제출한 사람이나 관리자만 바꿀 수 있습니다"},
    {"token $0 may have $1 jobs in the queue: wait until one has started, or cancel one",
     "토큰 $0은(는) 작업을 $1개까지 대기시킬 수 있습니다. 하나가 시작되기를 기다리거나 취소하세요"},
    {"the job has $0 bytes, but token $1 has stored $2 of its $3: delete corpora, models or jobs "
     "that you no longer need",
     "작업이 $0바이트인데 토큰 $1이(가) 한도 $3 중 $2을(를) 쓰고 있습니다. 필요 없는 말뭉치, 모델, "
     "작업을 삭제하세요"},
    {"the job's next checkpoint has $0 bytes, but token $1 has stored $2 of its $3: delete "
     "corpora, "
     "models or jobs that you no longer need",
     "작업의 다음 체크포인트가 $0바이트인데 토큰 $1이(가) 한도 $3 중 $2을(를) 쓰고 있습니다. 필요 "
     "없는 말뭉치, 모델, 작업을 삭제하세요"},
    {"$0 has $1 bytes, but token $2 has stored $3 of its $4: delete corpora, models or jobs that "
     "you no longer need",
     "$0은(는) $1바이트인데 토큰 $2이(가) 한도 $4 중 $3을(를) 쓰고 있습니다. 필요 없는 말뭉치, "
     "모델, 작업을 삭제하세요"},
    {"token $0 has stored $1 of its $2: delete corpora, models or jobs that you no longer need",
     "토큰 $0이(가) 한도 $2 중 $1을(를) 쓰고 있습니다. 필요 없는 말뭉치, 모델, 작업을 삭제하세요"},
    {"$0 ended jobs are kept, of at most $1 (ended_jobs): `electra job delete` removes the ones no "
     "longer needed",
     "끝난 작업을 한도 $1개 중 $0개 보관하고 있습니다(ended_jobs). 필요 없는 것을 `electra job "
     "delete`로 삭제하세요"},
    {"$0 is $1: it must be at least 1", "$0이(가) $1입니다. 1 이상이어야 합니다"},
    {"certificate has $0 bytes: a common name has at most $1",
     "인증서 CN이 $0바이트입니다. 최대 $1바이트입니다"},
    {"$0 is \"$1\": it must be UTF-8 without control characters",
     "$0이(가) \"$1\"입니다. 제어 문자가 없는 UTF-8이어야 합니다"},
    {"role must be one of viewer, submitter, admin",
     "role은 viewer, submitter, admin 중 하나여야 합니다"},
    {"expire_time is in the past", "expire_time이 이미 지난 시각입니다"},
    {"certificate \"$0\" has token $1 already: revoke that one first",
     "인증서 \"$0\"에는 이미 토큰 $1이(가) 있습니다. 먼저 그것을 폐기하세요"},

    // Corpora and their upload.
    {"cannot delete: $0", "삭제할 수 없습니다: $0"},
    {"corpus $0 is used by job $1, which has not ended: cancel it first",
     "끝나지 않은 작업 $1이(가) 말뭉치 $0을(를) 쓰고 있습니다. 먼저 취소하세요"},
    {"$0 is not UTF-8", "$0이(가) UTF-8이 아닙니다"},
    {"$0 has $1 bytes, but only $2 are free on the daemon's disk",
     "$0은(는) $1바이트인데 데몬의 디스크에는 $2바이트만 남아 있습니다"},
    {"$0 has $1 bytes, but of the $2 that are free on the daemon's disk other uploads have "
     "announced $3",
     "$0은(는) $1바이트인데, 데몬의 디스크에 남은 $2바이트 가운데 $3바이트는 다른 업로드가 쓸 "
     "자리입니다"},
    {"$0 has $1 bytes, but the corpora have $2 of at most $3: `electra corpus delete` makes room",
     "$0은(는) $1바이트인데 말뭉치가 한도 $3 중 $2바이트를 쓰고 있습니다. `electra corpus "
     "delete`로 공간을 만드세요"},
    {"$0 is announced with $1 bytes, but the stored content of its SHA-256 has $2",
     "$0의 크기를 $1바이트로 알렸는데 같은 SHA-256으로 저장된 내용은 $2바이트입니다"},
    {"the format of $0 is not known by its ending (txt, csv, tsv, jsonl): $1",
     "$0의 형식을 확장자(txt, csv, tsv, jsonl)로 알 수 없습니다. $1"},
    {"name it with --format", "--format으로 지정하세요"},
    {"it is an Excel workbook: save the sheet as CSV",
     "엑셀 통합 문서이니 시트를 CSV로 저장하세요"},
    {"write an object a line, as `jq -c '.[]' FILE` does, and name it .jsonl",
     "`jq -c '.[]' FILE`처럼 한 줄에 객체 하나씩 적고 .jsonl로 이름 지으세요"},
    {"write it as JSON Lines", "JSON Lines로 저장하세요"},
    {"$0 is empty", "$0이(가) 비어 있습니다"},
    {"a chunk has $0 bytes: at most $1", "조각이 $0바이트입니다. 최대 $1바이트입니다"},
    {"a chunk is at offset $0, but $1 bytes were received",
     "조각의 위치가 $0인데 지금까지 $1바이트를 받았습니다"},
    {"$0 is longer than the $1 bytes that were announced",
     "$0이(가) 미리 알린 $1바이트보다 깁니다"},
    {"$0 ended after $1 of $2 bytes: they are kept for a day",
     "$0이(가) $2바이트 중 $1바이트에서 끊겼습니다. 받은 것은 하루 동안 보관합니다"},
    {"$0 ended after $1 of $2 bytes", "$0이(가) $2바이트 중 $1바이트에서 끊겼습니다"},
    {"sha256 must be 64 lower-case hexadecimal digits", "sha256은 소문자 16진수 64자리여야 합니다"},
    {"on_invalid is not one of the values known here", "on_invalid가 이 서버가 모르는 값입니다"},
    {"an upload's message holds neither a header nor a chunk",
     "올리기 메시지에 헤더도 조각도 없습니다"},
    {"an upload has one header", "올리기의 헤더는 하나여야 합니다"},
    {"an upload begins with its header", "올리기는 헤더로 시작해야 합니다"},
    {"the stored content was deleted meanwhile: send it again",
     "그사이 저장된 내용이 삭제되었습니다. 다시 보내세요"},
    {"a newer upload of the same content has taken over",
     "같은 내용의 더 새로운 올리기가 이어받았습니다"},
    {"$0 was damaged on its way: its SHA-256 differs",
     "$0이(가) 전송 중에 손상되었습니다. SHA-256이 다릅니다"},
    {"it was damaged on its way: its SHA-256 differs",
     "전송 중에 손상되었습니다. SHA-256이 다릅니다"},

    // Models.
    {"$0 is a preset: only imported models can be deleted",
     "$0은(는) 내장 모델입니다. 가져온 모델만 삭제할 수 있습니다"},
    {"model $0 is used by job $1, which has not ended: cancel it first",
     "끝나지 않은 작업 $1이(가) 모델 $0을(를) 쓰고 있습니다. 먼저 취소하세요"},
    {"there is another model $0: import this one under another name, or delete that one with "
     "`electra model delete $1`",
     "다른 모델 $0이(가) 이미 있습니다. 다른 이름으로 가져오거나 `electra model delete $1`로 "
     "삭제하세요"},
    {"a model's name is a letter or digit, then letters, digits, '.', '_' or '-', at most 63 in "
     "all",
     "모델 이름은 영문자나 숫자로 시작해 영문자, 숫자, '.', '_', '-'로 63자까지입니다"},
    {"\"$0\" is the name of a preset: choose another",
     "\"$0\"은(는) 내장 모델의 이름입니다. 다른 이름을 쓰세요"},
    {"\"$0\" is not there, or not under a folder that electrad was told to trust with "
     "--trusted-models",
     "\"$0\"이(가) 없거나, electrad에 --trusted-models로 지정한 폴더 아래에 있지 않습니다"},
    {"this electrad reads no models from its own disk: start it with --trusted-models FOLDER, or "
     "send the directories without --server-path",
     "이 electrad는 자기 디스크에서 모델을 읽지 않습니다. --trusted-models FOLDER로 실행하거나 "
     "--server-path 없이 폴더를 보내세요"},
    {"the model has $0 bytes, but only $1 are free on the daemon's disk",
     "모델은 $0바이트인데 데몬의 디스크에는 $1바이트만 남아 있습니다"},
    {"an import's message holds no header, file or chunk",
     "가져오기 메시지에 헤더도 파일도 조각도 없습니다"},
    {"an import has one header", "가져오기의 헤더는 하나여야 합니다"},
    {"an import begins with its header", "가져오기는 헤더로 시작해야 합니다"},
    {"size_bytes is negative", "size_bytes가 음수입니다"},
    {"an import from server paths has no files of its own",
     "서버 경로에서 가져올 때는 파일을 보내지 않습니다"},
    {"a file belongs to GENERATOR or DISCRIMINATOR",
     "파일은 GENERATOR나 DISCRIMINATOR의 것이어야 합니다"},
    {"a file has a name that no model directory needs", "모델 폴더에 필요 없는 이름의 파일입니다"},
    {"$0 is sent twice", "$0을(를) 두 번 보냈습니다"},
    {"more than $0 files", "파일이 $0개를 넘습니다"},
    {"$0 has $1 bytes, but only $2 of the announced bytes are left",
     "$0은(는) $1바이트인데 미리 알린 크기에서 $2바이트만 남았습니다"},
    {"a chunk comes before its file", "조각이 그 파일보다 먼저 왔습니다"},
    {"expected a path of the $0 on the server, in UTF-8", "$0의 서버 경로가 UTF-8로 필요합니다"},
    {"the model ended after $0 of $1 bytes", "모델이 $1바이트 중 $0바이트에서 끊겼습니다"},
    {"the model came without a vocabulary: a job that starts from it needs --vocab",
     "어휘가 없는 모델입니다. 이 모델로 시작하는 작업에는 --vocab이 필요합니다"},
    {"weight_type is not FLOAT32, BFLOAT16 or FLOAT16",
     "weight_type은 FLOAT32, BFLOAT16, FLOAT16 중 하나여야 합니다"},
    {"part is not GENERATOR or DISCRIMINATOR", "part는 GENERATOR나 DISCRIMINATOR여야 합니다"},
    {"the model was imported without a vocabulary, so no tokenizer can be written: download a job "
     "that started from it",
     "어휘 없이 가져온 모델이라 토크나이저를 저장할 수 없습니다. 이 모델로 시작한 작업을 "
     "내려받으세요"},
    {"the model was imported without a generator", "생성기 없이 가져온 모델입니다"},
    {"imported, without a generator", "가져온 모델, 생성기 없음"},
    {"imported", "가져온 모델"},
    {"the model's: $0; $1", "모델에 따라: $0; $1"},
    {"for trying out: learns something within a minute on a processor",
     "시험용: CPU에서도 1분 안에 무언가를 배웁니다"},
    {"shapes of $0", "$0의 구조"},
    {"job $0 has no checkpoint", "작업 $0에 체크포인트가 없습니다"},
    {"job $0 has no checkpoint yet", "작업 $0에 아직 체크포인트가 없습니다"},
    {"job $0 has no checkpoint of step $1: there are those of $2",
     "작업 $0에 step $1의 체크포인트가 없습니다. 있는 것은 step $2입니다"},
    {"an imported model has no checkpoints of steps",
     "가져온 모델에는 step별 체크포인트가 없습니다"},
    {"step is negative", "step이 음수입니다"},
    {"$0 is $1, but $2: leave it out", "$0이(가) $1인데 $2. 빼세요"},
    {"model $0 was trained with $1", "모델 $0은(는) $1(으)로 학습되었습니다"},
    {"tokenizer.json says $0", "tokenizer.json에는 $0입니다"},
    {"tokenizer.json: clean_text is false, which a job cannot do; give a vocab.txt",
     "tokenizer.json의 clean_text가 false인데 작업에는 쓸 수 없습니다. vocab.txt를 주세요"},
    {"tokenizer.json: max_input_chars_per_word is $0, but a job takes $1; give a vocab.txt",
     "tokenizer.json의 max_input_chars_per_word가 $0인데 작업은 $1을(를) 씁니다. vocab.txt를 "
     "주세요"},
    {"model $0 has its own vocabulary, to whose ids its embeddings belong: leave --vocab out",
     "모델 $0에는 임베딩에 맞는 어휘가 있습니다. --vocab을 빼세요"},
    {"model $0 came without a vocabulary: give the one that it was trained with by --vocab",
     "모델 $0에는 어휘가 없습니다. 학습할 때 쓴 어휘를 --vocab으로 주세요"},
    {"the vocabulary has $0 tokens, but model $1 has only $2 embeddings",
     "어휘는 토큰 $0개인데 모델 $1의 임베딩은 $2개뿐입니다"},
    {"max_length is $0, but model $1 has positions for at most $2 tokens "
     "(max_position_embeddings): use a smaller one",
     "max_length가 $0인데 모델 $1의 위치 임베딩은 $2개입니다(max_position_embeddings). 더 작게 "
     "하세요"},

    // Sentences of the user's.
    {"texts is empty: send at least one", "문장이 없습니다. 하나 이상 보내세요"},
    {"texts are $0: send at most $1 at once", "문장이 $0개입니다. 한 번에 $1개까지 보내세요"},
    {"text $0 has $1 bytes: at most $2 are accepted",
     "$0번째 문장이 $1바이트입니다. 최대 $2바이트입니다"},
    {"pooling is not MEAN or CLS", "pooling은 MEAN이나 CLS여야 합니다"},
    {"$0 is a preset, which has no weights: name a job or an imported model",
     "$0은(는) 가중치가 없는 내장 모델입니다. 작업이나 가져온 모델을 지정하세요"},
    {"the model takes $0 MiB, more than half of the $1 MiB of memory that are left on the server: "
     "try again when less runs there",
     "모델에 $0 MiB가 필요한데 서버에 남은 메모리 $1 MiB의 절반을 넘습니다. 서버가 한가할 때 다시 "
     "하세요"},
    {"there is no folder $0", "$0 폴더가 없습니다"},
    {"the model was imported without a generator, so nothing can be faked: only judge, or use a "
     "job that started from it",
     "생성기 없이 가져온 모델이라 가짜를 만들 수 없습니다. 판별만 하거나 이 모델로 시작한 작업을 "
     "쓰세요"},
    {"the discriminator was imported without its head (discriminator_predictions.*), so it cannot "
     "judge: use a job that started from it",
     "판별기에 출력층(discriminator_predictions.*)이 없어 판별할 수 없습니다. 이 모델로 시작한 "
     "작업을 쓰세요"},
    {"the model was imported without a vocabulary: use a job that started from it",
     "어휘 없이 가져온 모델입니다. 이 모델로 시작한 작업을 쓰세요"},
    {"memory ran out: send fewer or shorter texts at once",
     "메모리가 부족합니다. 문장을 더 적게 또는 더 짧게 보내세요"},
    {"memory ran out while the model was loaded", "모델을 읽는 동안 메모리가 부족해졌습니다"},

    // Filters and orders.
    {"filter:$0:$1: $2", "필터 $0번째 줄 $1번째 글자: $2"},
    {"order_by: $0", "정렬: $0"},
    {"there is $0 where $1 was expected", "$1이(가) 올 자리에 $0이(가) 있습니다"},
    {"the end", "끝"},
    {"AND, OR or the end", "AND, OR 또는 끝"},
    {"a term", "조건"},
    {"a value", "값"},
    {"a filter has at most $0 terms", "필터의 조건은 최대 $0개입니다"},
    {"parentheses and NOTs may be nested at most $0 deep", "괄호와 NOT은 $0겹까지 쓸 수 있습니다"},
    {"filter has $0 bytes: at most $1 are accepted", "필터가 $0바이트입니다. 최대 $1바이트입니다"},
    {"the quotation is not closed", "따옴표가 닫히지 않았습니다"},
    {"\"!\" is not an operator: != means not equal, NOT negates",
     "\"!\"은(는) 연산자가 아닙니다. 같지 않음은 !=, 부정은 NOT입니다"},
    {"\"(\" is not closed", "\"(\"이(가) 닫히지 않았습니다"},
    {"a field is named without quotation marks", "필드 이름에는 따옴표를 쓰지 않습니다"},
    {"there is no field \"$0\"", "\"$0\" 필드는 없습니다"},
    {"$0 is $1: it takes =, != and \":\"", "$0은(는) $1입니다. =, !=, \":\"만 쓸 수 있습니다"},
    {"a state", "상태"},
    {"true or false", "true 또는 false"},
    {"$0 is not a state", "$0은(는) 상태가 아닙니다"},
    {"$0 is not a number", "$0은(는) 숫자가 아닙니다"},
    {"$0 is not a time such as 2026-11-01 or 2026-11-01T09:30:00+09:00",
     "$0은(는) 시각이 아닙니다. 2026-11-01이나 2026-11-01T09:30:00+09:00처럼 적으세요"},
    {"tags have keys: write tags.KEY=VALUE, or tags:KEY for whether there is one",
     "태그에는 키가 있습니다. tags.KEY=VALUE, 또는 있는지만 보려면 tags:KEY로 적으세요"},
    {"the key after \"tags.\" is missing", "\"tags.\" 뒤에 키가 없습니다"},
    {"$0 is neither true nor false", "$0은(는) true도 false도 아닙니다"},
    {"there is no hyperparameter $0", "하이퍼파라미터 $0은(는) 없습니다"},
    {"there is no hyperparameter $0; `electra hyperparameters` lists them",
     "하이퍼파라미터 $0은(는) 없습니다. `electra hyperparameters`로 목록을 볼 수 있습니다"},
    {"it has $0 bytes: at most $1 are accepted", "$0바이트입니다. 최대 $1바이트입니다"},
    {"\"$0\" is not FIELD, FIELD asc or FIELD desc",
     "\"$0\"은(는) FIELD, FIELD asc, FIELD desc 중 하나가 아닙니다"},
    {"$0 is named twice", "$0이(가) 두 번 나옵니다"},
    {"a field is missing beside a comma", "쉼표 옆에 필드가 없습니다"},

    // The database.
    {"$0 is damaged: $1. Restore a backup (`electrad backup --help` says how), or start with "
     "another data folder",
     "$0이(가) 손상되었습니다: $1. 백업을 복원하거나(`electrad backup --help` 참고) 다른 데이터 "
     "폴더로 시작하세요"},
    {"database: $0", "데이터베이스: $0"},
    {"$0 has been locked by $1 for $2 s: end its transaction there, then try again",
     "$1이(가) $0을(를) $2초째 잠그고 있습니다. 그쪽의 트랜잭션을 끝낸 뒤 다시 시도하세요"},
    {"process $0 ($1)", "프로세스 $0($1)"},
    {"another program", "다른 프로그램"},
    {"$0: free space on the data folder's file system",
     "$0. 데이터 폴더가 있는 파일 시스템에 공간을 만드세요"},
};

}  // namespace

std::span<const ServerSentence> ServiceSentences() { return kSentences; }

}  // namespace electra::client
