"""Proposes a category and a priority for a new event. Proposes only: a reviewer decides."""
from dataclasses import dataclass

from services.events import Event, EventStore

SENTINEL = {"F", "G", "H", "I"}  # NCC MERP: harm that needed intervention, or worse


@dataclass(frozen=True)
class Proposal:
    event_id: int
    category: str
    priority: int
    reasons: tuple[str, ...]


def propose(event: Event, words_by_category: dict[str, set[str]]) -> Proposal:
    words = set(event.text.lower().split())
    scored = sorted(((len(words & known), name) for name, known in words_by_category.items()), reverse=True)
    best = scored[0] if scored and scored[0][0] else (0, "unclassified")
    reasons = tuple(sorted(words & words_by_category.get(best[1], set())))
    priority = 1 if event.harm in SENTINEL else 2 if event.harm in {"D", "E"} else 3
    return Proposal(event.id, best[1], priority, reasons)


def run_once(store: EventStore, words_by_category: dict[str, set[str]]) -> int:
    """One pass over what waits. Safe to repeat: a proposal is written once per version of an event."""
    waiting = list(store.without_proposal())
    for event in waiting:
        if event.harm in SENTINEL:
            store.call_reviewer_on_duty(event)
        store.add_proposal(propose(event, words_by_category))
    return len(waiting)
