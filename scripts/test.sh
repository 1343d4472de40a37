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

report=.build/test-results.xml
rm -f "$report" "${report%.xml}-swift-testing.xml"
status=0
swift test --skip-build --parallel --disable-xctest --xunit-output "$report" "$@" || status=$?

python3 scripts/count-tests.py "$status" "$restorer_said" "$report" "${report%.xml}-swift-testing.xml"
