#!/usr/bin/env python3
"""count-tests.py STATUS UNITTEST-OUTPUT XUNIT-FILE…: names what failed and ends with 'N passed, N failed[, N skipped]'.

STATUS is that of the Swift test run: a run that ended badly without reporting a failure (a crash) counts as one. Files that are not
there are runs that did not take place. Fails when a test failed or none ran.
"""
import os
import re
import sys
import xml.etree.ElementTree as xml

status, unittest_output, reports = int(sys.argv[1]), sys.argv[2], [path for path in sys.argv[3:] if os.path.exists(path)]
passed = failed = skipped = 0
for report in reports:
    for case in xml.parse(report).iter("testcase"):
        if case.find("skipped") is not None:
            skipped += 1
        elif case.find("failure") is not None or case.find("error") is not None:
            failed += 1
            print("failed: %s/%s" % (case.get("classname"), case.get("name")))
            for what in case.findall("failure") + case.findall("error"):
                print("  %s" % (what.get("message") or what.text or "").strip()[:2000])
        else:
            passed += 1
if status != 0 and failed == 0:
    print("failed: the Swift tests ended with status %d before all could report" % status)
    failed += 1

if os.path.exists(unittest_output):
    with open(unittest_output, errors="replace") as file:
        said = file.read()
    ran = re.search(r"^Ran (\d+) tests?", said, re.M)
    counts = {name: int(n) for name, n in re.findall(r"(failures|errors|skipped)=(\d+)", said)}
    bad = counts.get("failures", 0) + counts.get("errors", 0)
    if not ran:
        print("failed: the restorer's tests did not run")
        failed += 1
    else:
        failed += bad
        skipped += counts.get("skipped", 0)
        passed += max(0, int(ran.group(1)) - bad - counts.get("skipped", 0))

print("%d passed, %d failed%s" % (passed, failed, ", %d skipped" % skipped if skipped else ""))
sys.exit(1 if failed or passed == 0 else 0)
