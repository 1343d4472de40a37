#!/usr/bin/env python3
"""Makes the vectors that no standard publishes, with an implementation that shares no code with Safehold's.

    python3 generate.py            write the generated files anew; sealed values and ML-DSA signatures are random and change
    python3 generate.py --check    recompute what is deterministic in every file here, and open and verify the rest

Needs Python's `cryptography`, version 48 or later, for ML-DSA and for HPKE with X-Wing. The tests need the JSON files only.
"""
import base64
import hashlib
import hmac
import json
import pathlib
import struct
import sys

import cryptography
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import mldsa, mlkem, x25519
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

HERE = pathlib.Path(__file__).parent
SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
SOURCE = f"TestVectors/generate.py with Python cryptography {cryptography.__version__}, following "


def seeded(label, count=32):
    """Key material that is the same on every run."""
    return hashlib.shake_256(b"safehold test vectors " + label.encode()).digest(count)


def x_wing(seed):
    """The two halves of an X-Wing private key, as docs/format.md section 3 expands them, and the public key's bytes."""
    expanded = hashlib.shake_256(seed).digest(96)
    kem = mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
    curve = x25519.X25519PrivateKey.from_private_bytes(expanded[64:])
    public = kem.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
    return MLKEM768X25519PrivateKey(kem, curve), public


def sealed(key, plaintext, info):
    """HPKE's single shot in base mode with an empty AAD: the encapsulated key, then the ciphertext and its tag."""
    result = SUITE.encrypt(plaintext, key.public_key(), info)
    assert len(result) == 1120 + len(plaintext) + 16
    return result


def encapsulation():
    cases = []
    for number, (plaintext, info) in enumerate([
        (seeded("secret"),
         b"safehold v1 session" + seeded("repository", 16) + seeded("domain", 16) + struct.pack("<IB", 1, 1)),
        (seeded("epoch", 128), b"safehold v1 slot"),
        (seeded("administrator", 64), b""),
    ]):
        seed = seeded(f"recipient {number}")
        key, public = x_wing(seed)
        cases.append({"seed": seed.hex(), "public": public.hex(), "info": info.hex(), "plaintext": plaintext.hex(),
                      "sealed": sealed(key, plaintext, info).hex()})
    return "sections 1 and 3: HPKE with X-Wing, HKDF-SHA-256, AES-256-GCM", cases


def hybrid_signature():
    cases = []
    messages = [b"", b"safehold v1 signature\x00SHCOMMT1" + bytes(range(16)), seeded("long message", 5000)]
    for number, message in enumerate(messages):
        seeds = seeded(f"signer {number}", 64)
        first = Ed25519PrivateKey.from_private_bytes(seeds[:32])
        second = mldsa.MLDSA65PrivateKey.from_seed_bytes(seeds[32:])
        public = first.public_key().public_bytes_raw() + second.public_key().public_bytes_raw()
        cases.append({"seeds": seeds.hex(), "public": public.hex(), "fingerprint": hashlib.sha256(public).hexdigest(),
                      "message": message.hex(), "signature": (first.sign(message) + second.sign(message)).hex()})
    return "section 2: Ed25519, then ML-DSA-65 with an empty context", cases


def signed_notes():
    """A checkpoint with the lines of a log and of a witness."""
    long_type = b"safehold-ml-dsa-65-cosignature-v1"
    time = 1750000000
    text = "example.com/log\n70000\n" + base64.b64encode(hashlib.sha256(b"root").digest()).decode() + "\n"
    stamp, dated = struct.pack(">Q", time), b"time %d\n" % time + text.encode()
    cases = []
    for role, name in [("log", "example.com/log"), ("witness", "example.com/witness")]:
        seeds = seeded(f"notes of a {role}", 64)
        first = Ed25519PrivateKey.from_private_bytes(seeds[:32])
        second = mldsa.MLDSA65PrivateKey.from_seed_bytes(seeds[32:])
        classical = first.sign(text.encode()) if role == "log" else stamp + first.sign(b"cosignature/v1\n" + dated)
        lattice = stamp + second.sign(long_type + b"\nname " + name.encode() + b"\n" + dated)
        vkeys, lines = [], []
        for kind, key, signature in [(b"\x01" if role == "log" else b"\x04", first, classical),
                                     (b"\xff" + long_type, second, lattice)]:
            public = kind + key.public_key().public_bytes_raw()
            key_id = hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]
            vkeys.append(f"{name}+{key_id.hex()}+{base64.b64encode(public).decode()}")
            lines.append(f"\u2014 {name} {base64.b64encode(key_id + signature).decode()}\n")
        cases.append({"role": role, "name": name, "seeds": seeds.hex(), "time": time, "text": text, "vkeys": vkeys,
                      "lines": lines})
    return "and docs/audit-log.md, signed notes", cases


