#!/usr/bin/env bash
# Fuzzes one target: tests/fuzz/run.sh TARGET [RUNS] [SECONDS]. Ends at whichever comes first; 0 is
# no bound. New inputs and findings stay in build/fuzz/found/TARGET; a next run, with another SEED,
# goes on from them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
target=$1
runs=${2:-10000000}
seconds=${3:-3600}
found=$PWD/build/fuzz/found/$target
mkdir -p "$found/corpus" "$found/tmp"
# Targets that read folders write them in memory where there is such a place.
if [ -d /dev/shm ]; then export TMPDIR=/dev/shm; else export TMPDIR=$found/tmp; fi
# What was freed is watched for a while, and remembers where: less of both, for twice the inputs.
export ASAN_OPTIONS=${ASAN_OPTIONS:-quarantine_size_mb=16:malloc_context_size=4}
exec "build/fuzz/bin/${target}_fuzz" -runs="$((runs == 0 ? -1 : runs))" \
  -max_total_time="$seconds" -max_len="${MAX_LEN:-4096}" -rss_limit_mb=1024 -malloc_limit_mb=256 \
  -timeout="${TIMEOUT:-10}" -print_final_stats=1 -artifact_prefix="$found/" -seed="${SEED:-1}" \
  "$found/corpus" "tests/fuzz/seeds/$target"
