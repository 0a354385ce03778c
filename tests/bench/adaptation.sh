#!/usr/bin/env bash
# Does adaptation help, and which options help it? Trains a pair on one domain, adapts it to another
# with the defaults and with one option at a time, over several seeds. Prints how well both networks
# do before and after on held-out text of the second domain, and each option against the defaults,
# seed by seed, on held-out text of both: what is gained in the new domain, and lost of the old one.
# Everything goes through the daemon and the client, as a user's own model and corpus would.
#
#   tests/bench/adaptation.sh [--set KEY=VALUE ...]     hyperparameters of every adaptation
#
#   BASE_CORPUS, CORPUS, COLUMN, VOCAB   text of the two domains (default: ../shared/data); every
#                                        tenth line of BASE_CORPUS is held out
#   BASE_MODEL                           a preset to train on BASE_CORPUS (default: tiny)
#   BASE_EPOCHS, EPOCHS                  passes over the two (default: 20, 10)
#   SEEDS                                (default: "1 2 3")
#   OPTIONS                              names of options, below (default: all; "": the defaults
#                                        alone)
#   DATA_DIR                             kept between calls, with the base model and all jobs: a call
#                                        that was interrupted goes on (default: temporary)
#   ELECTRA_BIN                          (default: build/release/bin)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

shared=../shared/data
base_corpus=${BASE_CORPUS:-$shared/debian_install_ko.txt}
corpus=${CORPUS:-$shared/books_ko.csv}
column=${COLUMN-sen}
vocab=${VOCAB:-$shared/vocab_ko.txt}
bin=${ELECTRA_BIN:-build/release/bin}
data_dir=${DATA_DIR:-$(mktemp -d)}
python=build/venv/bin/python3
[ -x "$python" ] || python=python3

# One option of the adaptation a line: its name, and its arguments for `electra submit`.
# vocab_extend is not one of them: its jobs read other tokens, so that their losses cannot be
# compared with those of the defaults; `electra finetune` compares such models on a task.
options() {
  cat <<END
random_token_prob=0.1   --set random_token_prob=0.1
shared_embeddings=gdes   --set shared_embeddings=gdes
disc_token_weights=domain   --set disc_token_weights=domain
mix=0.8,0.2   --corpus $data_dir/base.txt --mix 0.8,0.2
END
}

exec {said}< <(exec "$bin/electrad" --data-dir "$data_dir" --listen 127.0.0.1:0 --log-level error)
daemon=$!
stop() {
  # shellcheck disable=SC2015  # it is fine if the daemon is gone
  kill "$daemon" 2>/dev/null && wait "$daemon" || true
  rm -f "$data_dir.said"
  [ -n "${DATA_DIR:-}" ] || rm -rf "$data_dir"
}
trap stop EXIT
read -r -u "$said" _ _ ELECTRA_SERVER || exit 1  # "listening on HOST:PORT"
export ELECTRA_SERVER

# Submits, waits, and leaves the job's name. A job that a former call has ended is taken as it is.
train() {
  local name=$1 job
  shift
  job=$(cat "$data_dir/$name.job" 2>/dev/null) || job=$("$bin/electra" submit --name "$name" "$@" \
    2>"$data_dir.said") || { cat "$data_dir.said" >&2; exit 1; }
  echo "$job" >"$data_dir/$name.job"
  "$bin/electra" watch "$job" >/dev/null || { "$bin/electra" job "$job" >&2; exit 1; }
  echo "$job"
}

# What is held out has no line in common with the rest.
awk -v held="$data_dir/general.txt" -v rest="$data_dir/base.txt" \
  'NR == FNR { if (FNR % 10) seen[$0]; next }
   { if (FNR % 10) print > rest; else if (!($0 in seen)) print > held }' \
  "$base_corpus" "$base_corpus"

if ! "$bin/electra" models | grep -q '^adaptation-base'; then
  base=$(train base --corpus "$data_dir/base.txt" --vocab "$vocab" --model "${BASE_MODEL:-tiny}" \
    --set "epochs=${BASE_EPOCHS:-20}" batch_size=16 sample_every=0 eval_steps=0)
  "$bin/electra" model download "$base" "$data_dir/base" >/dev/null
  "$bin/electra" model import adaptation-base --generator "$data_dir/base/generator" \
    --discriminator "$data_dir/base/discriminator" >/dev/null 2>&1
fi

# Adapts with each seed; leaves lines of the option's name and the job.
adapt() {
  local option=$1 seed job
  shift
  for seed in ${SEEDS:-1 2 3}; do
    job=$(train "$option-$seed" --corpus "$corpus${column:+:$column}" --model adaptation-base \
      --eval-corpus "general=$data_dir/general.txt" --set "epochs=${EPOCHS:-10}" batch_size=16 \
      validation_split_percentage=10 sample_every=0 eval_steps=0 "seed=$seed" "$@")
    printf '%s %s\n' "$option" "$("$bin/electra" --json job "$job")"
  done
}

{
  adapt defaults "$@"
  options | while read -r option arguments; do
    case " ${OPTIONS-$option} " in *" $option "*) ;; *) continue ;; esac
    # shellcheck disable=SC2086  # several arguments
    adapt "$option" $arguments "$@" </dev/null
  done
} | "$python" tests/bench/adaptation_table.py
