"""Electronic signatures after 21 CFR 11.50: who, when, and what it means, bound to the digest of a version."""
import hashlib
import json

MEANINGS = ("author", "reviewed", "approved", "released")


def digest_of(record: dict) -> str:
    canonical = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def sign(record: dict, signer: str, meaning: str, at: str, second_factor_passed: bool) -> dict:
    if meaning not in MEANINGS:
        raise ValueError(f"{meaning!r} is not a meaning of a signature")
    if not second_factor_passed:
        raise PermissionError("a signature needs the second factor, also within a session")
    return {"record": digest_of(record), "signer": signer, "meaning": meaning, "at": at}
