"""What each law's calendar says, by dates that were counted by hand on a calendar, never by the code under test."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dsar.deadlines import REGIMES, ClockReading, Regime, legal_clock, register_begins, register_until
from dsar.deadlines.regimes import GDPR

# Received at noon UTC | one month later | three months later. GDPR and the UK count alike.
MONTHS = """
    2026-01-15 | 2026-02-16 | 2026-04-15    15 February is a Sunday
    2026-01-28 | 2026-03-02 | 2026-04-28    28 February is a Saturday
    2026-01-29 | 2026-03-02 | 2026-04-29    no 29 February this year
    2026-01-30 | 2026-03-02 | 2026-04-30
    2026-01-31 | 2026-03-02 | 2026-04-30    no 31 April: three months from receipt, not from 2 March
    2026-02-01 | 2026-03-02 | 2026-05-01    1 March is a Sunday
    2026-02-28 | 2026-03-30 | 2026-05-28    the 28th, not the last of March; a Saturday
    2026-03-01 | 2026-04-01 | 2026-06-01
    2026-03-30 | 2026-04-30 | 2026-06-30
    2026-03-31 | 2026-04-30 | 2026-06-30
    2026-04-30 | 2026-06-01 | 2026-07-30    30 May is a Saturday
    2026-05-31 | 2026-06-30 | 2026-08-31
    2026-06-30 | 2026-07-30 | 2026-09-30
    2026-07-31 | 2026-08-31 | 2026-11-02    31 October is a Saturday
    2026-08-31 | 2026-09-30 | 2026-11-30
    2026-09-30 | 2026-10-30 | 2026-12-30
    2026-10-31 | 2026-11-30 | 2027-02-01    31 January is a Sunday
    2026-11-30 | 2026-12-30 | 2027-03-01    28 February is a Sunday
    2026-12-31 | 2027-02-01 | 2027-03-31
    2024-01-29 | 2024-02-29 | 2024-04-29    a leap year
    2024-01-30 | 2024-02-29 | 2024-04-30
    2024-01-31 | 2024-02-29 | 2024-04-30
    2024-02-29 | 2024-03-29 | 2024-05-29    Good Friday moves nothing
    2024-11-30 | 2024-12-30 | 2025-02-28
    2027-01-31 | 2027-03-01 | 2027-04-30    28 February is a Sunday
    2027-11-30 | 2027-12-30 | 2028-02-29    into a leap year
    2028-01-31 | 2028-02-29 | 2028-05-01    30 April is a Sunday
    2028-02-29 | 2028-03-29 | 2028-05-29
    2027-12-29 | 2028-01-31 | 2028-03-29    29 January is a Saturday
    2026-09-03 | 2026-10-05 | 2026-12-03    3 October is a Saturday
    2024-09-03 | 2024-10-03 | 2024-12-03    the ICO's example
    2026-12-25 | 2027-01-25 | 2027-03-25
    2026-11-25 | 2026-12-25 | 2027-02-25    Christmas moves nothing
