"""What a law changes for a request that is none of access: hand-counted dates, like test_dates.py."""

from __future__ import annotations

from datetime import datetime

import pytest

from dsar.deadlines import REGIMES, ClockReading, Kind, NoExtensionError, Pause, legal_clock, of_kind, regime_of
from tests.deadlines.test_dates import cases

# Received | 15 business days.
OPT_OUTS = """
    2026-01-01 | 2026-01-23    received on a holiday; Martin Luther King's birthday, 19 January
    2026-02-06 | 2026-03-02    Washington's birthday, 16 February
    2026-03-02 | 2026-03-23    no holiday
    2026-03-07 | 2026-03-27    received on a Saturday
    2026-05-15 | 2026-06-08    Memorial Day, 25 May
    2026-06-05 | 2026-06-29    Juneteenth, a Friday
    2026-06-26 | 2026-07-17    Independence Day, a Saturday: Friday 3 July counts
    2026-11-06 | 2026-12-01    Veterans Day and Thanksgiving
    2026-12-18 | 2027-01-12    Christmas and New Year, both Fridays
    2028-11-03 | 2028-11-28    Veterans Day on Friday 10 November by both calendars; Thanksgiving
"""


def clock(regime: str, kind: Kind, day: str, *, extended: bool = False) -> ClockReading:
    noon = datetime.fromisoformat(f"{day}T12:00+00:00")
    return legal_clock(of_kind(regime, kind), received_at=noon, zone="UTC", now=noon, extended=extended)


@pytest.mark.parametrize(("received", "due"), cases(OPT_OUTS))
def test_california_gives_15_business_days_to_an_opt_out(received: str, due: str) -> None:
    reading = clock("ccpa", Kind.OPT_OUT, received)
    assert str(reading.due_at.date()) == due
    assert [line.source for line in reading.trace] == ["11 CCR §7026(f), §7027(g)"]
    assert reading.duties == (), "nothing to confirm, nothing to extend"


def test_an_opt_out_is_not_extended() -> None:
    with pytest.raises(NoExtensionError, match="CCPA/CPRA knows no extension"):
        clock("ccpa", Kind.OPT_OUT, "2026-03-02", extended=True)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("regime", sorted(set(REGIMES) - {"ccpa"}))
def test_no_other_law_has_a_term_of_its_own_for_one(regime: str, kind: Kind) -> None:
    assert of_kind(regime, kind).term == REGIMES[regime].term


@pytest.mark.parametrize("regime", REGIMES)
def test_access_is_what_a_law_says_at_first(regime: str) -> None:
    assert of_kind(regime, Kind.ACCESS) == REGIMES[regime]


@pytest.mark.parametrize(
    ("kind", "due"), [(Kind.ACCESS, "2026-04-07"), (Kind.OPT_OUT, "2026-04-02"), (Kind.OTHER, "2026-04-02")]
)
def test_the_british_clock_stops_for_access_alone(kind: Kind, due: str) -> None:
    received, asked, told = (datetime.fromisoformat(f"2026-03-{day}T12:00+00:00") for day in ("02", "05", "10"))
    pause = Pause(asked, "which account is meant", told, is_clarification=True)
    reading = legal_clock(of_kind("uk", kind), received_at=received, zone="UTC", now=told, pauses=[pause])
    assert str(reading.due_at.date()) == due


@pytest.mark.parametrize(("kind", "duties"), [(Kind.ACCESS, 1), (Kind.OPT_OUT, 0), (Kind.OTHER, 0)])
def test_brazil_wants_a_simplified_answer_to_access_alone(kind: Kind, duties: int) -> None:
    assert len(clock("lgpd", kind, "2026-03-02").duties) == duties


@pytest.mark.parametrize(("kind", "strictest"), [(Kind.ACCESS, "gdpr"), (Kind.OPT_OUT, "ccpa"), (Kind.OTHER, "gdpr")])
def test_which_law_is_the_strictest_depends_on_what_is_asked(kind: Kind, strictest: str) -> None:
    noon = datetime.fromisoformat("2026-03-02T12:00+00:00")
    choice = regime_of(residence="", defaults=["gdpr", "ccpa"], kind=kind, received_at=noon, zone="UTC")
    assert choice.regime == strictest


def test_a_law_that_there_is_not_is_none() -> None:
    with pytest.raises(KeyError):
        of_kind("hipaa", Kind.OTHER)
