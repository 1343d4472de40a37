#!/usr/bin/env bash
# The long runs in full. 'make test' runs the same tests with smaller counts; SAFEHOLD_SOAK=1 is what makes the difference.
set -euo pipefail
cd "$(dirname "$0")/.."
export SAFEHOLD_SOAK=1
exec scripts/test.sh "$@"
