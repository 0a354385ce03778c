#!/usr/bin/env bash
# Builds deploy/Dockerfile without a container engine and takes the image through its life cycle: it
# starts, becomes healthy, trains, is killed, starts again and continues.
#
# Needs root and, from apt, buildah and debootstrap. Instead of Debian's own image it uses a root
# file system that debootstrap makes from the mirror that apt uses here.
#
#   IMAGE_WORK    folder for all of this (default: build/image); the base is made once
#   IMAGE_BUILD   0 takes the image that the last run built
#   IMAGE_TAG     name of the image (default: electrad:test)
#   STORAGE_DRIVER  for buildah (default: overlay where the kernel has it, else vfs, which copies)
#   BUILD_ARGS    more arguments for buildah, as in '--build-arg TORCH_INDEX=... -v /wheels:/wheels:ro'
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(realpath -m "${IMAGE_WORK:-build/image}")
mkdir -p "$work"
tag=localhost/${IMAGE_TAG:-electrad:test}
. deploy/packages.sh
. deploy/images.sh
base_image

if [ "${IMAGE_BUILD:-1}" != 0 ]; then
  say "building the image"
  started=$SECONDS
  # shellcheck disable=SC2086  # several arguments
  buildah bud --layers --format docker --ignorefile deploy/Dockerfile.dockerignore \
    -f deploy/Dockerfile --build-arg DEBIAN_IMAGE=localhost/debian:12 ${BUILD_ARGS:-} \
    -t "$tag" . >"$work/build.log" 2>&1 || { tail -n 40 "$work/build.log"; exit 1; }
  echo "built in $((SECONDS - started)) s"
fi

container=$(buildah from "$tag")
root=$(buildah mount "$container")
daemon=
cleanup() {
  [ -z "$daemon" ] || pkill -9 -P "$daemon" || true
  buildah umount "$container" >/dev/null 2>&1 || true
  buildah rm "$container" >/dev/null 2>&1 || true
}
trap cleanup EXIT
size_of() { du -sm "$@" | cut -f 1; }
echo "size: $(size_of "$root") MB unpacked, $(size_of "$root/usr/lib/electrad") of them libtorch"
buildah inspect --format \
  'user {{.OCIv1.Config.User}}, entrypoint {{.OCIv1.Config.Entrypoint}}, stop signal {{.OCIv1.Config.StopSignal}}, healthcheck {{.Docker.Config.Healthcheck.Test}}' \
  "$container"

# The volume; besides /tmp, the container can write nowhere else.
data=$work/data
rm -rf "$data"
install -d -o 10001 -g 10001 -m 0700 "$data"
port=$((20000 + RANDOM % 20000))
# Runs the command that follows as the image's user, with mounts and processes of its own and a
# read-only root.
# shellcheck disable=SC2016  # the inner shell expands it
inside=(unshare --mount --pid --fork bash -c '
    set -e
    root=$1 data=$2 port=$3; shift 3
    mount --bind "$root" "$root"
    mount --bind "$data" "$root/var/lib/electrad"
    mount -t proc proc "$root/proc"
    mount --bind /dev "$root/dev"
    mount -t tmpfs tmpfs "$root/tmp"
    mount -o remount,ro,bind "$root"
    exec chroot --userspec=10001:10001 "$root" env -i PATH=/usr/bin:/bin LANG=C.UTF-8 \
      ELECTRAD_DATA_DIR=/var/lib/electrad ELECTRAD_LISTEN="127.0.0.1:$port" \
      ELECTRA_SERVER="127.0.0.1:$port" "$@"' bash "$root" "$data" "$port")
electra() { "${inside[@]}" electra "$@"; }

start() {
  "${inside[@]}" electrad --threads 1 >"$work/stdout" 2>>"$work/electrad.log" &
  daemon=$!
  for _ in $(seq 120); do
    if "${inside[@]}" electrad health 2>/dev/null; then return; fi
    kill -0 "$daemon" 2>/dev/null || break
    sleep 0.5
  done
  tail "$work/electrad.log"
  echo "it did not become healthy" >&2
  exit 1
}
process() { pgrep -P "$daemon"; }  # the daemon itself, the first of its own processes
checkpoints() {
  find "$data/$1/checkpoints" -maxdepth 1 -name 'step-*' ! -name '*.unfinished' 2>/dev/null | sort
}

say "starting it as uid 10001 on a read-only root"
: >"$work/electrad.log"
start
echo "healthy: $(cat "$work/stdout")"
! "${inside[@]}" touch /usr/bin/changed 2>/dev/null || { echo "the root is writable" >&2; exit 1; }

say "training tiny through the client"
cp deploy/corpus/computing_ko.txt "$data/corpus.txt"
chown 10001:10001 "$data/corpus.txt"
submit() {
  electra submit --model tiny --corpus /var/lib/electrad/corpus.txt --set batch_size=8 \
    --set max_length=48 --set vocab_size=1000 --set save_steps=5 \
    --set load_best_model_at_end=false --set "max_steps=$1"
}
job=$(submit 20)
electra watch "$job" --lang en --json >"$work/first.events"
electra job show "$job" --lang en | sed -n 's/^STATE/state/p; s/^state/state/p'

say "killing it in the middle of a job"
job=$(submit 400)
until [ -n "$(checkpoints "$job")" ]; do sleep 0.2; done
kill -9 "$(process)"
wait "$daemon" 2>/dev/null || true
echo "killed after $(basename "$(checkpoints "$job" | tail -n 1)")"

say "starting it again"
start
electra watch "$job" --lang en --json >"$work/second.events"
grep -o 'RESUMED from step [0-9]*' "$work/second.events"
grep -q SUCCEEDED "$work/second.events"
echo "$job SUCCEEDED"
kill -TERM "$(process)"
wait "$daemon"
daemon=
tail -n 1 "$work/electrad.log" | grep -o 'event=stopped'
say "the image has passed"
