import pytest
from datetime import date

from agents.indicator_agent import indicators, rate
from services.periods import Period


def test_rate_per_thousand_patient_days():
    assert rate(3, 1500) == 2.0
    assert rate(3, 0) is None


def test_open_periods_are_refused():
    with pytest.raises(ValueError):
        indicators(Period(date(2026, 1, 1), locked=False))