"""

# Received | 10 business days | 45 calendar days | 90 calendar days. A holiday by both calendars is no business day.
CALIFORNIA = """
    2026-01-01 | 2026-01-15 | 2026-02-15 | 2026-04-01    received on a holiday; 15 February is a Sunday and stays
    2026-01-15 | 2026-01-30 | 2026-03-01 | 2026-04-15    Martin Luther King's birthday, 19 January
    2026-01-31 | 2026-02-13 | 2026-03-17 | 2026-05-01    received on a Saturday
    2026-02-10 | 2026-02-25 | 2026-03-27 | 2026-05-11    Washington's birthday, 16 February
    2026-03-02 | 2026-03-16 | 2026-04-16 | 2026-05-31    no holiday
    2026-04-11 | 2026-04-24 | 2026-05-26 | 2026-07-10    no holiday, from a Saturday
    2026-05-20 | 2026-06-04 | 2026-07-04 | 2026-08-18    Memorial Day, 25 May; 4 July is a Saturday and stays
    2026-06-12 | 2026-06-29 | 2026-07-27 | 2026-09-10    Juneteenth, a Friday
    2026-06-26 | 2026-07-10 | 2026-08-10 | 2026-09-24    Independence Day, a Saturday: Friday 3 July counts
    2026-08-31 | 2026-09-15 | 2026-10-15 | 2026-11-29    Labor Day, 7 September
    2026-10-05 | 2026-10-20 | 2026-11-19 | 2027-01-03    Columbus Day, 12 October
    2026-11-05 | 2026-11-20 | 2026-12-20 | 2027-02-03    Veterans Day, 11 November
    2026-11-20 | 2026-12-07 | 2027-01-04 | 2027-02-18    Thanksgiving, 26 November; the day after it counts
    2026-12-18 | 2027-01-05 | 2027-02-01 | 2027-03-18    Christmas and New Year, both Fridays
    2027-06-14 | 2027-06-28 | 2027-07-29 | 2027-09-12    Juneteenth, a Saturday: Friday 18 June counts
    2027-06-28 | 2027-07-13 | 2027-08-12 | 2027-09-26    Independence Day observed on Monday 5 July
    2027-12-20 | 2028-01-03 | 2028-02-03 | 2028-03-19    Christmas and New Year, Saturdays: both Fridays count
    2033-06-15 | 2033-06-29 | 2033-07-30 | 2033-09-13    Juneteenth, a Sunday: California moves it nowhere
    2028-01-15 | 2028-01-31 | 2028-02-29 | 2028-04-14    45 days end on a leap day
    2028-01-16 | 2028-01-31 | 2028-03-01 | 2028-04-15    received on a Sunday
    2028-11-03 | 2028-11-20 | 2028-12-18 | 2029-02-01    Veterans Day observed on Friday 10 November
    2024-01-15 | 2024-01-29 | 2024-02-29 | 2024-04-14    received on a holiday; a leap year
    2024-01-16 | 2024-01-30 | 2024-03-01 | 2024-04-15
    2020-06-15 | 2020-06-29 | 2020-07-30 | 2020-09-13    before there was Juneteenth
    2023-01-01 | 2023-01-17 | 2023-02-15 | 2023-04-01    New Year observed on Monday; King's birthday, 16 January
"""

# Received | 15 days. No day is moved.
BRAZIL = """
    2026-01-01 | 2026-01-16
    2026-01-16 | 2026-01-31    a Saturday stays
    2026-01-17 | 2026-02-01    a Sunday stays
    2026-02-13 | 2026-02-28
    2026-02-14 | 2026-03-01
    2026-02-20 | 2026-03-07
    2024-02-14 | 2024-02-29    a leap year
    2024-02-15 | 2024-03-01
    2028-02-20 | 2028-03-06
    2026-04-30 | 2026-05-15
    2026-06-05 | 2026-06-20
    2026-08-31 | 2026-09-15
    2026-10-17 | 2026-11-01
    2026-12-16 | 2026-12-31
    2026-12-17 | 2027-01-01    New Year stays
    2026-12-31 | 2027-01-15
"""

# Received | 30 days | 60 days. No day is moved.
CANADA = """
    2026-01-01 | 2026-01-31 | 2026-03-02    31 January is a Saturday
    2026-01-29 | 2026-02-28 | 2026-03-30
    2026-01-30 | 2026-03-01 | 2026-03-31    1 March is a Sunday
    2026-01-31 | 2026-03-02 | 2026-04-01
    2026-03-01 | 2026-03-31 | 2026-04-30
    2026-05-31 | 2026-06-30 | 2026-07-30
    2026-06-01 | 2026-07-01 | 2026-07-31    Canada Day stays
    2026-07-31 | 2026-08-30 | 2026-09-29
    2026-09-15 | 2026-10-15 | 2026-11-14
    2026-11-25 | 2026-12-25 | 2027-01-24    Christmas stays
    2026-12-02 | 2027-01-01 | 2027-01-31
    2026-12-31 | 2027-01-30 | 2027-03-01
    2024-01-30 | 2024-02-29 | 2024-03-30    a leap year
    2024-01-31 | 2024-03-01 | 2024-03-31
    2024-02-29 | 2024-03-30 | 2024-04-29
    2028-01-30 | 2028-02-29 | 2028-03-30
