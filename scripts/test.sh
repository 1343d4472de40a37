#!/usr/bin/env bash
# Builds and runs all tests; arguments go to 'swift test' (for instance: scripts/test.sh --filter Restore).
# The last line is 'N passed, N failed', with ', N skipped' where some were.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/build.sh debug

report=.build/test-results.xml
rm -f "$report" "${report%.xml}-swift-testing.xml"
SAFEHOLD_PYTHON=$(scripts/restorer-python.sh || true)
export SAFEHOLD_PYTHON

status=0
swift test --skip-build --parallel --disable-xctest --xunit-output "$report" "$@" || status=$?

python3 - "$status" "$report" "${report%.xml}-swift-testing.xml" <<'P'
import os, sys, xml.etree.ElementTree as xml

status, paths = int(sys.argv[1]), [p for p in sys.argv[2:] if os.path.exists(p)]
total = failed = skipped = 0
names = []
for path in paths:
    for case in xml.parse(path).iter("testcase"):
        total += 1
        if case.find("skipped") is not None:
            skipped += 1
        elif case.find("failure") is not None or case.find("error") is not None:
            failed += 1
            names.append("%s/%s" % (case.get("classname"), case.get("name")))
if not paths:
    print("The test run ended (status %d) before it could report." % status)
for name in names:
    print("failed: " + name)
if status != 0 and failed == 0:
    failed = 1
print("%d passed, %d failed%s" % (max(0, total - len(names) - skipped), failed, ", %d skipped" % skipped if skipped else ""))
sys.exit(1 if failed or total == 0 else 0)
P
