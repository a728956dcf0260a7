"""When an answer is due, by examples of the rules and by properties that hold for every pause, zone and day."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.deadlines import HOUSE_PROMISE, REGIMES, Pause, add_months, house_clock, legal_clock

HOUR = timedelta(hours=1)
gdpr_clock = partial(legal_clock, REGIMES["gdpr"])
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Kiritimati", "Pacific/Pago_Pago")


def pause(start: float, end: float | None, reason: str = "waiting for the code") -> Pause:
    """Return a pause between two hours after MONDAY."""
    return Pause(MONDAY + start * HOUR, reason, None if end is None else MONDAY + end * HOUR)


def test_the_house_promise_is_48_hours() -> None:
    clock = house_clock(received_at=MONDAY, pauses=[], now=MONDAY + 12 * HOUR)
    assert clock.due_at == datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
    assert (clock.fraction, clock.paused, clock.warnings()) == (0.25, False, ())


def test_a_pause_that_has_ended_moves_the_end_by_its_length() -> None:
    clock = house_clock(received_at=MONDAY, pauses=[pause(1, 6), pause(10, 10.5)], now=MONDAY + 29.5 * HOUR)
    assert clock.due_at == MONDAY + 53.5 * HOUR
    assert (clock.fraction, clock.paused) == (0.5, False)
    assert [line.text for line in clock.trace] == [
        "48 hours from receipt",
        "paused for 5 h 0 min: waiting for the code",
        "paused for 0 h 30 min: waiting for the code",
    ]


@pytest.mark.parametrize("hours", [6, 30, 24 * 14])
def test_while_a_pause_lasts_the_clock_stands_still(hours: int) -> None:
    clock = house_clock(received_at=MONDAY, pauses=[pause(6, None)], now=MONDAY + hours * HOUR)
    assert clock.fraction == 0.125
    assert clock.paused
    assert clock.due_at - (MONDAY + hours * HOUR) == 42 * HOUR, "what was left when it stopped"


def test_a_pause_counts_from_receipt_at_the_earliest() -> None:
    assert house_clock(received_at=MONDAY, pauses=[pause(-5, 3)], now=MONDAY).due_at == MONDAY + 51 * HOUR
    assert house_clock(received_at=MONDAY, pauses=[pause(-5, -3)], now=MONDAY).due_at == MONDAY + 48 * HOUR


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (datetime(2026, 3, 28, 12, 0, tzinfo=BERLIN), "2026-03-30T13:00:00+02:00"),  # an hour is skipped that Sunday
        (datetime(2026, 10, 24, 12, 0, tzinfo=BERLIN), "2026-10-26T11:00:00+01:00"),  # an hour comes twice
    ],
)
def test_48_hours_are_48_hours_when_clocks_are_changed(received: datetime, due: str) -> None:
    clock = house_clock(received_at=received, pauses=[], now=received)
    assert clock.due_at.astimezone(BERLIN).isoformat() == due
    half = (received.astimezone(UTC) + 24 * HOUR).astimezone(BERLIN)
    assert house_clock(received_at=received, pauses=[], now=half).fraction == 0.5


@pytest.mark.parametrize(
    ("share", "warned"),
    [
        (0.4999, ()),
        (0.5, (0.5,)),
        (0.7499, (0.5,)),
        (0.75, (0.5, 0.75)),
        (0.8999, (0.5, 0.75)),
        (0.9, (0.5, 0.75, 0.9)),
        (1.5, (0.5, 0.75, 0.9)),
    ],
)
def test_warnings_come_at_50_75_and_90_percent(share: float, warned: tuple[float, ...]) -> None:
    assert house_clock(received_at=MONDAY, pauses=[], now=MONDAY + HOUSE_PROMISE * share).warnings() == warned


@pytest.mark.parametrize(
    ("received", "zone", "due"),
    [
        ("2026-03-02T10:00+00:00", "UTC", "2026-04-02T23:59:59+00:00"),
        ("2026-01-31T12:00+00:00", "UTC", "2026-03-02T23:59:59+00:00"),  # 28 February is a Saturday
        ("2028-01-31T12:00+00:00", "UTC", "2028-02-29T23:59:59+00:00"),  # a leap year
        ("2026-12-31T12:00+00:00", "UTC", "2027-02-01T23:59:59+00:00"),  # 31 January is a Sunday
        ("2026-03-02T23:30+00:00", "Europe/Berlin", "2026-04-03T23:59:59+02:00"),  # the next day there, and in summer
        ("2026-03-02T02:00+00:00", "America/New_York", "2026-04-01T23:59:59-04:00"),  # the day before there
    ],
)
def test_a_month_from_receipt(received: str, zone: str, due: str) -> None:
    at = datetime.fromisoformat(received)
    assert gdpr_clock(received_at=at, zone=zone, now=at).due_at.isoformat() == due


def test_an_extension_is_two_months_more_from_receipt_not_from_the_moved_end() -> None:
    at = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
    clock = gdpr_clock(received_at=at, zone="UTC", now=at, extended=True)
    assert clock.due_at == datetime(2026, 4, 30, 23, 59, 59, tzinfo=UTC)
    assert [(line.at.date().isoformat(), line.source) for line in clock.trace] == [
        ("2026-02-28", "GDPR Article 12(3)"),
        ("2026-04-30", "GDPR Article 12(3)"),
    ]


def test_an_end_on_a_weekend_is_moved_and_told() -> None:
    at = datetime(2026, 4, 2, 12, 0, tzinfo=UTC)
    clock = gdpr_clock(received_at=at, zone="UTC", now=at)
    assert clock.due_at.date() == date(2026, 5, 4)
    assert clock.trace[-1].text == "Saturday moves to Monday"


@st.composite
def pauses_after(draw: st.DrawFn) -> list[Pause]:
    """Pauses one after another, the last of which may still last."""
    marks = sorted(draw(st.lists(st.integers(0, 10_000), unique=True, max_size=8)))
    found = [pause(start / 60, end / 60) for start, end in zip(marks[::2], marks[1::2], strict=False)]
    return [*found, pause(marks[-1] / 60, None)] if len(marks) % 2 else found


@given(pauses_after(), st.integers(0, 20_000), st.sampled_from(ZONES))
def test_the_house_clock_adds_up(pauses: list[Pause], minutes: int, zone: str) -> None:
    now = max([MONDAY, *(item.ended_at or item.started_at for item in pauses)]) + timedelta(minutes=minutes)
    clock = house_clock(received_at=MONDAY.astimezone(ZoneInfo(zone)), pauses=pauses, now=now)
    lengths = [(item.ended_at or now) - item.started_at for item in pauses]
    assert clock.due_at - MONDAY == HOUSE_PROMISE + sum(lengths, timedelta())
    assert [line.at - MONDAY - HOUSE_PROMISE for line in clock.trace] == [
        sum(lengths[:count], timedelta()) for count in range(len(lengths) + 1)
    ]
    assert clock.trace[-1].at == clock.due_at
    left = clock.due_at - now
    assert clock.fraction == pytest.approx(1 - left / HOUSE_PROMISE)
    assert (clock.fraction >= 1) == (left <= timedelta())


@given(pauses_after(), st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_clock_never_runs_backwards(pauses: list[Pause], first: int, second: int) -> None:
    start = max([MONDAY, *(item.ended_at or item.started_at for item in pauses)])
    early, late = sorted([start + timedelta(minutes=first), start + timedelta(minutes=second)])
    before, after = (house_clock(received_at=MONDAY, pauses=pauses, now=now) for now in (early, late))
    assert before.fraction <= after.fraction
    assert set(before.warnings()) <= set(after.warnings())


moments = st.integers(0, 50_000_000).map(lambda minutes: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))


@given(moments, st.sampled_from(ZONES), st.booleans())
def test_the_legal_term_ends_with_a_working_day_and_explains_itself(at: datetime, zone: str, extended: bool) -> None:
    clock = gdpr_clock(received_at=at, zone=zone, now=at, extended=extended)
    local, end = at.astimezone(ZoneInfo(zone)), clock.due_at.astimezone(ZoneInfo(zone))
    months = 3 if extended else 1
    assert end.weekday() < 5
    assert end.time().isoformat() == "23:59:59"
    moved = (end.date() - add_months(local.date(), months)).days
    assert 0 <= moved <= 2
    assert clock.trace[-1].at == clock.due_at
    assert len(clock.trace) == 1 + extended + bool(moved)
    assert clock.fraction == 0.0
    assert gdpr_clock(received_at=at, zone=zone, now=clock.due_at, extended=extended).fraction == 1.0


@given(moments, st.sampled_from(ZONES), st.floats(0, 2))
def test_it_does_not_matter_in_which_zone_a_moment_is_written(at: datetime, zone: str, share: float) -> None:
    now = at + timedelta(days=30) * share
    there = ZoneInfo(zone)
    plain = gdpr_clock(received_at=at, zone=zone, now=now)
    assert gdpr_clock(received_at=at.astimezone(there), zone=zone, now=now.astimezone(there)) == plain
    house = house_clock(received_at=at, pauses=[], now=now)
    assert house_clock(received_at=at.astimezone(there), pauses=[], now=now.astimezone(there)) == house


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(0, 40))
def test_a_month_later_is_the_same_day_or_the_last(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == min(day.day, monthrange(later.year, later.month)[1])
