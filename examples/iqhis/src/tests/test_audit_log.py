from services.audit_log import GENESIS, entry, first_break


def chain(n):
    entries, previous = [], GENESIS
    for i in range(n):
        entries.append(entry(previous, f"2026-01-01T00:00:{i:02}Z", "a.weber", "read", "allowed"))
        previous = entries[-1]["digest"]
    return entries


def test_a_whole_chain_has_no_break():
    assert first_break(chain(5)) is None


def test_a_changed_entry_is_found():
    entries = chain(5)
    entries[2]["actor"] = "somebody.else"
    assert first_break(entries) == 2
