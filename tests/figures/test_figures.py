"""Sums, shares, periods and forecasts: no database."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.figures import HALF, MOST, Figure, total
from dsar.figures.charts import HEIGHT, WIDTH, line, ranges, side_by_side
from dsar.figures.forecast import forecast
from dsar.figures.periods import PERIODS, Unit, period, whole_months

DAYS = st.dates(date(2023, 1, 1), date(2032, 12, 31))


@given(st.lists(st.integers(0, 400), min_size=1, max_size=60), st.fractions(Fraction(1, 100), 1))
def test_so_many_are_closed_within_what_is_told_and_fewer_within_an_hour_less(
    hours: list[int], share: Fraction
) -> None:
    told = Figure(fulfilled=len(hours), hours=Counter(map(str, hours))).within(share)
    assert told is not None
    assert sum(hour <= told for hour in hours) >= share * len(hours)
    assert sum(hour < told for hour in hours) < share * len(hours)


def test_of_nothing_nothing_is_told() -> None:
    nothing = Figure()
    assert (nothing.within(HALF), nothing.share_in_time, nothing.mean_days) == (None, None, None)
    lapsed = Figure(denied=3, unconfirmed=3)
    assert (lapsed.closed, lapsed.answered, lapsed.share_in_time) == (3, 0, None)


def test_figures_add_up() -> None:
    one = Figure(received=1, denied=2, seconds=86_400, hours={"24": 2}, reasons={"other": 2})
    both = total([one, one])
    assert both == Figure(received=2, denied=4, seconds=172_800, hours={"24": 4}, reasons={"other": 4})
    assert one.received == 1, "what was added stays as it was"
    assert both.mean_days == pytest.approx(0.5)


@given(DAYS, st.sampled_from(sorted(PERIODS)))
def test_a_period_ends_today_and_has_no_gap(today: date, word: str) -> None:
    found = period(word, today=today)
    assert found.last == today
    assert len(found.slots) == PERIODS[word][1]
    for before, after in zip(found.slots, found.slots[1:], strict=False):
        assert before.first <= before.last
        assert after.first == before.last + timedelta(days=1)
    assert len(found.places()) == (found.last - found.first).days + 1
    if found.unit is Unit.WEEK:
        assert {slot.first.weekday() for slot in found.slots} == {0}


@given(DAYS)
def test_whole_months_are_over(today: date) -> None:
    found = whole_months(12, today=today)
    assert (found.first.day, found.last) == (1, today.replace(day=1) - timedelta(days=1))
    assert len(found.slots) == 12
    assert 365 <= len(found.places()) <= 366


@pytest.mark.parametrize(
    ("open_now", "received", "closed", "seen", "days"),
    [
        (0, 5, 1, 14, 0),
        (10, 14, 28, 14, 10),
        (10, 14, 29, 14, 10),  # 9 days and a third
        (10, 14, 14, 14, None),
        (10, 28, 14, 14, None),
        (10, 0, 0, 0, None),
        (0, 0, 0, 0, 0),
    ],
)
def test_a_queue_is_empty_when_more_goes_than_comes(
    open_now: int, received: int, closed: int, seen: int, days: int | None
) -> None:
    assert forecast(open_now=open_now, received=received, closed=closed, days_seen=seen).days == days


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=60))
def test_charts_stay_within_their_frame(values: list[int]) -> None:
    texts = [str(value) for value in values]
    spans = [(value / 2, float(value)) if value else None for value in values]
    drawn = [
        side_by_side([("a", values), ("b", values)], texts=texts, text="x"),
        ranges(spans, texts=texts, text="x", rule=48),
        line(values, texts=texts, text="x"),
    ]
    for chart in drawn:
        assert len(chart.columns) == len(values)
        for bar in (bar for column in chart.columns for bar in column.bars):
            assert -0.01 <= bar.x <= bar.x + bar.width <= WIDTH + 0.1
            assert -0.01 <= bar.y <= bar.y + bar.height <= HEIGHT + 3.01
    seen = [len(column.bars) for column in drawn[0].columns]
    assert seen == [2 if value else 0 for value in values], "one of a million is seen, too"
    assert MOST > HALF
