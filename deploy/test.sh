#!/usr/bin/env bash
# Installs what is needed, builds everything and runs every test.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
ELECTRA_TESTS=ON deploy/setup.sh
ctest --preset release -j 2 "$@"
