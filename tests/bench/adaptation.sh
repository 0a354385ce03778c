#!/usr/bin/env bash
# Does adaptation help? Trains a pair on one domain, adapts it to another, and prints how well both
# networks do on held-out text of the second before and after, over several seeds. Everything goes
# through the daemon and the client, as a user's own model and corpus would.
#
#   tests/bench/adaptation.sh [--set KEY=VALUE ...]     hyperparameters of the adaptation
#
#   BASE_CORPUS, CORPUS, COLUMN, VOCAB   text of the two domains (default: ../shared/data)
#   BASE_MODEL                           a preset to train on BASE_CORPUS (default: tiny)
#   BASE_EPOCHS, EPOCHS                  passes over the two (default: 20, 10)
#   SEEDS                                (default: "1 2 3")
#   DATA_DIR                             kept between calls, with the base model (default: temporary)
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

exec {said}< <(exec "$bin/electrad" --data-dir "$data_dir" --listen 127.0.0.1:0 --log-level error)
daemon=$!
stop() {
  # shellcheck disable=SC2015  # where there is no daemon any more, that is well
  kill "$daemon" 2>/dev/null && wait "$daemon" || true
  rm -f "$data_dir.said"
  [ -n "${DATA_DIR:-}" ] || rm -rf "$data_dir"
}
trap stop EXIT
read -r -u "$said" _ _ ELECTRA_SERVER || exit 1  # "listening on HOST:PORT"
export ELECTRA_SERVER

# Submits, waits, and leaves the job's name.
train() {
  local job
  job=$("$bin/electra" submit "$@" 2>"$data_dir.said") || { cat "$data_dir.said" >&2; exit 1; }
  "$bin/electra" watch "$job" >/dev/null || { "$bin/electra" job "$job" >&2; exit 1; }
  echo "$job"
}

if ! "$bin/electra" models | grep -q '^adaptation-base'; then
  base=$(train --corpus "$base_corpus" --vocab "$vocab" --model "${BASE_MODEL:-tiny}" \
    --set "epochs=${BASE_EPOCHS:-20}" batch_size=16 sample_every=0 eval_steps=0)
  "$bin/electra" model download "$base" "$data_dir/base" >/dev/null
  "$bin/electra" model import adaptation-base --generator "$data_dir/base/generator" \
    --discriminator "$data_dir/base/discriminator" >/dev/null 2>&1
fi

jobs=()
for seed in ${SEEDS:-1 2 3}; do
  jobs+=("$(train --corpus "$corpus" ${column:+--column "$column"} --model adaptation-base \
    --set "epochs=${EPOCHS:-10}" batch_size=16 validation_split_percentage=10 sample_every=0 \
    eval_steps=0 "seed=$seed" "$@")")
done

for job in "${jobs[@]}"; do "$bin/electra" --json job "$job"; done | "$python" -c '
import json, statistics, sys
jobs = [json.loads(line) for line in sys.stdin]
def column(when, key):
    values = [job[when][key] for job in jobs if job[when].get(key) is not None]
    if not values:
        return "-"
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    return "%.3f ± %.3f" % (statistics.mean(values), spread)
rows = [("generator loss", "generator_loss"), ("generator accuracy", "generator_accuracy"),
        ("discriminator precision", "discriminator_precision"),
        ("discriminator recall", "discriminator_recall"), ("discriminator F1", "discriminator_f1"),
        ("combined loss", "combined_loss")]
print("seeds %d, steps %s, learning_rate %g" % (
    len(jobs), jobs[0]["total_steps"], jobs[0]["hyperparameters"]["learning_rate"]))
print("| held-out text | before | after |\n|---|---|---|")
for name, key in rows:
    before, after = column("first_evaluation", key), column("last_evaluation", key)
    print("| %s | %s | %s |" % (name, before, after))
'
