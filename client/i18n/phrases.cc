#include "client/i18n/phrases.h"

#include <cerrno>
#include <cstring>

#include "absl/strings/cord.h"

namespace electra::client {
namespace {

constexpr char kKoreanPayload[] = "electra.client/korean";

}  // namespace

constinit const Phrases kPhrases = {
    .no_command = {"there is no command '$0'", "'$0' 명령은 없습니다"},
    .did_you_mean = {"$0: did you mean $1?", "$0. 혹시 $1인가요?"},
    .see_help = {"$0. Run '$1 --help'.", "$0. $1 --help 참고"},
    .no_option = {"$1 has no option $0", "$1 명령에는 $0 옵션이 없습니다"},
    .too_many_arguments = {"unexpected argument '$0'", "인자 '$0'은(는) 받지 않습니다"},
    .missing_argument = {"$0 is required", "$0이(가) 필요합니다"},
    .missing_command = {"no command given", "명령이 필요합니다"},
    .missing_value = {"$0: expected a value", "$0 옵션에 값이 필요합니다"},
    .bad_value = {"$0: $1", "$0: $1"},
    .not_convertible = {"$0: '$1' is not a number", "$0: '$1'은(는) 숫자가 아닙니다"},
    .not_a_number = {"'$0' is not a whole number of at least $1",
                     "'$0'은(는) $1 이상의 정수가 아닙니다"},
    .one_of = {"$0: '$1' is not one of $2", "$0: '$1'은(는) $2 중 하나가 아닙니다"},
    .bad_steps = {"'$0' is not N, N..M, N.. or ..M",
                  "'$0'은(는) N, N..M, N.., ..M 중 하나가 아닙니다"},
    .backward_steps = {"'$0' ends before it begins", "'$0'은(는) 끝이 시작보다 앞에 있습니다"},
    .backward_range = {"--to $1 is before --from $0", "--to $1이(가) --from $0보다 앞에 있습니다"},
    .cannot_write_output = {"cannot write to standard output", "표준 출력에 쓸 수 없습니다"},
    .bad_timeout = {"--timeout $0: must be more than 0 and at most $1 seconds",
                    "--timeout $0: 0초보다 길고 $1초 이하여야 합니다"},
    .bad_target = {"the server '$0' is not HOST:PORT; give one such as 127.0.0.1:50551 or "
                   "[::1]:50551",
                   "서버 '$0'은(는) HOST:PORT 형식이 아닙니다. 127.0.0.1:50551이나 [::1]:50551처럼 "
                   "적어 주세요"},
    .unknown_topic = {"there is no key '$0'", "'$0' 키는 없습니다"},

    .help_usage = {"Usage", "사용법"},
    .help_arguments = {"Arguments", "인자"},
    .help_command = {"COMMAND", "명령"},
    .help_options = {"OPTIONS", "옵션"},
    .help_options_heading = {"Options", "옵션"},
    .help_default = {"default", "기본값"},
    .help_global =
        {"--server, --lang, --json and other options work with every command: see electra --help",
         "--server, --lang, --json 등은 모든 명령에 쓸 수 있습니다. electra --help 참고"},
    .man_manual = {"User Commands", "사용자 명령"},
    .man_synopsis = {"SYNOPSIS", "사용법"},
    .man_description = {"DESCRIPTION", "설명"},
    .man_name = {"train ELECTRA models on an electrad server and watch them",
                 "electrad 서버에서 ELECTRA 모델을 학습하고 지켜보기"},
    .man_name_heading = {"NAME", "이름"},
    .man_options = {"OPTIONS", "옵션"},
    .man_options_place = {"These are accepted before and after the command.",
                          "명령 앞이나 뒤에 쓸 수 있습니다."},
    .man_commands = {"COMMANDS", "명령"},
    .man_environment = {"ENVIRONMENT, FILES AND EXIT STATUS", "환경 변수, 파일, 종료 코드"},
    .man_see_also = {"SEE ALSO", "같이 보기"},

    .silent_server = {"the server at $0 did not answer within $1; use --timeout to wait longer",
                      "$0 서버가 $1 안에 응답하지 않았습니다. --timeout으로 더 기다릴 수 있습니다"},
    .no_server = {"no server at $0 ($1); start electrad there, or choose another server with "
                  "--server or ELECTRA_SERVER",
                  "$0에 서버가 없습니다 ($1). 그곳에서 electrad를 실행하거나 --server 또는 "
                  "ELECTRA_SERVER로 다른 서버를 지정하세요"},
    .unavailable_server = {"the server at $0 is not available: $1", "$0 서버를 쓸 수 없습니다: $1"},
    .waiting_for_server = {"waiting for the server at $0", "$0 서버를 기다리는 중"},
    .no_such_host =
        {"the name of the server $0 does not resolve; correct it in --server, "
         "ELECTRA_SERVER or the context",
         "서버 이름 $0의 주소를 찾을 수 없습니다. --server, ELECTRA_SERVER 또는 컨텍스트의 "
         "이름을 확인하세요"},
    .proxy_fails =
        {"cannot reach the server at $0 through the proxy $1, which is set in $2 ($3); correct $2, "
         "or bypass the proxy with no_proxy=$4",
         "$0 서버에 갈 수 없습니다. 환경 변수 $2의 프록시 $1을(를) 거쳐 연결할 수 없습니다 "
         "($3). $2을(를) 고치거나 프록시 없이 연결하세요: no_proxy=$4"},
    .proxy_is_silent =
        {"the server at $0 did not answer within $3 through the proxy $1, which is set in $2; "
         "correct $2, bypass the proxy with no_proxy=$4, or use --timeout to wait longer",
         "$0 서버가 환경 변수 $2의 프록시 $1을(를) 거쳐 $3 안에 응답하지 않았습니다. $2을(를) "
         "고치거나 프록시 없이 연결하거나(no_proxy=$4) --timeout으로 더 기다리세요"},
    .server_is_plain =
        {"the server at $0 does not use TLS; start electrad with --tls-cert and --tls-key, or "
         "connect with --insecure, which lets anyone on the network path read the traffic",
         "$0 서버가 TLS를 쓰지 않습니다. --insecure를 주면 TLS 없이 연결하지만 전송 내용을 "
         "중간에서 누구나 읽을 수 있습니다. 또는 electrad에 --tls-cert와 --tls-key를 주세요"},
    .server_speaks_tls =
        {"the server at $0 uses TLS, but this call does not; omit --insecure, and set the CA of "
         "its certificate with --ca or ELECTRA_CA, or use --tls if the system trusts it",
         "$0 서버는 TLS를 쓰지만 이 호출은 쓰지 않습니다. --insecure 없이, 서버 인증서의 "
         "서명자를 --ca 또는 ELECTRA_CA로 지정하거나, 시스템이 아는 서명자이면 --tls를 "
         "주세요"},
    .wrong_name =
        {"the certificate of the server at $0 is for another name ($1); call the server by "
         "a name in its certificate, with --server or ELECTRA_SERVER",
         "$0 서버의 인증서가 다른 이름의 것입니다 ($1). --server 또는 ELECTRA_SERVER에 "
         "인증서에 있는 이름을 쓰세요"},
    .not_trusted = {"the certificate of the server at $0 is not trusted ($1); set its CA with --ca "
                    "or ELECTRA_CA, and check whether it has expired",
                    "$0 서버의 인증서를 신뢰할 수 없습니다 ($1). 서명자를 --ca 또는 ELECTRA_CA로 "
                    "지정하고 인증서가 만료되지 않았는지 확인하세요"},
    .wants_certificate = {"the server at $0 requires a client certificate; use --cert and --key",
                          "$0 서버가 사용자의 인증서를 요구합니다. --cert와 --key를 주세요"},
    .unknown_request = {"the server at $0 does not know this request ($1); is it an electrad of "
                        "this client's version?",
                        "$0 서버가 이 요청을 모릅니다 ($1). electrad 버전이 클라이언트와 같은지 "
                        "확인하세요"},
    .no_reason = {"the server at $0 answered $1 without a reason",
                  "$0 서버가 이유 없이 $1(으)로 응답했습니다"},
    .refused = {"$1", "$0: $1"},
    .stream_ended = {"the server ended the stream although $0 is $1; watch it again",
                     "$0 작업이 '$1' 상태인데 서버가 스트림을 끝냈습니다. 다시 지켜보세요"},
    .corpus_is_kept =
        {"the corpus is on the server; use --corpus $0 to submit without uploading it again",
         "말뭉치는 서버에 있습니다. --corpus $0(으)로 다시 올리지 않고 제출할 수 "
         "있습니다"},

    .invalid_argument = {"invalid argument", "잘못된 요청"},
    .not_found = {"not found", "찾을 수 없음"},
    .already_exists = {"already exists", "이미 있음"},
    .permission_denied = {"permission denied", "권한 없음"},
    .unauthenticated = {"unauthenticated", "인증 필요"},
    .resource_exhausted = {"resource exhausted", "한도 초과"},
    .failed_precondition = {"failed precondition", "지금 상태에서는 불가"},
    .aborted = {"aborted", "다른 요청과 충돌"},
    .data_loss = {"data loss", "데이터 손상"},
    .internal = {"internal", "서버 내부 오류"},
    .other_refusal = {"refused", "서버의 거절"},

    .cannot_open = {"cannot open '$0': $1", "'$0' 파일을 열 수 없습니다: $1"},
    .cannot_read = {"cannot read '$0': $1", "'$0' 파일을 읽을 수 없습니다: $1"},
    .cannot_make = {"cannot create '$0': $1", "'$0'을(를) 만들 수 없습니다: $1"},
    .cannot_write = {"cannot write '$0': $1", "'$0' 파일을 쓸 수 없습니다: $1"},
    .no_such_file = {"No such file or directory", "그런 파일이나 폴더가 없습니다"},
    .no_permission = {"Permission denied", "권한이 없습니다"},
    .is_folder = {"Is a directory", "폴더입니다"},
    .not_regular = {"not a regular file; copy it to one first",
                    "일반 파일이 아닙니다. 먼저 파일로 저장하세요"},
    .too_large = {"'$0' has $1; at most $2 can be sent",
                  "'$0' 파일은 $1입니다. $2까지만 보낼 수 있습니다"},
    .changed_while_sent = {"'$0' changed while it was being sent; submit it again when it is "
                           "complete",
                           "올리는 동안 '$0' 파일이 바뀌었습니다. 완성된 뒤에 다시 제출하세요"},
    .shorter_while_sent = {"'$0' became shorter while it was being sent",
                           "올리는 동안 '$0' 파일이 짧아졌습니다"},
    .no_random = {"the system provides no random numbers", "시스템에서 난수를 얻을 수 없습니다"},
    .interrupted = {"interrupted", "중단되었습니다"},
    .disk_full = {"cannot write '$0': is the disk full?",
                  "'$0' 파일을 쓸 수 없습니다. 디스크가 가득 찼는지 확인하세요"},
    .place_taken = {"'$0' already exists; choose another name, or use --force",
                    "'$0'이(가) 이미 있습니다. 다른 이름을 쓰거나 --force를 주십시오"},
    .folder_for_file = {"'$0' is a folder, not a file", "파일을 쓸 자리인 '$0'이(가) 폴더입니다"},
    .name_a_file = {"'$0' is a folder; give the name of a file",
                    "'$0'은(는) 폴더입니다. 파일 이름을 주십시오"},
    .no_input_line = {"standard input is empty", "표준 입력에 읽을 줄이 없습니다"},
    .no_terminal = {"standard input is not a terminal", "표준 입력이 터미널이 아닙니다"},
    .not_utf8 = {"not UTF-8", "UTF-8이 아닙니다"},

    .not_a_component =
        {"the server sent '$0' as the name of $1, which is not a valid file name here: at most $2 "
         "bytes, without slashes, control characters or a leading dot; nothing was written; $3",
         "서버가 $1의 이름으로 '$0'을(를) 보냈는데 파일 이름으로 쓸 수 없습니다. "
         "파일 이름은 슬래시와 제어 문자가 없고 점으로 시작하지 않는 최대 "
         "$2바이트의 이름이어야 합니다. 아무것도 쓰지 않았습니다. $3"},
    .hyperparameter_name = {"a hyperparameter", "하이퍼파라미터"},
    .job_name = {"a job", "작업"},
    .model_file_name = {"a model's file", "모델 파일"},
    .export_flat = {"export it as csv, jsonl or parquet, whose files have fixed names",
                    "파일 이름이 정해져 있는 csv, jsonl, parquet 형식으로 내보내세요"},
    .ask_operator = {"ask whoever runs the server", "서버 관리자에게 물어보세요"},

    .not_empty_folder = {"'$0' exists and is not an empty folder; choose another one",
                         "'$0'은(는) 이미 있고 빈 폴더가 아닙니다. 다른 이름을 지정하세요"},
    .stray_chunk = {"the server sent a chunk that belongs to no file",
                    "서버가 어느 파일에도 속하지 않는 조각을 보냈습니다"},
    .no_files_sent = {"the server sent no files", "서버가 파일을 보내지 않았습니다"},
    .stray_file = {"the server sent a file that does not belong to a model: '$0'",
                   "서버가 모델에 속하지 않는 파일을 보냈습니다: '$0'"},
    .damaged_file = {"$0 was damaged in transit: its SHA-256 differs",
                     "$0 파일이 전송 중에 손상되었습니다: SHA-256이 다릅니다"},
    .no_config_json = {"'$0' has no config.json; expected a Hugging Face model directory, as "
                       "save_pretrained writes it",
                       "'$0'에 config.json이 없습니다. save_pretrained로 저장한 Hugging Face 모델 "
                       "폴더가 필요합니다"},
    .no_weights = {"'$0' has neither model.safetensors nor pytorch_model.bin",
                   "'$0'에 model.safetensors도 pytorch_model.bin도 없습니다"},

    .no_such_format = {"there is no format '$0'", "'$0' 형식은 없습니다"},
    .bom_is_for_csv = {"--bom is for --format csv, not $0",
                       "--bom은 --format csv에만 씁니다. $0에는 쓸 수 없습니다"},
    .embeddings_unwritten = {"cannot write the embeddings: is the disk full?",
                             "임베딩을 쓸 수 없습니다. 디스크가 가득 찼습니까?"},
    .embedding_width = {"received an embedding of $0 numbers, expected $1",
                        "수가 $1개인 임베딩이어야 하는데 $0개가 왔습니다"},
    .embeddings_missing = {"$0 embeddings are missing", "임베딩 $0개가 오지 않았습니다"},
    .no_embedding = {"the server sent no embedding", "서버가 임베딩을 보내지 않았습니다"},
    .text_too_long = {"$0, line $1: $2 bytes, but at most $3 are allowed; split the line",
                      "$0, $1번째 줄: $2바이트입니다. 최대 $3바이트이니 나누십시오"},
    .line_not_utf8 = {"$0, line $1: not UTF-8; convert the file, for example with iconv",
                      "$0, $1번째 줄: UTF-8이 아닙니다. iconv 등으로 변환하십시오"},
    .cannot_read_source = {"cannot read $0", "$0을(를) 읽을 수 없습니다"},
    .no_sentence = {"no sentence given; use --text or standard input",
                    "문장이 없습니다. --text를 주거나 표준 입력에 한 줄씩 쓰십시오"},
    .no_line = {"'$0' is empty", "'$0'에 줄이 없습니다"},
    .bad_tag_change = {"'$0' is neither KEY=VALUE nor KEY- (which removes a tag)",
                       "'$0'은(는) KEY=VALUE도 KEY-(태그 삭제)도 아닙니다"},
    .tag_twice = {"tag $0 is given twice", "태그 $0이(가) 두 번 있습니다"},
    .cannot_confirm = {"cannot ask for confirmation: $0. Use --yes to skip the question",
                       "확인할 수 없습니다: $0. 묻지 않고 하려면 --yes를 주십시오"},
    .referring_jobs = {"Jobs that refer to $0:", "$0을(를) 쓰는 작업:"},
    .no_referring_job = {"No job refers to $0.", "$0을(를) 쓰는 작업은 없습니다."},
    .confirm_corpus = {"Delete $0 ($1)? [y/N] ", "$0 ($1) 말뭉치를 삭제할까요? [y/N] "},
    .confirm_model = {"Delete $0? [y/N] ", "$0 모델을 삭제할까요? [y/N] "},
    .confirm_token = {"Revoke $0 ($1)? [y/N] ", "$0 ($1) 토큰을 폐기할까요? [y/N] "},
    .not_revoked = {"$0 was not revoked.", "$0 폐기하지 않았습니다."},
    .note_unchanged = {"The note is unchanged.", "메모를 바꾸지 않았습니다."},
    .editor_failed = {"the editor '$0' failed; nothing was written",
                      "편집기 '$0'이(가) 정상적으로 끝나지 않아 아무것도 쓰지 않았습니다"},
    .name_of_several = {"several jobs are named '$0': give the ID of one",
                        "이름이 '$0'인 작업이 여럿입니다. 그중 하나의 ID를 주십시오"},
    .and_others = {"and others", "그 밖에 더 있습니다"},
    .too_many_runs = {"more than $0 jobs: compare takes 2 to $0",
                      "작업이 $0개를 넘습니다. 2개에서 $0개까지 비교할 수 있습니다"},
    .too_few_runs = {"compare takes 2 to $1 jobs, not $0",
                     "작업이 $0개입니다. 2개에서 $1개까지 비교할 수 있습니다"},
    .not_pem = {"'$0' is not in PEM form", "'$0' 파일은 PEM 형식이 아닙니다"},
    .cert_without_key = {"--cert and --key must be given together",
                         "--cert와 --key는 함께 주어야 합니다"},
    .token_in_plain =
        {"refusing to send a token to $0 in plain text; omit --insecure, or log out of this server",
         "토큰을 암호화 없이 $0(으)로 보내지 않습니다. --insecure를 빼거나 이 서버에서 "
         "로그아웃하세요"},
    .readable_tokens = {"other users can read '$0', which contains tokens; run `chmod 600` on it, "
                        "and revoke the tokens if somebody may have read them",
                        "토큰이 든 '$0' 파일을 다른 사용자가 읽을 수 있습니다. `chmod 600`으로 "
                        "막고, 누가 읽었다면 토큰을 폐기하세요"},
    .damaged_tokens = {"'$0' is damaged; remove it and run `electra login` again",
                       "'$0' 파일이 손상되었습니다. 지우고 다시 `electra login` 하세요"},
    .nowhere_to_keep = {"nowhere to store it: neither HOME nor XDG_CONFIG_HOME is set",
                        "저장할 곳이 없습니다: HOME과 XDG_CONFIG_HOME이 설정되지 않았습니다"},
    .no_token = {"this is not a token; tokens look like electra_0123456789ab_...",
                 "토큰이 아닙니다. 토큰은 electra_0123456789ab_...처럼 생겼습니다"},

    .in_file = {"'$0': $1", "'$0': $1"},
    .in_line = {"line $0: $1", "$0번째 줄: $1"},
    .want_string = {"$0: expected a string", "$0: 문자열이어야 합니다"},
    .want_whole_number = {"$0: expected a whole number", "$0: 정수여야 합니다"},
    .want_map = {"$0: expected a map", "$0: 키와 값의 맵이어야 합니다"},
    .want_scalar = {"$0: expected a number, true, false or a string",
                    "$0: 숫자, true, false 또는 문자열이어야 합니다"},
    .unknown_key = {"unknown key '$0'", "알 수 없는 키 '$0'"},
    .known_keys = {"$0; valid keys: $1", "$0. 쓸 수 있는 키: $1"},
    .twice = {"duplicate key '$0'", "키 '$0'이(가) 두 번 나옵니다"},
    .want_object = {"expected an object", "JSON 객체여야 합니다"},
    .want_document = {"expected a map of keys and values", "키와 값의 맵 하나여야 합니다"},
    .key_not_string = {"a key must be a string", "키는 문자열이어야 합니다"},
    .and_more = {"$0 (and $1 more: `electra config validate` lists them)",
                 "$0 (그 밖에 $1건: `electra config validate`로 모두 볼 수 있습니다)"},
    .inexact = {"$0: $1 is beyond 2^53 and cannot be sent exactly",
                "$0: $1은(는) 2^53을 넘어 같은 수로 전달되지 않습니다"},
    .not_scalar = {"$0: expected a number, true, false or a string, not $1",
                   "$0: $1이(가) 아니라 숫자, true, false 또는 문자열이어야 합니다"},
    .is_null = {"null", "null"},
    .is_list = {"a list", "목록"},
    .is_map = {"a map", "맵"},
    .value_not_utf8 = {"$0: the value is not UTF-8", "$0: 값이 UTF-8이 아닙니다"},
    .bad_setting = {"$0 '$1': expected KEY=VALUE, such as learning_rate=1e-4",
                    "$0 '$1': learning_rate=1e-4처럼 KEY=VALUE 형식이어야 합니다"},
    .setting_not_utf8 = {"$0 '$1': not UTF-8", "$0 '$1': UTF-8이 아닙니다"},
    .setting = {"$0 $1", "$0 $1"},
    .want_corpus =
        {"no corpus given: use --corpus FILE, --corpus corpora/ID, or `corpus:` in the job file",
         "말뭉치가 필요합니다: --corpus FILE, --corpus corpora/ID 또는 작업 파일의 "
         "`corpus:`"},
    .upload_keys =
        {"column, format, encoding and on_invalid are for uploads; '$0' is on the server already",
         "column, format, encoding, on_invalid는 파일을 올릴 때의 설정입니다. '$0'은(는) "
         "서버에 있고 이미 정해져 있습니다"},
    .text_not_utf8 = {"the $0 '$1' is not UTF-8", "$0 '$1'이(가) UTF-8이 아닙니다"},
    .probe_not_utf8 = {"line $0 of the probe file '$1' is not UTF-8",
                       "고정 문장 파일 '$1'의 $0번째 줄이 UTF-8이 아닙니다"},
    .probe_empty = {"the probe file '$0' contains no sentences",
                    "고정 문장 파일 '$0'에 문장이 없습니다"},
    .vocabulary_empty = {"the vocabulary '$0' is empty; omit --vocab to train one from the corpus",
                         "어휘 파일 '$0'이(가) 비어 있습니다. --vocab을 빼면 말뭉치에서 "
                         "학습합니다"},
    .head_not_utf8 =
        {"$0: line $1 is not UTF-8: name the encoding, as in --encoding cp949, or have "
         "such text replaced or skipped with --on-invalid",
         "$0: $1번째 줄이 UTF-8이 아닙니다. --encoding cp949처럼 인코딩을 지정하거나 "
         "--on-invalid로 그런 텍스트를 바꾸거나 건너뛰세요"},

    .bad_sweep = {"--sweep '$0': expected KEY=VALUE,VALUE,..., such as learning_rate=1e-5,1e-4",
                  "--sweep '$0': learning_rate=1e-5,1e-4처럼 KEY=VALUE,VALUE,... 형식이어야 "
                  "합니다"},
    .empty_value = {"--sweep '$0': empty value", "--sweep '$0': 빈 값이 있습니다"},
    .swept_twice = {"--sweep $0 is given twice; put all values into one option",
                    "--sweep $0이(가) 두 번 주어졌습니다. 값을 하나에 모으세요"},
    .same_value = {"--sweep $0: duplicate value $1", "--sweep $0: $1이(가) 두 번 나옵니다"},
    .sweep_too_large = {"the sweep has $0 jobs; at most $1 are allowed",
                        "스윕의 작업이 $0개입니다. 한 번에 $1개까지 제출할 수 있습니다"},
    .sweep_watch =
        {"--watch follows one job, but a sweep has several; omit it, then run `electra watch JOB`",
         "--watch는 작업 하나만 보여 줍니다. 스윕에서는 빼고 나중에 `electra watch JOB`을 "
         "쓰세요"},
    .sweep_queued = {"$1 jobs are queued as sweep=$0", "작업 $1개를 sweep=$0(으)로 제출했습니다"},
    .sweep_partial = {"$0 of $1 jobs are queued", "작업 $1개 중 $0개만 제출되었습니다"},

    .nothing_queued = {"Only a sample of the text was sent, and no job was queued.",
                       "본문의 일부만 보내 계산했고, 아무것도 제출하지 않았습니다."},
    .text = {"TEXT", "본문"},
    .read_whole = {"$0, all of $1", "$0, 전체 $1"},
    .read_part = {"$0, the first $1 of $2, scaled up", "$0, 앞부분 $1로 전체 $2 추정"},
    .sequences = {"SEQUENCES", "시퀀스"},
    .sequence_split = {"$0 ($1 training, $2 validation)", "$0 (학습 $1, 평가 $2)"},
    .tokens = {"TOKENS", "토큰"},
    .unknown_share = {"$0, $1 of them unknown ($2%)", "$0, 그중 미등록 $1 ($2%)"},
    .steps = {"STEPS", "step"},
    .step_count = {"$0 ($1 epochs of $2)", "$0 (epoch $1회, epoch마다 $2)"},
    .memory_use = {"about $0 of $1", "약 $0 / $1"},
    .speed = {"SPEED", "속도"},
    .speed_same = {"$0 tokens/s, measured in $1 with the same model",
                   "$0 토큰/초 (같은 모델의 $1 기준)"},
    .speed_other = {"$0 tokens/s, scaled by FLOPs from $1 with another model",
                    "$0 토큰/초 (다른 모델의 $1에서 FLOPs로 환산)"},
    .speed_rough =
        {"$0 tokens/s, a rough estimate from matrix products on $1: no job has trained there yet",
         "$0 토큰/초 (대략적인 추정: $1에서 학습한 작업이 아직 없어 행렬곱 속도로 환산)"},
    .rough_time = {"$0, within a factor of two", "$0 (두 배까지 틀릴 수 있는 추정)"},
    .time = {"TIME", "시간"},
    .about = {"about $0", "약 $0"},
    .time_unknown =
        {"unknown: no job has trained on this device yet, and it is busy",
         "알 수 없음: 이 장치에서 학습한 작업이 아직 없고 지금은 다른 작업이 쓰고 있습니다"},
    .total_time = {"$0 jobs, one after the other: about $1", "작업 $0개를 차례로: 약 $1"},
    .memory_short = {"about $0 of memory is needed, but the device has $1; use a smaller "
                     "batch_size or max_length",
                     "메모리가 약 $0 필요하지만 장치에는 $1뿐입니다. batch_size나 max_length를 "
                     "줄이세요"},

    .file_is_good = {"$0: no problems found, checked with $1",
                     "$0: 문제가 없습니다 ($1 서버도 확인)"},
    .file_is_good_alone = {"$0: no problems found without a server",
                           "$0: 서버 없이 알 수 있는 문제는 없습니다"},
    .file_is_bad = {"$0: $1 problems", "$0: 문제 $1건"},
    .not_asked = {"the hyperparameters were not checked: $0",
                  "하이퍼파라미터는 확인하지 못했습니다: $0"},
    .template_head = {"Job file for `$0`. Lines that begin with # show the defaults.",
                      "`$0`(으)로 제출하는 작업. #으로 시작하는 줄은 기본값입니다."},
    .template_hyperparameters = {"--set KEY=VALUE sets these too.",
                                 "--set KEY=VALUE로도 줄 수 있습니다."},
    .template_no_server = {"No server answered at $0; with a server, `electra config init` lists "
                           "the hyperparameters too.",
                           "$0에서 응답한 서버가 없습니다. 서버가 있으면 `electra config init`이 "
                           "하이퍼파라미터도 보여 줍니다."},
    .aliases = {"ALSO", "다른 이름"},
    .job_file_key = {"job file key", "작업 파일의 키"},
    .required = {"required", "필수"},
    .written = {"Wrote $0.", "$0 파일을 만들었습니다."},
    .is_there = {"'$0' already exists; remove it, or choose another file",
                 "'$0' 파일이 이미 있습니다. 지우거나 다른 이름을 쓰세요"},
    .meaning = {"MEANING", "뜻"},

    .context = {"CONTEXT", "컨텍스트"},
    .server = {"SERVER", "서버"},
    .authority = {"CA", "CA"},
    .language = {"LANGUAGE", "언어"},
    .source = {"FROM", "출처"},
    .from_flag = {"$0", "$0"},
    .from_variable = {"$0", "$0"},
    .from_context = {"context $0", "컨텍스트 $0"},
    .from_defaults = {"defaults of $0", "$0의 기본값"},
    .from_locale = {"locale", "로캘"},
    .built_in = {"built in", "내장 기본값"},
    .timeout = {"TIMEOUT", "제한 시간"},
    .no_context = {"there is no context '$0'", "'$0' 컨텍스트가 없습니다"},
    .context_is_there = {"context '$0' already exists; run `electra context remove $0` first",
                         "'$0' 컨텍스트가 이미 있습니다. 먼저 `electra context remove $0` 하세요"},
    .context_added = {"Added context $0 for $1.", "$0 컨텍스트를 추가했습니다: $1"},
    .context_used = {"Now using context $0 ($1).", "이제부터 명령은 $0($1)에 보냅니다."},
    .context_removed = {"Removed context $0.", "$0 컨텍스트를 지웠습니다."},
    .context_needs_server = {"a context needs a server: --server HOST:PORT",
                             "컨텍스트에는 서버가 필요합니다: --server HOST:PORT"},
    .context_bad_name =
        {"'$0' is not a valid context name: use at most 63 letters, digits, '.', '_' and '-'",
         "'$0'은(는) 컨텍스트 이름으로 쓸 수 없습니다. 영문자, 숫자, '.', '_', '-'로 "
         "63자까지 쓸 수 있습니다"},
    .settings_bad = {"'$0': line $1: $2", "'$0': $1번째 줄: $2"},
    .settings_type = {"$0: $1", "$0: $1"},
    .a_string = {"expected a string", "문자열이어야 합니다"},
    .a_number = {"expected a number", "숫자여야 합니다"},
    .a_table = {"expected a table", "테이블이어야 합니다"},
    .no_such_language = {"language '$0' is not one of ko, en",
                         "언어 '$0'은(는) ko, en 중 하나가 "
                         "아닙니다"},

    .key_corpus =
        {"Text file (.gz and .zst too), relative to this file; or corpora/ID of a corpus on the "
         "server",
         "본문 파일(.gz, .zst 가능, 이 파일 기준의 상대 경로) 또는 서버에 있는 corpora/ID"},
    .key_column = {"Column (csv, tsv) or field (jsonl) that contains the text",
                   "본문이 든 열(csv, tsv) 또는 필드(jsonl)"},
    .key_format = {"File format", "파일 형식"},
    .key_encoding = {"Character encoding: cp949, euc-kr, utf-16, ...",
                     "파일의 인코딩: cp949, euc-kr, utf-16 등"},
    .key_on_invalid = {"What to do with bytes that are not valid text: refuse the corpus, replace "
                       "them, or skip the sample",
                       "글자가 아닌 바이트의 처리: 거절, 대체, 해당 샘플 건너뛰기"},
    .key_vocab = {"WordPiece vocabulary: a vocab.txt or tokenizer.json, relative to this file",
                  "WordPiece vocab.txt나 tokenizer.json 파일 (이 파일 기준의 상대 경로)"},
    .key_model =
        {"Model to start from: tiny, small, base or large from scratch, or an imported model",
         "출발점: 처음부터 학습하는 tiny, small, base, large 또는 가져온 모델"},
    .key_name = {"Display name of the job", "사람이 알아볼 이름"},
    .key_priority = {"Jobs with a higher priority are trained first", "높을수록 먼저 학습합니다"},
    .key_probe =
        {"File of probe sentences, one per line; every sample shows them with the same masks",
         "샘플마다 같은 마스크로 보여 줄 문장 파일, 한 줄에 한 문장"},
    .key_hyperparameters = {"Hyperparameters, see `electra hyperparameters`",
                            "학습 방법. `electra hyperparameters` 참고"},
    .default_by_ending = {"from the file extension", "확장자로 판단"},
    .default_trained = {"trained from the corpus", "말뭉치에서 학습"},
    .default_none = {"none", "없음"},
};

Bilingual::Bilingual(const absl::Status& status) : Bilingual(std::string(status.message())) {
  if (const auto payload = status.GetPayload(kKoreanPayload)) korean = std::string(*payload);
}

absl::Status LocalError(absl::StatusCode code, const Bilingual& text) {
  absl::Status status(code, text.english);
  status.SetPayload(kKoreanPayload, absl::Cord(text.korean));
  return status;
}

Bilingual SystemReason(int error) {
  switch (error) {
    case ENOENT:
      return kPhrases.no_such_file;
    case EACCES:
    case EPERM:
      return kPhrases.no_permission;
    case EISDIR:
      return kPhrases.is_folder;
    default:
      return std::strerror(error);
  }
}

}  // namespace electra::client
