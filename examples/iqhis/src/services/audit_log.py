"""Append-only audit log; every entry carries the digest of the one before."""
import hashlib
import json

GENESIS = "0" * 64


def entry(previous: str, at: str, actor: str, event: str, outcome: str, **more) -> dict:
    body = {"previous": previous, "at": at, "actor": actor, "event": event, "outcome": outcome, **more}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return {**body, "digest": hashlib.sha256(text.encode()).hexdigest()}


def first_break(entries) -> int | None:
    """The position of the first entry that does not follow from the one before; None when the chain is whole."""
    previous = GENESIS
    for position, stored in enumerate(entries):
        body = {k: v for k, v in stored.items() if k not in ("digest", "previous")}
        if stored["previous"] != previous or entry(previous, **body)["digest"] != stored["digest"]:
            return position
        previous = stored["digest"]
    return None