def chunk_identity():
    cases = []
    for kind in range(1, 8):
        key, plaintext = seeded("chunk-id key"), seeded(f"plaintext {kind}", 100 * (kind - 1))
        digest = hashlib.sha256(plaintext).digest()
        cases.append({"key": key.hex(), "type": kind, "plaintext": plaintext.hex(), "digest": digest.hex(),
                      "id": hmac.digest(key, bytes([kind]) + digest, "sha256").hex()})
    return "section 4: chunk ids", cases


def object_key():
    cases = []
    for kind, label in [(1, b"safehold v1 data key"), (2, b"safehold v1 structure key")]:
        secret, salt = seeded(f"session secret {kind}"), seeded(f"object {kind}", 16)
        derived = HKDF(hashes.SHA256(), 64, salt, label).derive(secret)
        nonce = struct.pack(">IQ", kind - 1, 136 + kind)
        aad, plaintext = b"SHBLOB01" + salt, seeded(f"frame {kind}", 333)
        cases.append({"kind": kind, "secret": secret.hex(), "object": salt.hex(), "commitment": derived[32:].hex(),
                      "nonceDomain": kind - 1, "nonceNumber": 136 + kind,
                      "aad": aad.hex(), "plaintext": plaintext.hex(),
                      "sealed": AESGCM(derived[:32]).encrypt(nonce, plaintext, aad).hex()})
    return "sections 3 and 4: keys of an object, and a value sealed under each", cases


def epoch_secrets():
    secrets = seeded("epoch secrets", 128)
    commitment = hashlib.sha256(b"safehold v1 domain keys" + secrets[64:]).hexdigest()
    return "section 3: plaintext of an epoch slot and what the bundle says of it", [{
        "encoded": secrets.hex(), "data": x_wing(secrets[:32])[1].hex(), "structure": x_wing(secrets[32:64])[1].hex(),
        "commitment": commitment, "plaintext": b"a chunk".hex(),
        "id": hmac.digest(secrets[64:96], b"\x01" + hashlib.sha256(b"a chunk").digest(), "sha256").hex()}]


def passphrase():
    repository, recipient = seeded("repository", 16), seeded("recipient", 16)
    seed, salt, words = seeded("recipient seed"), seeded("scrypt salt"), "correct horse battery staple äöü".encode()
    derived = Scrypt(salt, 64, 1 << 15, 8, 1).derive(words)
    aad = b"safehold v1 recipient" + repository + recipient
    return "section 3: a passphrase recipient", [{
        "passphrase": words.hex(), "salt": salt.hex(), "logN": 15, "r": 8, "p": 1, "commitment": derived[32:].hex(),
        "aad": aad.hex(), "seed": seed.hex(), "sealed": AESGCM(derived[:32]).encrypt(bytes(12), seed, aad).hex()}]


def times(a, b):
    """The product in GF(2^8) with x^8 + x^4 + x^3 + x + 1."""
    product = 0
    for bit in range(8):
        if b >> bit & 1:
            product ^= a << bit
    for bit in range(14, 7, -1):
        if product >> bit & 1:
            product ^= 0x11B << (bit - 8)
    return product


