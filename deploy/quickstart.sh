#!/usr/bin/env bash
# From a fresh checkout to a model that learns before your eyes: installs, builds, starts electrad
# with a fresh data folder, and adapts a tiny ELECTRA to the corpus in deploy/corpus.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. deploy/packages.sh
deploy/setup.sh

bin=build/release/bin
data_dir=build/quickstart
rm -rf "$data_dir"
mkdir -p "$data_dir"
"$bin/electrad" --data-dir "$data_dir" --listen 127.0.0.1:0 --log-level warning \
  >"$data_dir/stdout" 2>"$data_dir/electrad.log" &
daemon=$!
trap 'kill "$daemon" 2>/dev/null; wait "$daemon" 2>/dev/null || true' EXIT

# Its first line on stdout, once it serves, is `listening on HOST:PORT`.
until address=$(sed -n 's/^listening on //p' "$data_dir/stdout") && [ -n "$address" ]; do
  kill -0 "$daemon" 2>/dev/null || { cat "$data_dir/electrad.log"; exit 1; }
  sleep 0.1
done
export ELECTRA_SERVER=$address

job=$("$bin/electra" submit --corpus deploy/corpus/computing_ko.txt --model tiny \
  --name quickstart --set num_train_epochs=16 --set batch_size=16 --set max_length=64 \
  --set vocab_size=3000 --set sample_every=50 --set eval_steps=100)
"$bin/electra" watch "$job"

loss() { "$bin/electra" metrics "$job" | cut -f 3 | "$1" -n 1; }
model=$(ls -d "$PWD/$data_dir/$job/checkpoints/"step-* | tail -n 1)
cat <<EOF

The combined loss fell from $(loss head) to $(loss tail).
The model is in $model
(discriminator/ and generator/ are Hugging Face directories).

To adapt a model to your own text, start the daemon and submit a corpus:

  $bin/electrad --data-dir ~/electrad &
  $bin/electra submit --corpus books.csv --column sen --model small --watch

Built in $(cat build/built-in), to here in $(duration $SECONDS).
EOF
