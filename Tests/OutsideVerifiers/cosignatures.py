"""Verifies a witness's Ed25519 cosignatures (C2SP tlog-cosignature v1) with the package `cryptography`, and with nothing of ours.

Usage: cosignatures.py VKEYS FOLDER. The first line of VKEYS is the witness's Ed25519 key; every checkpoint below FOLDER is looked at. Prints how many
signatures of the witness hold; ends with an error at the first that does not.
"""

import base64
import hashlib
import pathlib
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

with open(sys.argv[1], encoding="utf-8") as vkeys:
    name, ident, encoded = vkeys.readline().strip().split("+", 2)
key = base64.b64decode(encoded)
assert key[0] == 4, "a cosignature's key"
assert hashlib.sha256(name.encode() + b"\n" + key).hexdigest()[:8] == ident, "the id of the key"
public = Ed25519PublicKey.from_public_bytes(key[1:])

found = 0
for path in pathlib.Path(sys.argv[2]).glob("*/[0-9]*/*"):
    text, lines = path.read_text(encoding="utf-8").rsplit("\n\n", 1)
    for line in lines.splitlines():
        _, signer, data = line.split(" ")
        signature = base64.b64decode(data)
        if signer != name or signature[:4].hex() != ident:
            continue
        time = int.from_bytes(signature[4:12], "big")
        public.verify(signature[12:], f"cosignature/v1\ntime {time}\n{text}\n".encode())
        found += 1
print(found)