def escrow_share():
    cases = []
    for threshold, shares in [(2, 3), (3, 5), (2, 2), (5, 9), (255, 255)]:
        label = f"escrow {threshold} of {shares}"
        secret, recipient = seeded(label), seeded(label + " recipient", 16)
        coefficients = [secret] + [seeded(f"{label} coefficient {i}") for i in range(1, threshold)]
        printed = []
        for x in range(1, shares + 1):
            value = bytearray(32)
            for coefficient in reversed(coefficients):
                value = bytearray(times(v, x) ^ c for v, c in zip(value, coefficient))
            body = bytes([threshold, shares, x]) + recipient + value
            printed.append("SAFEHOLD-SHARE-1:" + (body + hashlib.sha256(body).digest()[:4]).hex())
        cases.append({"threshold": threshold, "shares": shares, "recipient": recipient.hex(), "secret": secret.hex(),
                      "printed": printed})
    return "section 3: an escrow recipient", cases


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def fields(values):
    """(tag, value) pairs as docs/signatures.md has them: integers are 64 bits, lists are counted."""
    out = b""
    for tag, value in sorted(values.items()):
        if isinstance(value, int):
            value = struct.pack("<q", value)
        elif isinstance(value, str):
            value = value.encode()
        elif isinstance(value, list):
            items = [item.encode() if isinstance(item, str) else item for item in value]
            value = varint(len(items)) + b"".join(varint(len(item)) + item for item in items)
        out += varint(tag) + varint(len(value)) + value
    return out


def hybrid(label):
    """A hybrid key: what signs, and the public bytes."""
    seeds = seeded(label, 64)
    ed25519 = Ed25519PrivateKey.from_private_bytes(seeds[:32])
    post_quantum = mldsa.MLDSA65PrivateKey.from_seed_bytes(seeds[32:])
    public = ed25519.public_key().public_bytes_raw() + post_quantum.public_key().public_bytes_raw()
    return (lambda message: ed25519.sign(message) + post_quantum.sign(message)), public


def electronic_signature():
    authority, authority_public = hybrid("authority")
    sign, public = hybrid("signer")
    content, person, signed_at = "restore test 17: passed".encode(), seeded("person", 16), 1_790_000_000_123_456_789
    certificate = fields({
        1: person, 2: "Jürgen Vogt", 3: public, 4: signed_at - 10**15, 5: signed_at + 10**15})
    record = fields({
        1: "Ed25519+ML-DSA-65 over SHA-256", 2: seeded("signature", 16), 3: person, 4: "Jürgen Vogt",
        5: ["auditor", "compliance-officer"], 6: "review", 7: "I have read the report.", 8: signed_at,
        9: "America/St_Johns", 10: -150, 11: "restore-test", 12: "17", 13: 3, 14: "text/plain",
        15: hashlib.sha256(content).digest(), 16: seeded("rendering"), 17: seeded("login", 16),
        18: ["identifier", "password", "second-factor"], 19: 1, 20: seeded("nonce"), 21: [seeded("earlier", 16)],
        22: hashlib.sha256(public).digest()})
    whole = fields({
        1: record, 2: fields({1: certificate, 2: authority(b"safehold v1 signer" + certificate)}),
        3: sign(b"safehold v1 electronic signature" + record)})
    return "docs/signatures.md", [{
        "authority": authority_public.hex(), "content": content.hex(), "record": record.hex(),
        "signature": whole.hex()}]


GENERATED = {
    "encapsulation": encapsulation, "hybrid-signature": hybrid_signature, "signed-notes": signed_notes,
    "chunk-identity": chunk_identity,
    "object-key": object_key, "epoch-secrets": epoch_secrets, "passphrase": passphrase, "escrow-share": escrow_share,
    "electronic-signature": electronic_signature,
}


def stored(name):
    return json.loads((HERE / f"{name}.json").read_text())["cases"]


def binary(case, *names):
    return [bytes.fromhex(case[name]) for name in names]


