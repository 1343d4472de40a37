#!/usr/bin/env bash
# The long runs in full. 'make test' runs the same tests with smaller counts; SAFEHOLD_SOAK=1 is what makes the difference.
# Without arguments also an index of 10^8 chunks, and a collection of as many, each within 256 MiB of memory; they need 6 GB below TMPDIR.
set -euo pipefail
cd "$(dirname "$0")/.."
export SAFEHOLD_SOAK=1

if [ $# -eq 0 ]; then
    scripts/build.sh index-scale
    scripts/build.sh census-scale
    folder=$(mktemp -d "${TMPDIR:-/tmp}/safehold-index-scale.XXXXXX")
    trap 'rm -rf "$folder"' EXIT
    .build/release/index-scale 100000000 "$folder/repository"
    rm -rf "$folder"/*
    .build/release/census-scale 100000000 "$folder"
    rm -rf "$folder"
fi
exec scripts/test.sh "$@"
