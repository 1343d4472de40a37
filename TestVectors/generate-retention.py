#!/usr/bin/env python3
"""Writes retention-years.json: what 7 daily, 4 weekly, 12 monthly and 7 yearly leave of a backup every four hours, reckoned from the
whole list of backups by the definition, and not day by day."""
import json
import pathlib
from datetime import datetime, timedelta

begin = datetime(2026, 1, 1)
RULES = [(7, lambda t: t.date()), (4, lambda t: t.isocalendar()[:2]), (12, lambda t: (t.year, t.month)), (7, lambda t: t.year)]
cases = []
for year in range(2026, 2034):
    end = datetime(year + 1, 1, 1)
    made = [begin + timedelta(hours=4 * n) for n in range(int((end - begin).days) * 6)]
    kept = {made[-1]}
    for count, period in RULES:
        newest = {}
        for time in made:
            newest[period(time)] = time
        kept.update(sorted(newest.values())[-count:])
    december = sum(1 for t in made if t >= datetime(year, 12, 1))
    cases.append({"month": f"{year}-12", "made": december, "kept": [t.strftime("%Y-%m-%dT%H:%M:%SZ") for t in sorted(kept)]})
text = '{\n"source": "generate-retention.py",\n"cases": [\n' + ",\n".join(json.dumps(c) for c in cases) + "\n]\n}\n"
(pathlib.Path(__file__).parent / "retention-years.json").write_text(text)
