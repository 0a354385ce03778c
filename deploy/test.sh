#!/usr/bin/env bash
# Installs what is needed, builds everything and runs every test.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. deploy/packages.sh
ELECTRA_TESTS=ON deploy/setup.sh
started=$SECONDS
status=0
ctest --preset release -j 2 "$@" || status=$?
say "built in $(cat build/built-in), tested in $(duration $((SECONDS - started)))"
exit $status
