#!/usr/bin/env bash
# Compiles core/model/cpu and its tests for Arm's NEON and runs them in an emulator: their results
# are checked, not their speed. Downloads Debian's arm64 packages of Highway and GoogleTest into a
# folder of its own; the system's packages stay as they are.
#
#   apt-get install g++-aarch64-linux-gnu qemu-user
#   tests/bench/neon.sh [FOLDER]        keeps what it downloads and builds in FOLDER
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
for tool in aarch64-linux-gnu-g++ qemu-aarch64; do
  if ! command -v "$tool" >/dev/null; then
    echo "neon.sh: $tool is missing: apt-get install g++-aarch64-linux-gnu qemu-user" >&2
    exit 2
  fi
done
work=${1:-}
if [ -z "$work" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
fi
mkdir -p "$work"/{lists/partial,cache/archives/partial,debs,objects}
work=$(cd "$work" && pwd)

# apt with lists and a cache of its own, for arm64.
apt_arm() {
  apt-get -qq -o APT::Architecture=arm64 -o APT::Architectures::=arm64 -o APT::Sandbox::User=root \
    -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" "$@"
}
if [ ! -e "$work/arm/usr/include/hwy" ]; then
  apt_arm update
  (cd "$work/debs" && apt_arm download libhwy1 libhwy-dev libgtest-dev)
  for deb in "$work"/debs/*.deb; do dpkg-deb -x "$deb" "$work/arm"; done
fi

# The definitions are those of core/model/cpu/CMakeLists.txt.
flags=$(sed -n '/target_compile_definitions/,/)$/p' "$root/core/model/cpu/CMakeLists.txt" |
  tr -d '\n' | sed 's/.*PRIVATE//; s/)$//; s/\\(/(/g; s/\\)/)/g')
definitions=()
for flag in $flags; do definitions+=("-D$flag"); done
libraries=$work/arm/usr/lib/aarch64-linux-gnu
objects=()
for source in "$root"/core/model/cpu/*.cc \
  "$root"/tests/core/model/{cpu_kernels,kernels_agree,encoder_layer,team}_test.cc; do
  object=$work/objects/$(basename "$source" .cc).o
  objects+=("$object")
  [ "$object" -nt "$source" ] && continue
  echo "neon.sh: compiling ${source#"$root/"}"
  aarch64-linux-gnu-g++ -std=c++20 -O2 -ffp-contract=fast -fno-math-errno -fopenmp -Wall -Wextra \
    -Wconversion -Werror -Wno-missing-field-initializers "${definitions[@]}" \
    -I"$root" -isystem "$work/arm/usr/include" -c "$source" -o "$object"
done
aarch64-linux-gnu-g++ -fopenmp "${objects[@]}" "$libraries"/libgtest.a "$libraries"/libgtest_main.a \
  "$libraries"/libhwy.so -Wl,-rpath,"$libraries" -o "$work/kernels_test"
qemu-aarch64 -L /usr/aarch64-linux-gnu "$work/kernels_test"
