#!/usr/bin/env bash
# Runs engine_bench and a bench of peers in turn, three times, and prints the engine's ratios to each
# peer: of the medians of tokens a second, and of peak memory.
#
#   compare.sh PEERS.py CORPUS.csv COLUMN VOCAB [engine_bench's options]
#
# PEERS.py CORPUS.txt --vocab FILE --model M --batch N --maxlen N --steps N --threads N --peers NAME
# prints a line "NAME ... N tokens/s ...". Peers named hf-... are those of peers_more.py: `hf` of
# PEERS.py with batches sorted by length, and under torch.compile. Environment: PEERS (default
# "hf hf-sorted hf-compiled seed"), ROUNDS (3), BENCH (build/release/bin/engine_bench), PYTHON
# (build/venv/bin/python3).
set -euo pipefail
if [ $# -lt 4 ]; then
  sed -n '2,11s/^# \{0,1\}//p' "$0"
  exit 2
fi
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bench=${BENCH:-$root/build/release/bin/engine_bench}
python=${PYTHON:-$root/build/venv/bin/python3}
peers_py=$1 corpus=$2 column=$3 vocab=$4
shift 4
model=small batch=16 max_length=128 steps=12 threads=2 isa=()
while [ $# -gt 0 ]; do
  case $1 in
    --model) model=$2 ;;
    --batch) batch=$2 ;;
    --max-length) max_length=$2 ;;
    --steps) steps=$2 ;;
    --threads) threads=$2 ;;
    --isa) isa=(--isa "$2") ;;
    *) echo "compare.sh: unknown argument $1" >&2; exit 2 ;;
  esac
  shift 2
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$python" - "$corpus" "$column" >"$work/corpus.txt" <<'PYTHON'
import csv
import sys

with open(sys.argv[1], encoding="utf-8", newline="") as file:
    for row in csv.DictReader(file):
        print(" ".join(row[sys.argv[2]].split()))
PYTHON

# Runs a command and adds its peak resident memory in MB to the line that it prints.
measured() {
  "$python" - "$@" <<'PYTHON'
import resource
import subprocess
import sys

output = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, text=True, check=True).stdout
line = [l for l in output.splitlines() if "tokens/s\tloss" in l][-1]
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print(f"{line}\tresident {peak:.0f} MB", flush=True)
PYTHON
}

for _ in $(seq "${ROUNDS:-3}"); do
  measured "$bench" --corpus "$corpus" --column "$column" --vocab "$vocab" --model "$model" \
    --batch "$batch" --max-length "$max_length" --steps "$steps" --threads "$threads" "${isa[@]}"
  for peer in ${PEERS:-hf hf-sorted hf-compiled seed}; do
    script=("$peers_py")
    [[ $peer != hf-* ]] || script=("$root/tests/bench/peers_more.py" "$peers_py")
    measured "$python" "${script[@]}" "$work/corpus.txt" --vocab "$vocab" --model "$model" \
      --batch "$batch" --maxlen "$max_length" --steps "$steps" --threads "$threads" --peers "$peer"
  done
done | tee "$work/lines"

"$python" - "$work/lines" <<'PYTHON'
import re
import statistics
import sys

speed, memory = {}, {}
for line in open(sys.argv[1], encoding="utf-8"):
    name = line.split("\t")[0]
    speed.setdefault(name, []).append(float(re.search(r"([\d.]+) tokens/s", line)[1]))
    memory.setdefault(name, []).append(float(re.search(r"resident (\d+) MB", line)[1]))
for name in speed:
    if name != "engine":
        ratio = statistics.median(speed["engine"]) / statistics.median(speed[name])
        share = max(memory["engine"]) / max(memory[name])
        print(f"engine / {name}\t{ratio:.2f} x tokens/s\t{share:.2f} x peak memory")
PYTHON
