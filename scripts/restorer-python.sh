#!/usr/bin/env bash
# Prints a Python interpreter that can run tools/restorer/restore.py; fails when there is none.
set -euo pipefail
cd "$(dirname "$0")/.."

needs='
import zstandard
from cryptography.hazmat.primitives.asymmetric import mldsa
from cryptography.hazmat.primitives.hpke import KEM
KEM.MLKEM768_X25519
'
for python in "${SAFEHOLD_PYTHON:-}" "$PWD/.build/python-venv/bin/python3" python3 /usr/bin/python3; do
    if [ -n "$python" ] && "$python" -c "$needs" 2>/dev/null; then
        command -v "$python"
        exit 0
    fi
done
exit 1