def check_published():
    for case in stored("sha256"):
        assert hashlib.sha256(bytes.fromhex(case["message"]) * case["repeated"]).hexdigest() == case["digest"]
    for case in stored("hmac-sha256"):
        key, message = binary(case, "key", "message")
        assert hmac.new(key, message, "sha256").hexdigest().startswith(case["mac"])
    for case in stored("hkdf-sha256"):
        secret, salt, info, output = binary(case, "secret", "salt", "info", "output")
        assert HKDF(hashes.SHA256(), len(output), salt, info).derive(secret) == output
    for case in stored("aes-256-gcm"):
        key, nonce, plaintext, aad = binary(case, "key", "nonce", "plaintext", "aad")
        assert AESGCM(key).encrypt(nonce, plaintext, aad).hex() == case["ciphertext"] + case["tag"]
    for case in stored("scrypt"):
        words, salt, output = binary(case, "passphrase", "salt", "output")
        assert Scrypt(salt, 64, 1 << case["logN"], case["r"], case["p"]).derive(words) == output
    for case in stored("ed25519"):
        seed, public, message, signature = binary(case, "seed", "public", "message", "signature")
        key = Ed25519PrivateKey.from_private_bytes(seed)
        assert key.public_key().public_bytes_raw() == public and key.sign(message) == signature


    for case in stored("hotp"):
        assert one_time_code(bytes.fromhex(case["secret"]), case["counter"], "sha1", 6) == case["code"]
    for case in stored("totp"):
        secret, hash_name = bytes.fromhex(case["secret"]), case["algorithm"].lower()
        assert one_time_code(secret, case["seconds"] // 30, hash_name, case["digits"]) == case["code"]


def one_time_code(secret, counter, hash_name, digits):
    """RFC 4226, section 5.3."""
    mac = hmac.new(secret, struct.pack(">Q", counter), hash_name).digest()
    start = mac[-1] & 15
    value = struct.unpack(">I", mac[start:start + 4])[0] & 0x7FFFFFFF
    return str(value % 10**digits).zfill(digits)


def check_generated():
    for name in set(GENERATED) - {"encapsulation", "hybrid-signature", "signed-notes", "electronic-signature"}:
        assert stored(name) == GENERATED[name]()[1], name
    for case in stored("encapsulation"):
        seed, public, info, plaintext, value = binary(case, "seed", "public", "info", "plaintext", "sealed")
        key, expected = x_wing(seed)
        assert public == expected and SUITE.decrypt(value, key, info) == plaintext
        try:
            SUITE.decrypt(value, key, info + b"x")
            raise AssertionError("opened under another info")
        except InvalidTag:
            pass
    for case in stored("electronic-signature"):
        assert case["record"] == electronic_signature()[1][0]["record"]
    for case in stored("hybrid-signature"):
        public, message, signature = binary(case, "public", "message", "signature")
        Ed25519PublicKey.from_public_bytes(public[:32]).verify(signature[:64], message)
        mldsa.MLDSA65PublicKey.from_public_bytes(public[32:]).verify(signature[64:], message)
    for case, fresh in zip(stored("signed-notes"), signed_notes()[1], strict=True):
        # The second line is by ML-DSA, which signs otherwise each time.
        assert case["lines"][0] == fresh["lines"][0] and case["vkeys"] == fresh["vkeys"] and case["text"] == fresh["text"]
        public = base64.b64decode(case["vkeys"][1].split("+", 2)[2])
        signed = base64.b64decode(case["lines"][1].split()[2])[4:]
        message = public[1:-1952] + f"\nname {case['name']}\ntime {case['time']}\n{case['text']}".encode()
        assert struct.unpack(">Q", signed[:8])[0] == case["time"]
        mldsa.MLDSA65PublicKey.from_public_bytes(public[-1952:]).verify(signed[8:], message)


if __name__ == "__main__":
    if "--check" not in sys.argv:
        for name, make in GENERATED.items():
            section, cases = make()
            place = section if section.startswith("docs/") else "docs/format.md, " + section
            text = json.dumps({"source": SOURCE + place, "cases": cases}, indent=1) + "\n"
            (HERE / f"{name}.json").write_text(text)
    check_published()
    check_generated()
    print("every vector holds")
