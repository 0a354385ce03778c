#!/usr/bin/env bash
# Checks the source without running it, and installs the tools for that:
#
#   clang-format            all C++ files
#   the scripts             all, by shellcheck
#   thread-safety analysis  a build by clang (preset `clang`, without tests), warnings as errors
#   clang-tidy              the files that changed since a revision
#
#   deploy/lint.sh                 all of these; REV: main as last fetched, else the last commit
#   deploy/lint.sh --base REV      since REV
#   deploy/lint.sh --format-only   the format alone, in seconds
#
#   ELECTRA_JOBS          compilers at once (default: 2)
#   ELECTRA_TORCH, ELECTRA_TORCH_INDEX, LIBTORCH_ROOT   as in setup.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. deploy/packages.sh

usage() {
  echo "usage: deploy/lint.sh [--format-only | --base REV]" >&2
  exit 2
}

format_only=false
base=
while [ $# -gt 0 ]; do
  case "$1" in
    --format-only) format_only=true ;;
    --base) shift; base=${1:?--base needs a revision} ;;
    *) usage ;;
  esac
  shift
done
jobs=${ELECTRA_JOBS:-2}

# Debian 12 has version 14, whose format is the project's; elsewhere the system's own decides.
clang_format() { command -v clang-format-14 || command -v clang-format; }
clang_format >/dev/null || install_packages clang-format-14 || install_packages clang-format

say "format"
git ls-files -z -- '*.cc' '*.h' |
  xargs -0 -n 64 -P "$jobs" "$(clang_format)" --dry-run -Werror
if $format_only; then exit; fi

# Before the build, so that a mistyped revision costs no time.
: "${base:=$(git merge-base origin/main HEAD 2>/dev/null || echo HEAD~1)}"
base=$(git rev-parse --verify --quiet "$base^{commit}") || {
  echo "no such revision" >&2
  exit 2
}

install_packages clang-14 clang-tidy-14 libomp-14-dev shellcheck
say "scripts"
git ls-files -z -- '*.sh' | xargs -0 shellcheck -x -P SCRIPTDIR
ELECTRA_ONLY=dependencies deploy/setup.sh
say "thread-safety analysis"
cmake --preset clang ${LIBTORCH_ROOT:+-DLIBTORCH_ROOT="$LIBTORCH_ROOT"} \
  >build/configure-clang.log 2>&1 || {
  cat build/configure-clang.log
  exit 1
}
cmake --build --preset clang -j "$jobs"

# The changed files that this build compiles; a header is checked as part of the source of its name.
changed_sources() {
  git diff --name-only --diff-filter=d "$base" -- core server client |
    sed -n 's/\.\(cc\|h\)$/.cc/p' | sort -u |
    while read -r source; do
      if grep -qF "\"file\": \"$PWD/$source\"" build/clang/compile_commands.json; then
        echo "$source"
      fi
    done
}
mapfile -t sources < <(changed_sources)
say "clang-tidy on ${#sources[@]} files that changed since $(git log -1 --format=%h "$base")"
if [ ${#sources[@]} -gt 0 ]; then
  printf '%s\0' "${sources[@]}" |
    xargs -0 -n 1 -P "$jobs" clang-tidy-14 -p build/clang --quiet
fi
