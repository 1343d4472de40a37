#!/usr/bin/env bash
# build.sh release: the program, with Swift's own libraries inside it. build.sh debug: the program and all tests.
# build.sh index-scale, census-scale: the checks of a large index and of a large collection that 'make soak' runs.
# build.sh log-scale: what appending to a transparency log and verifying it costs (docs/audit-log.md).
# build.sh watch-scale: what watching very many directories costs (docs/on-change.md).
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install-dependencies.sh

# A target that imports what it does not declare would be an arrow that nobody decided on.
imports=(--explicit-target-dependency-import-check error)
# Nothing of ours is C++: this is the cryptography of others, swift-crypto's and swift-nio-ssl's. Unoptimised, one scrypt takes two seconds
# instead of a third of one, and most tests wait for little else. Swift and our C stay as they are in a debug build.
optimised_cryptography=(-Xcxx -O2)

case ${1:-release} in
release) swift build -c release --static-swift-stdlib "${imports[@]}" --product safehold ;;
debug) swift build --build-tests "${optimised_cryptography[@]}" "${imports[@]}" ;;
index-scale | census-scale | log-scale | watch-scale) swift build -c release "${imports[@]}" --product "$1" ;;
*)
    echo "usage: $0 [release|debug|index-scale|census-scale|log-scale|watch-scale]" >&2
    exit 2
    ;;
esac
