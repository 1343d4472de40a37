"""Quality events and their versions. A version is never changed; a correction is a new version."""
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Event:
    id: int
    version: int
    ward: str
    happened_at: datetime
    harm: str
    text: str
    reporter: str | None


class EventStore:
    def __init__(self, connection):
        self._connection = connection

    def without_proposal(self) -> Iterator[Event]:
        rows = self._connection.execute(
            """select e.id, e.version, e.ward, e.happened_at, e.harm, e.text, e.reporter
                 from event_version e left join proposal p using (id, version)
                where p.id is null order by e.happened_at"""
        )
        return (Event(*row) for row in rows)

    def add_proposal(self, proposal) -> None:
        self._connection.execute(
            "insert into proposal (id, category, priority, reasons) values (%s, %s, %s, %s) on conflict do nothing",
            (proposal.event_id, proposal.category, proposal.priority, list(proposal.reasons)),
        )

    def call_reviewer_on_duty(self, event: Event) -> None:
        self._connection.execute("select call_reviewer(%s)", (event.id,))
