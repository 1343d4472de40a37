#!/usr/bin/env python3
"""unexplained.py SOURCE RESTORED EXCUSED: of the lines of 'diff -rq' and 'rsync --itemize-changes' on standard input, those that nothing
excuses. EXCUSED is a file of source paths, each ended by a NUL: what changed after the backup, or cannot be read by whoever compares.

A line is excused when the entry that it names is in the list; when it lies in a directory of the list that was not restored; or
when it is gone from the source and its directory is in the list.
"""
import os
import re
import sys

source, restored = (os.fsencode(path).rstrip(b"/") for path in sys.argv[1:3])
with open(sys.argv[3], "rb") as file:
    excused = set(file.read().split(b"\0")) - {b""}

# Follows from what was named before it, or from there being nothing to compare in a directory that cannot be read.
consequence = re.compile(rb"rsync error: .* \(code 2[34]\)|.*IO error encountered -- skipping file deletion|rsync warning: ")
itemized = re.compile(rb"(?:[<>ch.*][fdLDS]\S{9}|\*deleting) +(.*)$")


def named(line):
    """The source's path of the entry that a line is about, or None."""
    item = itemized.match(line)
    if item:
        name = re.sub(rb"\\#([0-7]{3})", lambda match: bytes([int(match[1], 8)]), item[1])
        for arrow in (b" -> ", b" => "):
            if not os.path.lexists(source + b"/" + name.rstrip(b"/")):
                name = name.split(arrow)[0]
        return source + b"/" + name.rstrip(b"/") if name != b"./" else source
    only = re.match(rb"Only in (.*?): (.*)$", line)
    path = only[1] + b"/" + only[2] if only else None
    if path is None:
        match = re.search(b"(" + re.escape(source) + b"|" + re.escape(restored) + rb")(/.*?)?(?= and /| differ| is an? |\"|: |$)", line)
        path = match[0] if match else None
    if path is not None and (path + b"/").startswith(restored + b"/"):
        path = source + path[len(restored):]
    return path


def is_excused(path):
    if path in excused:
        return True
    if not os.path.lexists(path) and os.path.dirname(path) in excused:
        return True
    above = os.path.dirname(path)
    while above.startswith(source + b"/"):
        if above in excused and not os.path.lexists(restored + above[len(source):]):
            return True
        above = os.path.dirname(above)
    return False


for line in sys.stdin.buffer.read().splitlines():
    if consequence.match(line):
        continue
    path = named(line)
    if path is None or not is_excused(path):
        sys.stdout.buffer.write(line + b"\n")
