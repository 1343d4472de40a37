"""Reporting periods: open, then locked for ever."""
from dataclasses import dataclass, field
from datetime import date


@dataclass
class Period:
    month: date
    locked: bool
    patient_days: dict[str, int] = field(default_factory=dict)
    counts_by_ward: dict[str, dict[str, int]] = field(default_factory=dict)


class PeriodStore:
    def __init__(self, connection):
        self._connection = connection

    def load(self, month: date) -> Period:
        locked, days, counts = self._connection.execute("select * from period_summary(%s)", (month,)).fetchone()
        return Period(month, locked, days, counts)

    def save_indicators(self, month: date, values) -> None:
        with self._connection.transaction():
            for ward, by_name in values.items():
                for name, value in by_name.items():
                    self._connection.execute("insert into indicator values (%s, %s, %s, %s)", (month, ward, name, value))
