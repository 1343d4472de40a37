"""Verifies an electronic signature by docs/signatures.md alone: signature-check.py AUTHORITY FILE SIGNATURE

Nothing in it is ours but how the bytes are laid out. Prints who signed, when and with what meaning, or ends with 1."""

import hashlib
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey


def number(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            return value, at


def fields(data):
    at, found = 0, {}
    while at < len(data):
        tag, at = number(data, at)
        count, at = number(data, at)
        if found and tag <= max(found) or at + count > len(data):
            raise ValueError("not in its one encoding")
        found[tag], at = data[at:at + count], at + count
    return found


def hold(key, signatures, message):
    Ed25519PublicKey.from_public_bytes(key[:32]).verify(signatures[:64], message)
    MLDSA65PublicKey.from_public_bytes(key[32:]).verify(signatures[64:], message)


def main(authority, file, signature):
    lines = [line for line in open(authority) if not line.startswith("#")]
    whole = fields(open(signature, "rb").read())
    record, certificate = fields(whole[1]), fields(whole[2])
    certified = fields(certificate[1])
    hold(bytes.fromhex(lines[0].strip()), certificate[2], b"safehold v1 signer" + certificate[1])
    hold(certified[3], whole[3], b"safehold v1 electronic signature" + whole[1])
    signed_at, begins, ends = (int.from_bytes(x, "little", signed=True) for x in (record[8], certified[4], certified[5]))
    if record[1] != b"Ed25519+ML-DSA-65 over SHA-256" or record[3] != certified[1] or not begins <= signed_at <= ends:
        raise ValueError("another way of signing, another person, or outside of the certificate's time")
    if record[22] != hashlib.sha256(certified[3]).digest():
        raise ValueError("another key")
    if record[15] != hashlib.sha256(open(file, "rb").read()).digest():
        raise ValueError("the file is not what was signed")
    print(record[4].decode(), signed_at, record[9].decode(), record[6].decode())


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (InvalidSignature, ValueError, KeyError, IndexError) as problem:
        sys.exit(f"refused: {problem!r}")
