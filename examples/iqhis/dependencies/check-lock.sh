#!/bin/sh
# Fails when a requirement has no locked version.
set -eu
cd "$(dirname "$0")"
sed 's/[<>=~!].*//' requirements.txt | while read -r name; do
    grep -qi "^$name==" requirements.lock || { echo "$name is not locked" >&2; exit 1; }
done
