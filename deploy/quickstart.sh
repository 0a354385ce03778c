#!/usr/bin/env bash
# From a fresh checkout to a model that learns before your eyes: installs, builds, starts electrad,
# and adapts the pair of networks in deploy/quickstart/pair, which was trained on sentences about
# everyday subjects, to sentences about computing.
#
# The daemon outlives the script. While it runs, another run of the script gives it another job; when
# it does not, a run begins with an empty data folder, build/quickstart.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. deploy/packages.sh

bin=build/release/bin
if [ -x "$bin/electrad" ] && [ -x "$bin/electra" ]; then
  echo "It is built already, so training begins at once and takes a minute or two."
else
  cat <<'END'
The first run takes about a quarter of an hour, longer where the network is slow:
  - Debian packages (compiler, gRPC, SQLite, ICU) and PyTorch, by pip: 0.2 GB for processors
    alone, 3 GB with CUDA; ELECTRA_TORCH_INDEX names the package index
  - the build: 11 minutes on two cores, since C++ that includes PyTorch or gRPC compiles slowly;
    ELECTRA_JOBS=N takes more cores, with 2 GB of memory each
  - training before your eyes: a minute or two
END
fi
deploy/setup.sh

data_dir=build/quickstart
# Its first line on stdout, once it serves, is `listening on HOST:PORT`.
address_of() { sed -n 's/^listening on //p' "$data_dir/stdout"; }

if [ -e "$data_dir/electrad.lock" ] && ! flock --nonblock "$data_dir/electrad.lock" true; then
  daemon=$(cat "$data_dir/pid")
  say "the electrad of an earlier run still serves at $(address_of) (process $daemon): it takes the job"
else
  rm -rf "$data_dir"
  mkdir -p "$data_dir"
  # In a session of its own: Ctrl-C and a closed terminal end the view, not the daemon.
  setsid "$bin/electrad" --data-dir "$data_dir" --listen 127.0.0.1:0 --log-level warning \
    </dev/null >"$data_dir/stdout" 2>"$data_dir/electrad.log" &
  daemon=$!
  echo "$daemon" >"$data_dir/pid"
  until [ -n "$(address_of)" ]; do
    kill -0 "$daemon" 2>/dev/null || { cat "$data_dir/electrad.log"; exit 1; }
    sleep 0.1
  done
fi
export ELECTRA_SERVER
ELECTRA_SERVER=$(address_of)
python3 deploy/quickstart/sentences.py deploy/quickstart/computing.txt >"$data_dir/computing.txt"
"$bin/electra" model list | grep '^quickstart\b' >/dev/null ||
  "$bin/electra" model import quickstart --generator deploy/quickstart/pair/generator \
    --discriminator deploy/quickstart/pair/discriminator

job=$("$bin/electra" submit --config deploy/quickstart/job.yaml)
status=0
"$bin/electra" watch "$job" || status=$?

case $status in
  0)
    "$bin/electra" job show "$job" --json | python3 -c '
import json, sys
job = json.load(sys.stdin)
print("\nOn sentences that were held out, before and after:")
for key, name, unit in (("combined_loss", "combined loss", 1),
                        ("discriminator_recall", "fakes caught, %", 100),
                        ("discriminator_precision", "suspicions right, %", 100)):
    before, after = (job[f"{when}_evaluation"].get(key) or 0 for when in ("first", "last"))
    print(f"  {name:20}{unit * before:8.2f}{unit * after:8.2f}")'
    ;;
  130) printf '\nThe job goes on.\n' ;;
  *) exit "$status" ;;
esac
id=${job#jobs/}
cat <<END

Built in $(cat build/built-in), to here in $(duration $SECONDS). electrad runs on. In this folder:

  export PATH=$PWD/$bin:\$PATH ELECTRA_SERVER=$ELECTRA_SERVER

  electra watch $id                             # look again
  electra report $id --html quickstart.html     # the run as a page for a browser
  electra try $id --text "데이터베이스를 처음 배우는 사람은 테이블과 인덱스를 먼저 익혀야 한다."
  electra model download $id quickstart-model   # two Hugging Face directories
  $(printf %-55s "kill $daemon")# stop electrad

  electra submit --corpus books.csv --column sen --model small --watch    # your own text
END
