#!/usr/bin/env bash
# Installs what the build needs and builds. Called by quickstart.sh and test.sh; a second run
# installs and rebuilds nothing that is there.
#
#   ELECTRA_TORCH         what pip installs as torch, or a wheel (default: torch==2.13.0)
#   ELECTRA_TORCH_INDEX   another package index for it (pip's --index-url)
#   LIBTORCH_ROOT         an unpacked libtorch; then no torch is installed
#   ELECTRA_JOBS          compilers at once (default: 2)
#   ELECTRA_TESTS         ON builds the tests too
#   ELECTRA_ONLY          dependencies: installs them and builds nothing
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. deploy/packages.sh

packages=(g++ cmake ninja-build ccache pkg-config python3 python3-venv
          libgrpc++-dev protobuf-compiler protobuf-compiler-grpc libprotobuf-dev libabsl-dev
          libsqlite3-dev libsqlitecpp-dev libspdlog-dev libicu-dev libcli11-dev gettext
          nlohmann-json3-dev libtoml11-dev libyaml-cpp-dev libssl-dev libcurl4-openssl-dev libhwy-dev
          libzstd-dev zlib1g-dev ca-certificates prometheus-cpp-dev libgloo-dev libcpp-httplib-dev)
if [ "${ELECTRA_TESTS:-OFF}" = ON ]; then
  packages+=(libgtest-dev libgmock-dev libbenchmark-dev openssl sqlite3 chromium zsh fish groff-base
             man-db tmux procps iproute2)
fi

install_packages "${packages[@]}"

# Unpacked and not installed: its package would start a service.
if [ "${ELECTRA_TESTS:-OFF}" = ON ] && ! command -v promtool >/dev/null &&
  [ ! -x build/prometheus/usr/bin/promtool ]; then
  say "unpacking prometheus into build/prometheus"
  mkdir -p build/prometheus
  as_root apt-get update -q
  for package in prometheus promtool; do  # one package in Debian 12
    apt-cache show "$package" >/dev/null 2>&1 || continue
    (cd build/prometheus && apt-get download -q "$package" && dpkg-deb -x "$package"_*.deb . &&
      rm "$package"_*.deb)
  done
fi

venv=build/venv
pip_install() {
  "$venv/bin/pip" install --quiet --disable-pip-version-check "$@"
}
has_module() {
  "$venv/bin/python3" -c "import importlib.util, sys; sys.exit(importlib.util.find_spec('$1') is None)"
}

if [ ! -x "$venv/bin/pip" ]; then
  say "making $venv"
  mkdir -p build
  python3 -m venv "$venv"
fi
if [ -z "${LIBTORCH_ROOT:-}" ] && ! has_module torch; then
  say "installing ${ELECTRA_TORCH:-torch==2.13.0} into $venv"
  pip_install ${ELECTRA_TORCH_INDEX:+--index-url "$ELECTRA_TORCH_INDEX"} \
    "${ELECTRA_TORCH:-torch==2.13.0}"
fi
if [ "${ELECTRA_TESTS:-OFF}" = ON ] && ! has_module transformers; then
  say "installing the oracles of the tests into $venv"
  has_module torch || pip_install "${ELECTRA_TORCH:-torch==2.13.0}"
  pip_install numpy transformers tokenizers safetensors
fi
# To read the exports, and to make a client from proto/.
if [ "${ELECTRA_TESTS:-OFF}" = ON ] && ! { has_module mlflow && has_module grpc_reflection; }; then
  say "installing readers of exports and grpcio into $venv"
  pip_install numpy pyarrow tensorboard mlflow-skinny grpcio grpcio-tools grpcio-reflection
fi
# To execute notebooks, for the Python package.
if [ "${ELECTRA_TESTS:-OFF}" = ON ] && ! { has_module nbclient && has_module pandas; }; then
  say "installing nbclient and pandas into $venv"
  pip_install setuptools nbclient ipykernel pandas
fi
# The oldest transformers that downloads must load in. It needs an older numpy than today's; torch
# comes from the first environment, which follows its own in the search path.
# Python 3.13 lacks wheels of its requirements; there, the oldest version that has them is tested.
old=(transformers==4.40.2 'numpy<2')
"$venv/bin/python3" -c 'import sys; sys.exit(sys.version_info < (3, 13))' &&
  old=(transformers==4.46.3 numpy)
old_version=${old[0]#*==}
old_venv=build/venv-transformers-${old_version%.*}
if [ "${ELECTRA_TESTS:-OFF}" = ON ] && [ ! -e "$old_venv/complete" ]; then
  say "installing ${old[0]} into $old_venv"
  python3 -m venv "$old_venv"
  "$old_venv/bin/pip" install --quiet --disable-pip-version-check "${old[@]}"
  "$venv/bin/python3" -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
    >"$("$old_venv/bin/python3" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/torch.pth"
  touch "$old_venv/complete"
fi

[ "${ELECTRA_ONLY:-}" != dependencies ] || exit 0

say "building"
started=$SECONDS
# The settings of an existing cache file are the user's: tests are switched on, never off.
options=()
[ -f build/release/CMakeCache.txt ] || options+=(-DELECTRA_BUILD_TESTS="${ELECTRA_TESTS:-OFF}")
[ "${ELECTRA_TESTS:-OFF}" = ON ] && options+=(-DELECTRA_BUILD_TESTS=ON)
[ -z "${LIBTORCH_ROOT:-}" ] || options+=(-DLIBTORCH_ROOT="$LIBTORCH_ROOT")
cmake --preset release "${options[@]}" >build/configure.log 2>&1 || {
  cat build/configure.log
  exit 1
}
cmake --build --preset release -j "${ELECTRA_JOBS:-2}"
duration $((SECONDS - started)) >build/built-in  # for the caller's last line
say "built in $(cat build/built-in)"
