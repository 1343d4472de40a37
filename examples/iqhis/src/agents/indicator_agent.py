"""Computes the monthly indicators from locked periods."""
from datetime import date

from services.periods import Period, PeriodStore

PER_THOUSAND_PATIENT_DAYS = 1000


def rate(events: int, patient_days: int) -> float | None:
    """Events per 1,000 patient days; None where nobody was on the ward."""
    return None if patient_days == 0 else round(events * PER_THOUSAND_PATIENT_DAYS / patient_days, 2)


def indicators(period: Period) -> dict[str, dict[str, float | None]]:
    if not period.locked:
        raise ValueError(f"the period {period.month:%Y-%m} is not locked: its indicators may still change")
    return {
        ward: {name: rate(count, period.patient_days[ward]) for name, count in counts.items()}
        for ward, counts in period.counts_by_ward.items()
    }


def report(store: PeriodStore, month: date) -> None:
    store.save_indicators(month, indicators(store.load(month)))