"""

# Law | zone | received | the last second, in that zone.
ZONES = """
    gdpr | Europe/Berlin | 2026-02-28T22:30Z | 2026-03-30T23:59:59+02:00    the 28th there; a Saturday
    gdpr | Europe/Berlin | 2026-02-28T23:30Z | 2026-04-01T23:59:59+02:00    the next day there
    gdpr | Europe/Berlin | 2025-12-31T23:00Z | 2026-02-02T23:59:59+01:00    the next year there
    gdpr | Europe/Berlin | 2026-09-25T10:00Z | 2026-10-26T23:59:59+01:00    from the Sunday on which an hour comes twice
    gdpr | Pacific/Kiritimati | 2026-01-31T10:00Z | 2026-03-02T23:59:59+14:00    1 February there
    gdpr | Pacific/Pago_Pago | 2026-02-01T10:59Z | 2026-03-02T23:59:59-11:00    31 January there
    uk | Europe/London | 2026-02-28T23:59Z | 2026-03-30T23:59:59+01:00    past the Sunday on which an hour is skipped
    uk | Europe/London | 2026-06-30T22:59Z | 2026-07-30T23:59:59+01:00
    uk | Europe/London | 2026-06-30T23:00Z | 2026-08-03T23:59:59+01:00    1 July there; 1 August is a Saturday
    uk | Europe/London | 2026-09-25T12:00Z | 2026-10-26T23:59:59+00:00
    ccpa | America/Los_Angeles | 2026-01-22T07:59Z | 2026-03-07T23:59:59-08:00    the 21st there
    ccpa | America/Los_Angeles | 2026-01-22T08:00Z | 2026-03-08T23:59:59-07:00    ends on the day that lacks an hour
    ccpa | America/Los_Angeles | 2026-09-17T12:00Z | 2026-11-01T23:59:59-08:00    ends on the day of 25 hours
    ccpa | America/New_York | 2026-01-22T07:59Z | 2026-03-08T23:59:59-04:00    the same moment, three hours east
    lgpd | America/Sao_Paulo | 2026-03-01T02:59Z | 2026-03-15T23:59:59-03:00    28 February there
    lgpd | America/Sao_Paulo | 2026-03-01T03:00Z | 2026-03-16T23:59:59-03:00
    pipeda | America/Toronto | 2026-03-01T04:59Z | 2026-03-30T23:59:59-04:00    28 February there
    pipeda | America/Toronto | 2026-03-01T05:00Z | 2026-03-31T23:59:59-04:00
    pipeda | America/Toronto | 2026-10-03T03:59Z | 2026-11-01T23:59:59-05:00    ends on the day of 25 hours
    pipeda | America/St_Johns | 2026-03-01T03:29Z | 2026-03-30T23:59:59-02:30    half an hour from its neighbours
