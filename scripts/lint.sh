#!/usr/bin/env bash
# Everything that can be checked without running a test. Changes nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/swift-sources.sh

echo "layout and style"
swift format lint --strict --parallel --recursive "${swift_sources[@]}" || {
    echo "'make format' mends layout; what it leaves is for you." >&2
    exit 1
}

echo "scripts"
for script in scripts/*.sh Tests/Servers/*.sh .ci/run; do bash -n "$script"; done
python_programs=$(grep -d skip -lE '^#!.*python3' Benchmarks/*/*)
for program in scripts/*.py tools/restorer/*.py Tests/Servers/*.py Benchmarks/*/*.py $python_programs; do
    [ ! -e "$program" ] || python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])' "$program"
done

echo "imports and warnings"
scripts/build.sh debug
echo "lint: nothing found"
