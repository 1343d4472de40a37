#!/usr/bin/env python3
"""Writes time-zones.json and due-times.json with Python's zoneinfo and a second, plain reckoning of due times."""
import json
import pathlib
import platform
from datetime import date, datetime, timedelta, timezone
from zoneinfo import TZPATH, ZoneInfo

HERE = pathlib.Path(__file__).parent
UTC = timezone.utc
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca",
         "Asia/Kathmandu", "America/Sao_Paulo", "Europe/Dublin", "America/St_Johns"]


def seconds(moment):
    return int((moment - EPOCH).total_seconds())


def offset(zone, time):
    return int((EPOCH + timedelta(seconds=time)).astimezone(zone).utcoffset().total_seconds())


def changes(zone, begin, end, step=7 * 86400):
    """The first second of each new offset."""
    found = []
    for low in range(begin, end, step):
        high = low + step
        while offset(zone, low) != offset(zone, high):
            a, b = low, high
            while b - a > 1:
                middle = (a + b) // 2
                a, b = (middle, b) if offset(zone, middle) == offset(zone, a) else (a, middle)
            found.append(b)
            low = b
    return found


def zone_case(name):
    path = next(p for p in (pathlib.Path(root) / name for root in TZPATH) if p.exists())
    zone = ZoneInfo(name)
    times = [seconds(datetime(y, m, 15, 12, tzinfo=UTC)) for y in range(1915, 2200, 7) for m in (1, 4, 7, 10)]
    for begin, end in ((1960, 1975), (1990, 2030), (2090, 2100)):
        for at in changes(zone, seconds(datetime(begin, 1, 1, tzinfo=UTC)), seconds(datetime(end, 1, 1, tzinfo=UTC))):
            times += [at - 1, at]
    return {"zone": name, "file": path.read_bytes().hex(), "offsets": [[t, offset(zone, t)] for t in sorted(set(times))]}


def due(zone, begin, end, minutes, hours, fits, everyHour=False):
    """What docs/schedules.md says, day by day and minute by minute of the clock."""
    result = set()
    day = (begin - timedelta(days=2)).date()
    gaps = [(at, at + offset(zone, at - 1), at + offset(zone, at))
            for at in changes(zone, seconds(begin) - 3 * 86400, seconds(end) + 3 * 86400)]
    while day <= (end + timedelta(days=2)).date():
        if fits(day):
            for hour in hours:
                for minute in minutes:
                    local = int((datetime(day.year, day.month, day.day, hour, minute) - datetime(1970, 1, 1)).total_seconds())
                    found = []
                    for fold in (0, 1):
                        t = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone, fold=fold)
                        s = seconds(t.astimezone(UTC))
                        if s + offset(zone, s) == local and s not in found:
                            found.append(s)
                    if found and everyHour:
                        result.update(found)
                    elif found:
                        result.add(min(found))
                    elif not everyHour:
                        result.update(at for at, low, high in gaps if low <= local < high)
        day += timedelta(days=1)
    return sorted(t for t in result if seconds(begin) < t <= seconds(end))


ALL = range(24)
SCHEDULES = [
    ("0 0 * * *", [0], [0], lambda d: True, False),
    ("30 2 * * *", [30], [2], lambda d: True, False),
    ("15 1 * * sun", [15], [1], lambda d: d.isoweekday() == 7, False),
    ("*/30 * * * *", [0, 30], ALL, lambda d: True, True),
    ("10 */4 * * *", [10], range(0, 24, 4), lambda d: True, False),
    ("0 3 13 * fri", [0], [3], lambda d: d.day == 13 or d.isoweekday() == 5, False),
    ("0 3 */9 * fri", [0], [3], lambda d: d.day in (1, 10, 19, 28) and d.isoweekday() == 5, False),
    ("0 12 29 2 *", [0], [12], lambda d: d.month == 2 and d.day == 29, False),
    ("quarterly on 1 at 02:30", [30], [2], lambda d: d.day == 1 and d.month in (1, 4, 7, 10), False),
]


def checksum(times):
    """FNV-1a of the decimal digits, each number with a line feed after it."""
    value = 0xCBF29CE484222325
    for byte in "".join(f"{t}\n" for t in times).encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{value:016x}"


def due_case(name, schedule):
    text, minutes, hours, fits, every = schedule
    begin, end = datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
    zone = ZoneInfo(name)
    times = due(zone, begin, end, minutes, hours, fits, every)
    near = changes(zone, seconds(datetime(2021, 1, 1, tzinfo=UTC)), seconds(datetime(2022, 1, 1, tzinfo=UTC)))
    shown = [t for t in times if any(abs(t - at) < 2 * 86400 for at in near)] or times[:8]
    return {"zone": name, "schedule": text, "after": seconds(begin), "through": seconds(end), "count": len(times),
            "checksum": checksum(times), "some": shown[:12]}


def write(name, source, cases):
    (HERE / name).write_text(
        '{\n"source": ' + json.dumps(source) + ',\n"cases": [\n' + ",\n".join(json.dumps(c) for c in cases) + "\n]\n}\n")


version = f"Python {platform.python_version()}'s zoneinfo; generate-schedules.py"
write("time-zones.json", version, [zone_case(name) for name in ZONES])
write("due-times.json", version + " reckons due times by itself",
      [due_case(name, schedule) for name in ZONES if name != "Pacific/Apia" for schedule in SCHEDULES])