"""


def cases(table: str) -> list[list[str]]:
    """Return the rows; what stands after four blanks is a remark."""
    rows = [line.strip().split("    ")[0] for line in table.strip().splitlines()]
    return [[cell.strip() for cell in row.split("|")] for row in rows]


def clock(regime: str, day: str, *, extended: bool = False) -> ClockReading:
    noon = datetime.fromisoformat(f"{day}T12:00+00:00")
    reading = legal_clock(REGIMES[regime], received_at=noon, zone="UTC", now=noon, extended=extended)
    assert reading.trace[-1].at == reading.due_at, "the trace leads to the date"
    assert all(line.text and line.source for line in [*reading.trace, *reading.duties])
    return reading


def test_there_are_enough_of_them() -> None:
    months, california, canada = (len(cases(table)) for table in (MONTHS, CALIFORNIA, CANADA))
    dates = 2 * 2 * months + 3 * california + len(cases(BRAZIL)) + 2 * canada + len(cases(ZONES))
    assert dates >= 200


@pytest.mark.parametrize("regime", ["gdpr", "uk"])
@pytest.mark.parametrize(("received", "due", "extended"), cases(MONTHS))
def test_a_month_and_three(regime: str, received: str, due: str, extended: str) -> None:
    reading, longer = clock(regime, received), clock(regime, received, extended=True)
    assert [str(item.due_at.date()) for item in (reading, longer)] == [due, extended]
    assert [str(duty.at.date()) for duty in longer.duties] == [due], "the extension is told within the first month"


@pytest.mark.parametrize(("received", "acknowledged", "due", "extended"), cases(CALIFORNIA))
def test_california(received: str, acknowledged: str, due: str, extended: str) -> None:
    reading, longer = clock("ccpa", received), clock("ccpa", received, extended=True)
    assert [str(item.due_at.date()) for item in (reading, longer)] == [due, extended]
    for item in (reading, longer):
        assert [str(duty.at.date()) for duty in item.duties] == [acknowledged, due]


@pytest.mark.parametrize(("received", "due"), cases(BRAZIL))
def test_brazil(received: str, due: str) -> None:
    reading = clock("lgpd", received)
    assert str(reading.due_at.date()) == due
    (simplified,) = reading.duties
    assert simplified.at == reading.started_at == datetime.fromisoformat(f"{received}T12:00+00:00")


@pytest.mark.parametrize(("received", "due", "extended"), cases(CANADA))
def test_canada(received: str, due: str, extended: str) -> None:
    reading, longer = clock("pipeda", received), clock("pipeda", received, extended=True)
    assert [str(item.due_at.date()) for item in (reading, longer)] == [due, extended]
    assert [str(duty.at.date()) for duty in longer.duties] == [due]


@pytest.mark.parametrize(("regime", "zone", "received", "due"), cases(ZONES))
def test_days_are_those_of_the_zone(regime: str, zone: str, received: str, due: str) -> None:
    at = datetime.fromisoformat(received.replace("Z", "+00:00"))
    reading = legal_clock(REGIMES[regime], received_at=at, zone=zone, now=at)
    assert reading.due_at.isoformat() == due
    assert legal_clock(REGIMES[regime], received_at=at, zone=zone, now=reading.due_at).fraction == 1.0


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize(
    ("closed", "zone", "kept"),
    [
        ("2026-03-31T12:00+00:00", "UTC", "2028-03-31T23:59:59+00:00"),
        ("2024-02-29T12:00+00:00", "UTC", "2026-02-28T23:59:59+00:00"),
        ("2026-02-28T12:00+00:00", "UTC", "2028-02-28T23:59:59+00:00"),
        ("2026-12-31T23:30+00:00", "Europe/Berlin", "2029-01-01T23:59:59+01:00"),
    ],
)
def test_the_register_is_kept_for_24_months(regime: str, closed: str, zone: str, kept: str) -> None:
    line = register_until(REGIMES[regime], closed_at=datetime.fromisoformat(closed).astimezone(UTC), zone=zone)
    assert line.at.isoformat() == kept
    assert line.source


@given(
    closed_at=st.timedeltas(timedelta(), timedelta(days=4000)).map(lambda age: datetime(2020, 1, 1, tzinfo=UTC) + age),
    later=st.timedeltas(timedelta(days=720), timedelta(days=740)),
    zone=st.sampled_from(["UTC", "America/Los_Angeles", "Pacific/Kiritimati"]),
    regime=st.sampled_from(list(REGIMES.values())),
)
@example(datetime(2026, 2, 28, 12, tzinfo=UTC), timedelta(days=730, hours=12, seconds=-1), "UTC", GDPR)
@example(datetime(2026, 2, 28, 12, tzinfo=UTC), timedelta(days=731), "UTC", GDPR)  # 29 February 2028
def test_the_register_forgets_a_request_when_its_page_says_so(
    closed_at: datetime, later: timedelta, zone: str, regime: Regime
) -> None:
    now = closed_at + later
    is_over = now >= register_until(regime, closed_at=closed_at, zone=zone).at + timedelta(seconds=1)
    assert (closed_at < register_begins(regime, now=now, zone=zone)) == is_over
