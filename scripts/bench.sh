#!/usr/bin/env bash
# Measures Safehold beside its peers: all in one run, medians, the same corpora. WORK is where corpora, repositories and
# results go (a local disk with room: about 25 GiB for everything at full scale). Peers are found on PATH, or fetched into
# WORK/peers when FETCH_PEERS=1. TOOLS, CORPORA and SCALE narrow the run, as Benchmarks/peers/README.md explains.
# Kernels (chunking, ids, compression, sealing, walking, index) are measured as well where Benchmarks/Package.swift is there.
set -euo pipefail
cd "$(dirname "$0")/.."

work=${WORK:-}
if [ -z "$work" ]; then
    echo "bench: say where: make bench WORK=/some/fast/disk" >&2
    exit 2
fi
mkdir -p "$work"
work=$(cd "$work" && pwd -P)

scripts/build.sh release
[ "${FETCH_PEERS:-}" != 1 ] || Benchmarks/peers/get-peers "$work/peers"
export PATH="$work/peers/bin:$PATH"

results=$work/results-$(date -u +%Y%m%dT%H%M%SZ).jsonl
arguments=(--work "$work/run" --out "$results" --corpora "${CORPORA:-source,bigfile,manysmall}"
    --scale "${SCALE:-source=1,bigfile=0.5,manysmall=0.5}")
[ -z "${TOOLS:-}" ] || arguments+=(--tools "$TOOLS")
Benchmarks/peers/bench-peers "${arguments[@]}"
Benchmarks/peers/bench-peers --table "$results"
echo "Raw results: $results"

if [ -e Benchmarks/Package.swift ]; then
    (cd Benchmarks && swift package --disable-sandbox benchmark --no-progress)
fi
