#!/usr/bin/env bash
# Makes deploy/quickstart/pair, which the quick start adapts: `tiny`, trained from random weights on
# sentences about everyday subjects, by the electrad and electra of build/release. It takes a quarter
# of an hour on a core. The seed is fixed, but another processor, number of threads or libtorch
# rounds sums differently and so makes another pair: run the quick start's test with it before you
# commit it.
# The vocabulary covers the quick start's sentences too, as that of a pair for a whole language would.
# Text and weights are under the repository's license.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

bin=build/release/bin
work=$(mktemp -d)
daemon=
trap '[ -z "$daemon" ] || kill "$daemon"; wait; rm -rf "$work"' EXIT

for subjects in everyday computing; do
  python3 deploy/quickstart/sentences.py "deploy/quickstart/$subjects.txt" >"$work/$subjects.txt"
done
cat "$work/everyday.txt" "$work/computing.txt" >"$work/both.txt"

"$bin/electrad" --data-dir "$work/data" --listen 127.0.0.1:0 --threads 1 --log-level warning \
  >"$work/stdout" &
daemon=$!
until grep -q '^listening on' "$work/stdout"; do
  kill -0 "$daemon"
  sleep 0.1
done
export ELECTRA_SERVER
ELECTRA_SERVER=$(sed -n 's/^listening on //p' "$work/stdout")

# train NAME CORPUS OPTION...: into $work/NAME.
train() {
  local name=$1 corpus=$2 job
  shift 2
  job=$("$bin/electra" submit --corpus "$corpus" --model tiny --name "$name" "$@" \
    --set max_length=32 save_steps=0)
  "$bin/electra" watch "$job"
  "$bin/electra" model download "$job" "$work/$name"
}

train vocabulary "$work/both.txt" --set vocab_size=1500 max_steps=1 batch_size=8 eval_steps=0
# On such regular text so small a network learns at a rate that the log warns about.
# The last step's weights, whatever the evaluations say: the pair is meant for the quick start's
# text.
train pair "$work/everyday.txt" --vocab "$work/vocabulary/discriminator/vocab.txt" \
  --set max_steps=5000 batch_size=32 learning_rate=2e-3 temperature=2 \
  hidden_dropout_prob=0 attention_probs_dropout_prob=0 eval_steps=250 sample_every=250 \
  load_best_model_at_end=false

# Weights in half precision, and no more files than an import reads.
python3 - "$work/pair" deploy/quickstart/pair <<'END'
import json, pathlib, shutil, struct, sys

def halve(file):
    """safetensors: the length of a header, the header, numbers."""
    header_size, = struct.unpack_from("<Q", file)
    header = json.loads(file[8:8 + header_size])
    halves = b""
    for name, tensor in header.items():
        if name == "__metadata__":
            continue
        assert tensor["dtype"] == "F32", name
        begin, end = (8 + header_size + offset for offset in tensor["data_offsets"])
        count = (end - begin) // 4
        part = struct.pack(f"<{count}e", *struct.unpack(f"<{count}f", file[begin:end]))
        tensor.update(dtype="F16", data_offsets=[len(halves), len(halves) + len(part)])
        halves += part
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + halves

source, pair = map(pathlib.Path, sys.argv[1:])
shutil.rmtree(pair, ignore_errors=True)
for part in ("generator", "discriminator"):
    (pair / part).mkdir(parents=True)
    for name in ("config.json", "tokenizer_config.json", "vocab.txt"):
        shutil.copyfile(source / part / name, pair / part / name)
    weights = (source / part / "model.safetensors").read_bytes()
    (pair / part / "model.safetensors").write_bytes(halve(weights))
END
du -sh deploy/quickstart/pair
