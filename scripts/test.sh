#!/usr/bin/env bash
# Builds and runs all tests; arguments go to 'swift test' (for instance: scripts/test.sh --filter Restore) and leave the restorer's out.
# The last line is 'N passed, N failed', with ', N skipped' where some were.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! scripts/install-dependencies.sh --for-tests || ! scripts/build.sh debug; then
    echo "failed: the build, or what it needs"
    echo "0 passed, 1 failed"
    exit 1
fi

SAFEHOLD_PYTHON=$(scripts/restorer-python.sh || true)
export SAFEHOLD_PYTHON PYTHONDONTWRITEBYTECODE=1

restorer_said=.build/test-restorer.txt
rm -f "$restorer_said"
if [ $# -eq 0 ]; then
    "${SAFEHOLD_PYTHON:-python3}" -m unittest discover -s tools/restorer/tests 2>&1 | tee "$restorer_said" || true
fi

status=0
rm -f .build/test-*.xml
tested() { # tested NAME ARGUMENTS…: leaves its report as .build/test-NAME.xml
    swift test --skip-build --ignore-lock --parallel --disable-xctest --xunit-output ".build/test-$1.xml" "${@:2}"
}
if [ $# -gt 0 ]; then
    tested chosen "$@" || status=$?
else
    # Side by side: tests of the program wait for servers, disks and clocks, those of the rooms for processors. Two cannot plan at once.
    tested rooms --skip '^AcceptanceTests\.' >.build/test-rooms.txt 2>&1 &
    rooms=$!
    until grep -q "Test run started" .build/test-rooms.txt || ! kill -0 "$rooms" 2>/dev/null; do sleep 1; done
    tested program --filter '^AcceptanceTests\.' | tee .build/test-program.txt || status=$?
    wait "$rooms" || status=$?
    cat .build/test-rooms.txt
    grep -h '^figure: ' .build/test-program.txt .build/test-rooms.txt || true
fi

python3 scripts/count-tests.py "$status" "$restorer_said" .build/test-*.xml
