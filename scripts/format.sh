#!/usr/bin/env bash
# Lays out every Swift source; layout is decided by .swift-format and nothing else.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/swift-sources.sh
swift format format --in-place --parallel --recursive "${swift_sources[@]}"
