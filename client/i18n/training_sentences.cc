// What corpora, models and training say; see server_sentences.h.
#include "client/i18n/server_sentences.h"

namespace electra::client {
namespace {

constexpr ServerSentence kSentences[] = {
    // Hyperparameters.
    {"unknown hyperparameter \"$0\"", "하이퍼파라미터 \"$0\"은(는) 없습니다"},
    {"unknown hyperparameter \"$0\": did you mean $1?",
     "하이퍼파라미터 \"$0\"은(는) 없습니다. 혹시 $1인가요?"},
    {"unknown hyperparameter \"$0\"; `electra hyperparameters` lists them",
     "하이퍼파라미터 \"$0\"은(는) 없습니다. `electra hyperparameters`로 목록을 볼 수 있습니다"},
    {"hyperparameters must be a JSON object", "하이퍼파라미터는 JSON 객체여야 합니다"},
    {"$0 is $1: it must be $2", "$0이(가) $1입니다. 허용 범위: $2"},
    {"a whole number from $0 to $1", "$0 이상 $1 이하의 정수"},
    {"a whole number, at least $0", "$0 이상의 정수"},
    {"one of $0", "$0 중 하나"},
    {"above $0", "$0 초과"},
    {"at least $0", "$0 이상"},
    {"above $0, at most $1", "$0 초과 $1 이하"},
    {"above $0, below $1", "$0 초과 $1 미만"},
    {"at least $0, at most $1", "$0 이상 $1 이하"},
    {"at least $0, below $1", "$0 이상 $1 미만"},
    {"auto, cpu, cuda or cuda:N", "auto, cpu, cuda, cuda:N"},
    {"gen_weight and disc_weight are both 0: nothing would be trained",
     "gen_weight와 disc_weight가 모두 0이라 학습할 것이 없습니다"},
    {"max_steps is 0: it must be -1 (num_train_epochs decides) or at least 1",
     "max_steps가 0입니다. -1(num_train_epochs를 따름)이거나 1 이상이어야 합니다"},
    {"early_stopping_patience is $0, but nothing is evaluated while training: set eval_steps and "
     "validation_split_percentage above 0",
     "early_stopping_patience가 $0인데 학습 중에 평가하지 않습니다. eval_steps와 "
     "validation_split_percentage를 0보다 크게 하세요"},
    {"load_best_model_at_end is true, but nothing is held out to evaluate: set "
     "validation_split_percentage above 0",
     "load_best_model_at_end가 true인데 평가할 본문을 떼어 두지 않았습니다. "
     "validation_split_percentage를 0보다 크게 하세요"},
    {"freeze_layers is $0, but the model has $1 layers",
     "freeze_layers가 $0인데 모델의 층은 $1개입니다"},
    {"device is \"$0\": it must be auto, cpu, cuda or cuda:N",
     "device가 \"$0\"입니다. auto, cpu, cuda, cuda:N 중 하나여야 합니다"},
    {"device $0 is not there: this machine has $1 CUDA devices. Use device=cpu, or device=auto",
     "$0 장치가 없습니다. 이 컴퓨터의 CUDA 장치는 $1개입니다. device=cpu나 device=auto를 쓰세요"},

    // Ranks.
    {"$0 ranks share each step", "랭크 $0개가 step을 나누어 학습합니다"},
    {"training goes on with $0 of $1 ranks: rank $2 did not come. Batches and results stay the "
     "same; "
     "ranks that come later take part from the next checkpoint on",
     "랭크 $1개 중 $0개로 학습을 계속합니다. 오지 않은 랭크: $2. 배치와 결과는 그대로이며, 늦게 온 "
     "랭크는 다음 체크포인트부터 함께합니다"},
    {"the memory of rank $0 ran out in step $1: use a smaller batch_size (with more "
     "gradient_accumulation_steps the training stays the same), max_length or model, or "
     "gradient_checkpointing=true. $2",
     "step $1에서 랭크 $0의 메모리가 부족했습니다. batch_size(gradient_accumulation_steps를 늘리면 "
     "학습은 같습니다), max_length, 모델을 줄이거나 gradient_checkpointing=true를 쓰세요. $2"},
    {"a rank was lost $0 times at step $1: $2", "step $1에서 랭크를 $0번 잃었습니다. $2"},
    {"a rank was lost in step $0: $1. Going back to $2 with the ranks that are there within $3 s",
     "step $0에서 랭크를 잃었습니다. $1. $2(으)로 돌아가 $3초 안에 모인 랭크로 계속합니다"},
    {"the start", "처음"},
    {"the checkpoint of step $0", "step $0의 체크포인트"},
    {"the checkpoint of step $0 waits: that of step $1 is still being written. Training goes on; "
     "only the newest checkpoint that falls due meanwhile is written",
     "step $0의 체크포인트가 기다립니다. step $1의 것을 아직 쓰고 있습니다. 학습은 계속하며, "
     "그동안 "
     "차례가 온 것 중 가장 새것만 씁니다"},
    {"rank $0 says: $1", "랭크 $0: $1"},
    {"torchrun's agent does not answer any more: $0",
     "torchrun 에이전트가 더 이상 응답하지 않습니다. $0"},
    {"device is \"$0\", but each rank of this launch has one device, rank 0 $1: use device=auto",
     "device가 \"$0\"인데 이 실행에서는 랭크마다 장치가 하나이고 랭크 0의 장치는 $1입니다. "
     "device=auto를 쓰세요"},
    {"devices are $0: cards and processors do not share a job",
     "장치가 $0입니다. GPU와 CPU가 한 작업을 나눌 수는 없습니다"},
    {"devices is $0, but this launch has $1 ranks (WORLD_SIZE)",
     "devices가 $0인데 이 실행의 랭크는 $1개입니다(WORLD_SIZE)"},
    {"device $0 has no number", "장치 $0에 번호가 없습니다"},
    {"devices is $0, but the daemon was launched with $1 ranks: use fewer devices, or 0 for all "
     "ranks",
     "devices가 $0인데 데몬은 랭크 $1개로 시작되었습니다. devices를 줄이거나 0(모든 랭크)으로 "
     "하세요"},
    {"devices is $0, but device=$1 is $2 here: use fewer devices, or device=auto",
     "devices가 $0인데 여기서 device=$1은(는) $2입니다. devices를 줄이거나 device=auto를 쓰세요"},
    {"devices is $0, but device=$1 is $2 here: use fewer devices",
     "devices가 $0인데 여기서 device=$1은(는) $2입니다. devices를 줄이세요"},
    {"one card", "GPU 1개"},
    {"$0 cards", "GPU $0개"},
    {"devices is $0: $1", "devices가 $0입니다. $1"},
    {"the job asked for $0 devices, of which $1 are left: it goes on with these",
     "작업이 요청한 장치 $0개 중 $1개가 남아 이 장치로 계속합니다"},

    // Advice, and what a job's log says.
    {"learning_rate $0 is far too high for steps of $1 sequences: published models of this size "
     "took $2 with $3. Training may diverge or the discriminator may learn nothing: use a "
     "learning_rate of about $4, or more gradient_accumulation_steps",
     "시퀀스 $1개짜리 step에 learning_rate $0은(는) 너무 높습니다. 이 크기의 공개 모델은 $3개에 "
     "$2을(를) 썼습니다. 학습이 발산하거나 판별기가 아무것도 배우지 못할 수 있으니 learning_rate를 "
     "$4쯤으로 하거나 gradient_accumulation_steps를 늘리세요"},
    {"the corpus has only $0 sequences to train on, and $1 steps read each about $2 times: the "
     "model will memorize them, and its losses will say little. Use a larger corpus, or fewer "
     "steps",
     "학습할 시퀀스가 $0개뿐이라 step $1번 동안 각각 약 $2번 읽습니다. 모델이 통째로 외우게 되어 "
     "손실이 의미가 없습니다. 더 큰 말뭉치를 쓰거나 step을 줄이세요"},
    {"combined loss", "Combined Loss"},
    {"generator loss", "Generator Loss"},
    {"the evaluated $0 was $1 after step $2 and is $3 after the last step, $4: "
     "load_best_model_at_end would have kept the former model; or use a lower learning_rate, or "
     "fewer steps",
     "평가한 $0 값이 step $2에서 $1이었는데 마지막 step $4에서는 $3입니다. "
     "load_best_model_at_end를 쓰면 앞의 모델이 남습니다. 아니면 learning_rate나 step을 줄이세요"},
    {"the discriminator caught no fake in $0 evaluations in a row ($1): it calls every token real, "
     "which is right for most of them. Where a model from scratch is not past that yet, train on; "
     "else use a lower learning_rate than $2, and look whether the vocabulary is the model's",
     "판별기가 평가 $0번 연속으로 가짜를 하나도 찾지 못했습니다(재현율이 0). 모든 토큰을 "
     "진짜라고 하는데 대부분은 맞기 때문입니다. 처음부터 학습하는 모델이라면 더 학습해 보고, "
     "아니면 learning_rate를 $2보다 낮추고 어휘가 모델의 것인지 확인하세요"},
    {"$0 % of the text is unknown and becomes [UNK]",
     "본문의 $0 %를 어휘가 알지 못해 [UNK]가 됩니다"},
    {"$0 % of the text is unknown and becomes [UNK], $1 % of the tokens",
     "본문의 $0 %(토큰의 $1 %)를 어휘가 알지 못해 [UNK]가 됩니다"},
    {"$0 words are not in the vocabulary, most often $1",
     "낱말 $0개가 어휘에 없으며, 가장 흔한 것은 $1입니다"},
    {"$0 words are longer than $1 characters, as in text without spaces: $2",
     "낱말 $0개가 띄어 쓰지 않은 글처럼 $1자보다 깁니다: $2"},
    {"Words are counted in $0 MiB of the text", "낱말은 본문 중 $0 MiB에서 세었습니다"},
    {"Use a vocabulary of the text's language, and spaces between its words; --allow-unknown "
     "(allow_unknown=true) trains on it as it is",
     "본문의 언어에 맞는 어휘를 쓰고 낱말을 띄어 쓰세요. 그대로 학습하려면 --allow-unknown"
     "(allow_unknown=true)을 쓰세요"},
    {"lines end with LF or CRLF, so that the text has $0 samples, but $1 CRs stand alone. If they "
     "are "
     "to end lines, convert them: tr '\\r' '\\n'",
     "줄은 LF나 CRLF로 끝나므로 본문의 샘플은 $0개인데, 홀로 있는 CR이 $1개입니다. CR이 줄의 "
     "끝이라면 "
     "바꾸세요: tr '\\r' '\\n'"},
    {"$0 of $1 samples have the same tokens as an earlier one (duplicates); no copy of held-out "
     "text is trained on",
     "샘플 $1개 중 $0개가 앞의 것과 토큰이 같습니다(중복). 평가용으로 떼어 둔 것과 같은 샘플은 "
     "학습하지 "
     "않습니다"},
    {"$0 samples hold no text and are left out", "샘플 $0개는 본문이 없어 뺍니다"},
    {"probe sentence $0 has more than max_length ($1) tokens: only its beginning is shown",
     "고정 문장 $0번이 max_length($1)보다 깁니다. 앞부분만 보여 줍니다"},
    {"probe sentence $0 has no token: leave it out", "고정 문장 $0번에 토큰이 없습니다. 빼세요"},
    {"step $0 was skipped and changed nothing: its loss is $1, the norm of its gradient $2 ($3 in "
     "a row, the job fails at $4)",
     "step $0을(를) 건너뛰었고 바뀐 것은 없습니다. 손실 $1, 기울기 노름 $2 ($3번 연속, $4번이면 "
     "작업이 실패합니다)"},
    {"the evaluated combined loss after step $0 is $1: it is not recorded",
     "step $0의 평가 Combined Loss가 $1이라 기록하지 않습니다"},
    {"stopped early after step $0: no lower loss in $1 evaluations",
     "step $0에서 일찍 멈추었습니다. 평가 $1번 동안 손실이 낮아지지 않았습니다"},
    {"stopped early after step $0: no better evaluation in $1",
     "step $0에서 일찍 멈추었습니다. 평가 $1번 동안 더 나아지지 않았습니다"},
    {"the model is that of step $0, whose evaluated combined loss $1 is the lowest",
     "모델은 평가한 Combined Loss가 $1(으)로 가장 낮은 step $0의 것입니다"},
    {"the model is that of step $0, whose evaluated generator loss $1 is the lowest",
     "모델은 평가한 Generator Loss가 $1(으)로 가장 낮은 step $0의 것입니다"},
    {"the model is that of step $0, whose evaluated F1 $1 is the highest",
     "모델은 평가한 F1이 $1(으)로 가장 높은 step $0의 것입니다"},
    {"no checkpoint is whole: training begins again with step 1",
     "온전한 체크포인트가 없어 step 1부터 다시 학습합니다"},
    {"checkpoint $0 is damaged: $1", "체크포인트 $0이(가) 손상되었습니다: $1"},
    {"cannot write a checkpoint: $0", "체크포인트를 쓸 수 없습니다: $0"},
    {"memory ran out while a checkpoint was written",
     "체크포인트를 쓰는 동안 메모리가 부족해졌습니다"},
    {"$0 is not what was written (SHA-256 differs)", "$0이(가) 쓴 것과 다릅니다(SHA-256 다름)"},
    {"trained a vocabulary of $0 tokens from $1 distinct words",
     "서로 다른 낱말 $1개에서 토큰 $0개의 어휘를 학습했습니다"},
    {"the id cache is built again: $0", "토큰 id 캐시를 다시 만듭니다: $0"},
    {"$0 differs between generator and discriminator, which share it: the discriminator's is used; "
     "shared_embeddings=none keeps both",
     "생성기와 판별기가 공유하는 $0이(가) 서로 달라 판별기의 것을 씁니다. shared_embeddings=none을 "
     "쓰면 따로 둡니다"},
    {"the model was imported without a generator: a new one starts with random weights, its "
     "embeddings are the discriminator's",
     "생성기 없이 가져온 모델입니다. 새 생성기는 임의의 가중치와 판별기의 임베딩으로 시작합니다"},

    // Why a job failed.
    {"memory ran out: use a smaller batch_size, max_length or model",
     "메모리가 부족합니다. batch_size, max_length를 줄이거나 더 작은 모델을 쓰세요"},
    {"memory ran out: use a smaller batch_size, max_length or model. $0",
     "메모리가 부족합니다. batch_size, max_length를 줄이거나 더 작은 모델을 쓰세요. $0"},
    {"the memory of $0 ran out in step $1 (batch_size $2, max_length $3). Not even one sequence "
     "fits: use a smaller max_length or model, or gradient_checkpointing=true",
     "step $1에서 $0의 메모리가 부족해졌습니다(batch_size $2, max_length $3). 시퀀스 하나도 "
     "들어가지 "
     "않으니 max_length를 줄이거나 더 작은 모델 또는 gradient_checkpointing=true를 쓰세요"},
    {"the memory of $0 ran out in step $1 (batch_size $2, max_length $3). A batch_size of $4 fits. "
     "For the same training use it with gradient_accumulation_steps=$5; "
     "gradient_checkpointing=true needs less memory too",
     "step $1에서 $0의 메모리가 부족해졌습니다(batch_size $2, max_length $3). batch_size $4은(는) "
     "들어갑니다. 같은 학습을 하려면 gradient_accumulation_steps=$5을(를) 함께 쓰세요. "
     "gradient_checkpointing=true도 메모리를 덜 씁니다"},
    {"training diverged: from step $0 to step $1 no loss and gradient was finite "
     "(max_bad_steps $2, learning_rate $3). Step $4 read $5. Use a lower learning_rate or a longer "
     "warm-up. $6",
     "학습이 발산했습니다. step $0부터 $1까지 손실과 기울기가 유한하지 않았습니다(max_bad_steps "
     "$2, "
     "learning_rate $3). step $4에서 읽은 것: $5. learning_rate를 낮추거나 워밍업을 늘리세요. $6"},
    {"the model cannot be trained from its first weights: from step $0 to step $1 no loss and "
     "gradient was finite (max_bad_steps $2). Step $3 read $4. Start from another model, "
     "or "
     "train with bf16=false and fp16=false.",
     "처음 가중치로는 모델을 학습할 수 없습니다. step $0부터 $1까지 손실과 기울기가 유한하지 "
     "않았습니다(max_bad_steps $2). step $3에서 읽은 것: $4. 다른 모델에서 시작하거나 bf16=false, "
     "fp16=false로 학습하세요."},
    {"No checkpoint had been written yet.", "아직 저장된 체크포인트가 없습니다."},
    {"The last good checkpoint is that of step $0: $1",
     "마지막으로 온전한 체크포인트는 step $0의 것입니다: $1"},
    {"batch_size x gradient_accumulation_steps is $0, but the corpus has only $1 sequences to "
     "train on ($2 are held out): use a batch_size of at most $3, or a larger corpus",
     "batch_size x gradient_accumulation_steps는 $0인데 학습할 시퀀스는 $1개뿐입니다(평가용 $2개). "
     "batch_size를 $3 이하로 하거나 더 큰 말뭉치를 쓰세요"},
    {"the vocabulary has $0 tokens, but the model's word embedding only $1 rows",
     "어휘는 토큰 $0개인데 모델의 단어 임베딩은 $1행뿐입니다"},

    // Corpora. A file's name stands in front.
    {"no sample holds text ($0 blank, $1 skipped)",
     "본문이 있는 샘플이 없습니다(빈 것 $0개, 건너뛴 것 $1개)"},
    {"line $0 is longer than $1 bytes; split it", "$0번째 줄이 $1바이트보다 깁니다. 나누세요"},
    {"line $0: the field \"$1\" holds no string", "$0번째 줄: \"$1\" 필드가 문자열이 아닙니다"},
    {"line $0 has no field \"$1\"; there are $2",
     "$0번째 줄에 \"$1\" 필드가 없습니다. 있는 필드: $2"},
    {"line $0 has no field \"$1\"; the object is empty",
     "$0번째 줄에 \"$1\" 필드가 없습니다. 빈 객체입니다"},
    {"line $0: name the field that holds the text; there are $1",
     "$0번째 줄: 본문이 든 필드를 지정하세요. 있는 필드: $1"},
    {"line $0: name the field that holds the text; the object is empty",
     "$0번째 줄: 본문이 든 필드를 지정하세요. 빈 객체입니다"},
    {"line $0 is not JSON, the error is at byte $1 of the line",
     "$0번째 줄이 JSON이 아닙니다. 그 줄의 $1번째 바이트에서 잘못되었습니다"},
    {"line $0 begins a JSON array; write an object a line, as `jq -c '.[]' FILE` does",
     "$0번째 줄에서 JSON 배열이 시작됩니다. `jq -c '.[]' FILE`처럼 한 줄에 객체 하나씩 적으세요"},
    {"line $0: the field \"$1\" holds \\u$2, half of a surrogate pair, which is not text; have "
     "such "
     "text replaced or skipped",
     "$0번째 줄: \"$1\" 필드의 \\u$2은(는) 서로게이트 쌍의 반쪽이라 글자가 아닙니다. 그런 글자를 "
     "대체 "
     "또는 건너뛰게 하세요"},
    {"line $0 is JSON, but not an object", "$0번째 줄이 JSON이지만 객체가 아닙니다"},
    {"line $0 is JSON nested deeper than $1", "$0번째 줄의 JSON이 $1겹보다 깊습니다"},
    {"the corpus is empty; its first line must name the columns",
     "말뭉치가 비어 있습니다. 첫 줄에 열 이름이 있어야 합니다"},
    {"the corpus is empty", "말뭉치가 비어 있습니다"},
    {"name the column that holds the text; there are $0", "본문이 든 열을 지정하세요. 있는 열: $0"},
    {"name the column that holds the text", "본문이 든 열을 지정하세요"},
    {"there is no column \"$0\"; there are $1", "\"$0\" 열이 없습니다. 있는 열: $1"},
    {"the column \"$0\" occurs twice; there are $1", "\"$0\" 열이 두 번 있습니다. 있는 열: $1"},
    {"line $0 has $1 columns, the first line names $2; is a quote missing around a field?",
     "$0번째 줄은 열이 $1개인데 첫 줄에는 $2개입니다. 따옴표가 빠지지 않았나요?"},
    {"line $0 has $1 columns, the first line names $2; a field that holds a tab or a line end "
     "needs "
     "quotes",
     "$0번째 줄은 열이 $1개인데 첫 줄에는 $2개입니다. 탭이나 줄 바꿈이 든 필드는 따옴표로 감싸야 "
     "합니다"},
    {"max_sample_bytes is $0, not positive", "max_sample_bytes가 $0입니다. 0보다 커야 합니다"},
    {"a .txt corpus has no column \"$0\"; leave the column out",
     ".txt 말뭉치에는 \"$0\" 열이 없습니다. 열을 빼세요"},
    {"line $0: more than $1 columns; is this the format?",
     "$0번째 줄: 열이 $1개를 넘습니다. 형식이 맞나요?"},
    {"line $0: a record of more than $1 bytes; is a closing quote missing?",
     "$0번째 줄: 한 레코드가 $1바이트를 넘습니다. 닫는 따옴표가 빠지지 않았나요?"},
    {"line $0: the quote opened here closes in line $1 with text after it; write a quote inside a "
     "quoted field twice (\"\"), or give the text as .tsv, where a stray quote is text",
     "$0번째 줄: 여기서 연 따옴표가 $1번째 줄에서 닫힌 뒤에 글자가 있습니다. 필드 안의 따옴표는 두 "
     "번(\"\") 적거나, 짝 없는 따옴표도 글자로 읽는 .tsv로 주세요"},
    {"line $0: the quote opened here is never closed",
     "$0번째 줄: 여기서 연 따옴표가 닫히지 않습니다"},
    {"unknown encoding \"$0\"; known are utf-8, utf-16, cp949, euc-kr, shift_jis, gb18030, latin1 "
     "and all others of ICU",
     "\"$0\" 인코딩을 모릅니다. utf-8, utf-16, cp949, euc-kr, shift_jis, gb18030, latin1과 그 밖의 "
     "ICU 인코딩을 쓸 수 있습니다"},
    {"line $0, byte $1: not $2 ($3); $4, or have such text replaced or skipped",
     "$0번째 줄, $1번째 바이트: $2이(가) 아닙니다($3). $4, 그런 글자를 대체 또는 건너뛰게 하세요"},
    {"give the right encoding", "맞는 인코딩을 주거나"},
    {"it reads as Korean in cp949, so give --encoding cp949",
     "cp949 한국어로 보이니 --encoding cp949를 쓰거나"},
    {"is an Excel workbook: save the sheet as CSV",
     "엑셀 통합 문서입니다. 시트를 CSV로 저장하세요"},
    {"is a zip archive or an Office document: give the text in it",
     "zip 파일이나 Office 문서입니다. 안에 든 본문을 텍스트로 주세요"},
    {"is a workbook or document of an old Office or of HWP: save it as CSV or as plain text",
     "옛 Office나 한글(HWP) 문서입니다. CSV나 일반 텍스트로 저장하세요"},
    {"is a PDF: extract its text", "PDF입니다. 본문을 추출해서 주세요"},
    {"is a Parquet file: write it as JSON Lines", "Parquet 파일입니다. JSON Lines로 저장하세요"},
    {"every second byte or so is NUL, this seems to be UTF-16 without a byte order mark; give the "
     "encoding utf-16le or utf-16be",
     "두 바이트마다 NUL이 있어 바이트 순서 표시가 없는 UTF-16으로 보입니다. 인코딩을 utf-16le나 "
     "utf-16be로 주세요"},
    {"cannot be read: $0", "읽을 수 없습니다: $0"},
    {"cannot be opened: $0", "열 수 없습니다: $0"},
    {"no such file", "파일이 없습니다"},
    {"is not a regular file", "일반 파일이 아닙니다"},
    {"its $0 bytes unpack to more than $1, the most that is read of such a file; if it is real "
     "text, give it unpacked",
     "$0바이트의 압축을 풀면 읽을 수 있는 한도 $1바이트를 넘습니다. 실제 본문이라면 풀어서 주세요"},
    {"damaged $0 data before byte $1 of the file: $2",
     "파일의 $1번째 바이트 앞에서 $0 데이터가 손상되었습니다: $2"},
    {"the file ends too early", "파일이 너무 일찍 끝납니다"},
    {"zlib: no memory", "zlib: 메모리가 부족합니다"},
    {"zstd: no memory", "zstd: 메모리가 부족합니다"},
    {"not gzip", "gzip이 아닙니다"},
    {"a sample of $0 tokens; at most 2^32 - 1 are accepted",
     "한 샘플의 토큰이 $0개입니다. 2^32 - 1개까지입니다"},
    {"the corpus has no sample with a token ($0 without any)",
     "말뭉치에 토큰이 있는 샘플이 없습니다(없는 샘플 $0개)"},
    {"max_length is $0, accepted are $1 to $2",
     "max_length가 $0입니다. $1 이상 $2 이하여야 합니다"},

    // Vocabularies.
    {"line $0 has a token of $1 bytes; at most $2 are accepted",
     "$0번째 줄의 토큰이 $1바이트입니다. 최대 $2바이트입니다"},
    {"more than $0 lines; this is not a vocabulary", "$0줄을 넘습니다. 어휘 파일이 아닙니다"},
    {"line $0, byte $1 is not UTF-8 (0x$2); a vocabulary must be UTF-8",
     "$0번째 줄, $1번째 바이트가 UTF-8이 아닙니다(0x$2). 어휘는 UTF-8이어야 합니다"},
    {"token $0 holds a line feed, which vocab.txt cannot say",
     "토큰 $0에 줄 바꿈이 있어 vocab.txt로 적을 수 없습니다"},
    {"the vocabulary is empty; expected a token a line",
     "어휘가 비어 있습니다. 한 줄에 토큰 하나여야 합니다"},
    {"$0 lines without a token (line $1); their ids stay unused",
     "토큰이 없는 줄이 $0개입니다($1번째 줄). 그 id는 쓰이지 않습니다"},
    {"the vocabulary lacks $0; all of [PAD] [UNK] [CLS] [SEP] [MASK] must be in it",
     "어휘에 $0이(가) 없습니다. [PAD] [UNK] [CLS] [SEP] [MASK]가 모두 있어야 합니다"},
    {"the vocabulary lacks $0; all of [PAD] [UNK] [CLS] [SEP] [MASK] must be in it (it starts with "
     "a byte order mark, which counts as part of the first token: remove it)",
     "어휘에 $0이(가) 없습니다. [PAD] [UNK] [CLS] [SEP] [MASK]가 모두 있어야 합니다. 파일이 바이트 "
     "순서 표시로 시작해 첫 토큰의 일부가 되었으니 지우세요"},
    {"$0 tokens occur twice, the id is that of the last line: $1",
     "토큰 $0개가 두 번 나옵니다. 마지막 줄의 id를 씁니다: $1"},
    {"$0 is $1, accepted are $2 to $3", "$0이(가) $1입니다. $2 이상 $3 이하여야 합니다"},
    {"cancelled while the vocabulary was trained", "어휘를 학습하는 동안 취소되었습니다"},
    {"stopped while the model was read", "모델을 읽는 동안 멈추었습니다"},
    {"stopped while training the vocabulary", "어휘를 학습하는 동안 멈추었습니다"},
    {"$0 cannot be read", "$0을(를) 읽을 수 없습니다"},
    {"there is no word to train a vocabulary from", "어휘를 학습할 낱말이 없습니다"},
    {"there is no word to train a vocabulary from: all $0 are longer than $1 characters, as in "
     "text without spaces",
     "어휘를 학습할 낱말이 없습니다. 낱말 $0개가 모두 띄어 쓰지 않은 글처럼 $1자보다 깁니다"},

    // Hugging Face directories. A file's name stands in front.
    {"is a symbolic link, which is not followed; copy the file itself (cp -L)",
     "심볼릭 링크는 따라가지 않습니다. 파일 자체를 복사하세요(cp -L)"},
    {"no such directory", "폴더가 없습니다"},
    {"is not a directory", "폴더가 아닙니다"},
    {"has $0 bytes; at most $1 are read", "$0바이트입니다. $1바이트까지만 읽습니다"},
    {"was shortened while it was read", "읽는 동안 짧아졌습니다"},
    {"is not JSON, at byte $0: $1", "JSON이 아닙니다($0번째 바이트: $1)"},
    {"has neither model.safetensors nor pytorch_model.bin",
     "model.safetensors도 pytorch_model.bin도 없습니다"},
    {"has neither model.safetensors nor pytorch_model.bin; TensorFlow and Flax weights are not "
     "read: save the model with PyTorch (save_pretrained)",
     "model.safetensors도 pytorch_model.bin도 없습니다. TensorFlow와 Flax 가중치는 읽지 않으니 "
     "PyTorch로 저장하세요(save_pretrained)"},
    {"is a Git LFS pointer, not the weights; get them with `git lfs pull`",
     "가중치가 아니라 Git LFS 포인터입니다. `git lfs pull`로 받으세요"},
    {"has neither vocab.txt nor tokenizer.json", "vocab.txt도 tokenizer.json도 없습니다"},
    {"has no tokenizer_config.json; do_lower_case is taken as $0",
     "tokenizer_config.json이 없습니다. do_lower_case를 $0(으)로 봅니다"},
    {"$0 does not say do_lower_case: taken as $1",
     "$0에 do_lower_case가 없습니다. $1(으)로 봅니다"},
    {"$0 is $1; only \"$2\" is supported", "$0이(가) $1입니다. \"$2\"만 지원합니다"},
    {"$0 is $1: only \"$2\" is supported", "$0이(가) $1입니다. \"$2\"만 지원합니다"},
    {"$0 is $1; it must be true or false", "$0이(가) $1입니다. true 또는 false여야 합니다"},
    {"model_type is missing and architectures names no Electra class: is this an ELECTRA model?",
     "model_type이 없고 architectures에도 Electra 클래스가 없습니다. ELECTRA 모델이 맞나요?"},
    {"tensor $0 of shape $1 is missing", "모양이 $1인 텐서 $0이(가) 없습니다"},
    {"tensor $0 has shape $1, but config.json asks for $2",
     "텐서 $0의 모양이 $1인데 config.json에 따르면 $2이어야 합니다"},
    {"tensor $0 of shape $1 is not part of this network",
     "모양이 $1인 텐서 $0은(는) 이 네트워크의 것이 아닙니다"},
    {"tensor $0 is missing", "텐서 $0이(가) 없습니다"},
    {"tensor $0 is not one of the model's", "텐서 $0은(는) 이 모델의 것이 아닙니다"},
    {"this is a discriminator (it has discriminator_predictions.* and no generator_predictions.*); "
     "give the directory of its generator",
     "판별기입니다(generator_predictions.* 없이 discriminator_predictions.*만 있음). 생성기 폴더를 "
     "주세요"},
    {"has no generator_predictions.*, so it is not a generator",
     "generator_predictions.*가 없어 생성기가 아닙니다"},
    {"this is a generator (it has generator_predictions.* and no discriminator_predictions.*); "
     "give the directory of its discriminator",
     "생성기입니다(discriminator_predictions.* 없이 generator_predictions.*만 있음). 판별기 폴더를 "
     "주세요"},
    {"discriminator_predictions is missing: the discriminator starts with a random head",
     "discriminator_predictions가 없어 판별기의 출력층은 임의의 값으로 시작합니다"},
    {"its tensors start with \"$0\" and none with \"$1\": it holds no $2",
     "텐서가 \"$0\"(으)로 시작하고 \"$1\"(으)로 시작하는 것이 없습니다. $2이(가) 아닙니다"},
    {"tensor $0 has none of the prefixes of a file of both networks, \"generator.\" and "
     "\"discriminator.\"",
     "텐서 $0의 이름이 두 네트워크를 담은 파일의 \"generator.\"나 \"discriminator.\"로 시작하지 "
     "않습니다"},
    {"tensors $0 and $1 are both $2", "텐서 $0과(와) $1이(가) 모두 $2입니다"},
    {"tensor $0 holds $1, not floating-point numbers",
     "텐서 $0의 값이 $1입니다. 부동소수점이어야 합니다"},
    {"generator_lm_head.weight differs from electra.embeddings.word_embeddings.weight although "
     "tie_word_embeddings is true; set it to false in config.json to keep both, or remove "
     "generator_lm_head.weight",
     "tie_word_embeddings가 true인데 generator_lm_head.weight가 "
     "electra.embeddings.word_embeddings.weight와 다릅니다. 둘 다 쓰려면 config.json에서 false로 "
     "하고, 아니면 generator_lm_head.weight를 지우세요"},
    {"embeddings_project is ignored: embedding_size equals hidden_size",
     "embedding_size와 hidden_size가 같아 embeddings_project는 쓰지 않습니다"},
    {"tensor $0 holds $1 at $2; weights must be finite numbers",
     "텐서 $0의 $2 위치에 $1이(가) 있습니다. 가중치는 유한한 수여야 합니다"},
    {"the names of all tensors begin with \"$0\", which is left out",
     "모든 텐서 이름이 \"$0\"(으)로 시작해 이 부분을 뺍니다"},
    {"weights in $0 are converted to float32", "$0 가중치를 float32로 바꿉니다"},
    {"the word embedding has $0 rows, the vocabulary $1 tokens: the last $2 rows are not used",
     "단어 임베딩은 $0행, 어휘는 토큰 $1개입니다. 마지막 $2행은 쓰지 않습니다"},
    {"the vocabulary has $0 tokens, but the word embedding only $1 rows (vocab_size)",
     "어휘는 토큰 $0개인데 단어 임베딩은 $1행뿐입니다(vocab_size)"},
    {"pad_token_id is $0 in config.json, but [PAD] is token $1",
     "config.json의 pad_token_id는 $0인데 [PAD]는 토큰 $1입니다"},
    {"config.json says num_hidden_layers $0, but there are only $1 tensors",
     "config.json의 num_hidden_layers는 $0인데 텐서는 $1개뿐입니다"},
    {"generator and discriminator have different vocabularies: the generator's has $0 tokens, the "
     "discriminator's $1",
     "생성기와 판별기의 어휘가 다릅니다. 생성기는 토큰 $0개, 판별기는 $1개입니다"},
    {"generator and discriminator have different vocabularies: token $0 is \"$1\" in the "
     "generator's and \"$2\" in the discriminator's",
     "생성기와 판별기의 어휘가 다릅니다. 토큰 $0이(가) 생성기에서는 \"$1\", 판별기에서는 "
     "\"$2\"입니다"},
    {"generator and discriminator tokenize differently: $0 is $1 in the generator's files and $2 "
     "in "
     "the discriminator's",
     "생성기와 판별기의 토큰화가 다릅니다. $0이(가) 생성기 파일에서는 $1, 판별기 파일에서는 "
     "$2입니다"},
    {"$0 is $1 in the generator and $2 in the discriminator: both need the same vocabulary",
     "$0이(가) 생성기에서는 $1, 판별기에서는 $2입니다. 어휘가 같아야 합니다"},
    {"the file holds both networks: $0 tensors with \"$1\" were taken, $2 with \"$3\" left",
     "파일에 두 네트워크가 모두 있습니다. \"$1\"(으)로 시작하는 텐서 $0개를 쓰고 \"$3\"의 $2개는 "
     "쓰지 않습니다"},
    {"$0 added tokens are matched as ordinary word pieces, not ahead of them: $1",
     "추가 토큰 $0개를 먼저 맞추지 않고 보통 조각으로 다룹니다: $1"},
};

}  // namespace

std::span<const ServerSentence> TrainingSentences() { return kSentences; }

}  // namespace electra::client
