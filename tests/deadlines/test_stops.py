"""The UK clock stops while the person is asked which data is meant; no other clock does, nothing else stops it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.deadlines import REGIMES, ClockReading, NoExtensionError, Pause, legal_clock

LONDON = "Europe/London"
RECEIVED = "2026-03-02T12:00"
DAY = timedelta(days=1)


def at(text: str) -> datetime:
    """Return a moment written in UTC; a day alone is its noon."""
    return datetime.fromisoformat(text if "T" in text else f"{text}T12:00").replace(tzinfo=UTC)


def asked(span: str, *, is_clarification: bool = True) -> Pause:
    """Return the pause of "asked > answered"; unanswered where nothing follows."""
    start, _, end = (part.strip() for part in span.partition(">"))
    return Pause(at(start), "which account is meant", at(end) if end else None, is_clarification)


def uk(received: str, *spans: str, now: str = "2026-03-02", extended: bool = False) -> ClockReading:
    pauses = [asked(span) for span in spans]
    return legal_clock(
        REGIMES["uk"], received_at=at(received), zone=LONDON, now=at(now), extended=extended, pauses=pauses
    )


@pytest.mark.parametrize(
    ("received", "spans", "due"),
    [
        (RECEIVED, [], "2026-04-02"),
        (RECEIVED, ["2026-03-05 > 2026-03-10"], "2026-04-07"),
        (RECEIVED, ["2026-03-05T09:00 > 2026-03-05T17:00"], "2026-04-02"),  # answered on the same day
        (RECEIVED, ["2026-03-05T23:30 > 2026-03-06T00:10"], "2026-04-03"),  # days count, not hours
        (RECEIVED, ["2026-03-02T13:00 > 2026-04-02"], "2026-05-04"),  # asked at once; 3 May is a Sunday
        (RECEIVED, ["2026-03-05 > 2026-03-10", "2026-03-20 > 2026-03-22"], "2026-04-09"),
        (RECEIVED, ["2026-03-20 > 2026-03-22", "2026-03-05 > 2026-03-10"], "2026-04-09"),  # in whatever order
        (RECEIVED, ["2026-03-05 > 2026-03-10", "2026-03-08 > 2026-03-12"], "2026-04-09"),  # no day is taken out twice
        (RECEIVED, ["2026-03-05 > 2026-03-15", "2026-03-08 > 2026-03-10"], "2026-04-13"),  # 12 April is a Sunday
        (RECEIVED, ["2026-03-05 > 2026-03-10", "2026-03-10 > 2026-03-12"], "2026-04-09"),  # one right after the other
        (RECEIVED, ["2026-03-27 > 2026-03-30"], "2026-04-06"),  # clocks change meanwhile; 5 April is a Sunday
        (RECEIVED, ["2026-04-02T15:00 > 2026-04-09"], "2026-04-09"),  # asked on the last day
        (RECEIVED, ["2026-04-02T22:59 > 2026-04-09"], "2026-04-09"),  # in its last minute, in summer time
        (RECEIVED, ["2026-04-02T23:00 > 2026-04-09"], "2026-04-02"),  # the day after, there
        (RECEIVED, ["2026-04-03 > 2026-04-20"], "2026-04-02"),  # too late
        (
            RECEIVED,
            ["2026-03-05 > 2026-03-10", "2026-04-07 > 2026-04-09"],
            "2026-04-09",
        ),  # the last day as it is by now
        (RECEIVED, ["2026-03-05 > 2026-03-10", "2026-04-08 > 2026-04-09"], "2026-04-07"),
        ("2026-01-31", ["2026-02-10 > 2026-02-12"], "2026-03-02"),  # to where the weekend had moved it anyway
        ("2026-01-31", ["2026-02-10 > 2026-02-13"], "2026-03-03"),
        ("2026-01-31", ["2026-03-01 > 2026-03-05"], "2026-03-02"),  # the month was over on Saturday
        ("2028-01-31", ["2028-02-20 > 2028-03-01"], "2028-03-10"),  # over a leap day
        ("2026-12-10", ["2026-12-28 > 2027-01-04"], "2027-01-18"),  # over the new year; 17 January is a Sunday
    ],
)
def test_days_from_asking_to_answering_do_not_count(received: str, spans: list[str], due: str) -> None:
    reading = uk(received, *spans)
    assert str(reading.due_at.date()) == due
    assert not reading.paused
    assert reading.trace[-1].at == reading.due_at
    assert [str(duty.at.date()) for duty in reading.duties] == [due], "the notice of an extension is stopped alike"


@pytest.mark.parametrize(
    ("spans", "due", "notice"),
    [
        (["2026-03-05 > 2026-03-10"], "2026-06-08", "2026-04-07"),  # 7 June is a Sunday
        (["2026-05-01 > 2026-05-11"], "2026-06-12", "2026-04-02"),  # asked after the notice was due
        (["2026-03-05 > 2026-03-10", "2026-05-01 > 2026-05-11"], "2026-06-17", "2026-04-07"),
    ],
)
def test_three_months_are_stopped_too(spans: list[str], due: str, notice: str) -> None:
    reading = uk(RECEIVED, *spans, extended=True)
    assert str(reading.due_at.date()) == due
    assert [str(duty.at.date()) for duty in reading.duties] == [notice]


def test_the_trace_names_the_stop_and_its_article() -> None:
    lines = uk("2026-01-31", "2026-02-10 > 2026-02-11").trace
    assert [(str(line.at.date()), line.text) for line in lines] == [
        ("2026-02-28", "one month from receipt"),
        ("2026-03-01", "stopped for 1 day: which account is meant"),
        ("2026-03-02", "Sunday moves to Monday"),
    ]
    assert lines[1].source == "UK GDPR Article 12A(5) and (6)"


def test_while_it_stops_the_share_stands_still_and_the_date_moves_on() -> None:
    readings = [uk(RECEIVED, "2026-03-09", now=now) for now in ("2026-03-09", "2026-03-10", "2026-05-09T03:00")]
    assert all(reading.paused for reading in readings)
    assert {reading.fraction for reading in readings} == {readings[0].fraction}
    assert 0.2 < readings[0].fraction < 0.25  # 7 of 31 days and a half
    assert [str(reading.due_at.date()) for reading in readings] == ["2026-04-02", "2026-04-03", "2026-06-02"]


def test_a_question_asked_too_late_pauses_nothing() -> None:
    reading = uk(RECEIVED, "2026-04-03", now="2026-04-20")
    assert not reading.paused
    assert reading.fraction > 1


def test_waiting_for_a_code_is_no_clarification() -> None:
    waiting = asked("2026-03-05 > 2026-03-10", is_clarification=False)
    reading = legal_clock(REGIMES["uk"], received_at=at(RECEIVED), zone=LONDON, now=at(RECEIVED), pauses=[waiting])
    assert str(reading.due_at.date()) == "2026-04-02"


@pytest.mark.parametrize("regime", sorted(set(REGIMES) - {"uk"}))
@pytest.mark.parametrize("span", ["2026-03-05 > 2026-03-10", "2026-03-05"])
def test_no_other_law_stops(regime: str, span: str) -> None:
    plain, stopped = (
        legal_clock(REGIMES[regime], received_at=at(RECEIVED), zone="UTC", now=at("2026-03-12"), pauses=pauses)
        for pauses in ([], [asked(span)])
    )
    assert stopped == plain


def test_brazil_knows_no_extension() -> None:
    with pytest.raises(NoExtensionError, match="LGPD knows no extension"):
        legal_clock(REGIMES["lgpd"], received_at=at(RECEIVED), zone="UTC", now=at(RECEIVED), extended=True)


def day(moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(LONDON)).date()


minutes = st.integers(0, 60 * 24 * 90)


@given(st.lists(st.tuples(minutes, minutes), max_size=5), st.booleans())
def test_a_stop_never_takes_out_more_than_it_lasted(spans: list[tuple[int, int]], extended: bool) -> None:
    received = at(RECEIVED)
    pauses = [
        Pause(received + timedelta(minutes=min(span)), "asked", received + timedelta(minutes=max(span)), True)
        for span in spans
    ]
    plain, stopped = (
        legal_clock(REGIMES["uk"], received_at=received, zone=LONDON, now=received, extended=extended, pauses=some)
        for some in ([], pauses)
    )
    # By the set of days between asking and answering, which is another way to count each of them once.
    days = {
        start + DAY * count
        for pause in pauses
        if pause.ended_at
        for start in [day(pause.started_at)]
        for count in range((day(pause.ended_at) - start).days)
    }
    longer = stopped.due_at.date() - plain.due_at.date()
    assert -2 * DAY <= longer <= (len(days) + 2) * DAY, "two days are the weekend's"
    assert stopped.due_at.weekday() < 5
    assert stopped.trace[-1].at == stopped.due_at
