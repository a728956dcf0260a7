"""What is past a moment: in time zones, on the days when clocks change, and where nobody can tell."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from dsar.stores.ages import Age, age_of, limit

BERLIN = "Europe/Berlin"
PAST = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30 in Berlin, for the first time that night
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def age(value: Any, zone: str | None = None, past: datetime = PAST) -> Age:
    return age_of({"at": value}, "at", past=limit(past, zone), now=limit(NOW, zone))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (PAST - timedelta(microseconds=1), Age.PAST),
        (PAST, Age.IN_TIME),
        (PAST.astimezone(timezone(timedelta(hours=-11))), Age.IN_TIME),
        ("2026-10-25T00:29:59Z", Age.PAST),
        ("2026-10-25T02:29:59+02:00", Age.PAST),
        ("2026-10-25 00:30:00+00:00", Age.IN_TIME),
        (NOW + timedelta(seconds=1), Age.FUTURE),
        (NOW, Age.FUTURE),
        (NOW - timedelta(seconds=1), Age.IN_TIME),
        ("2020-01-01T00:00:00", Age.NO_ZONE),
        (datetime(2020, 1, 1), Age.NO_ZONE),  # noqa: DTZ001
        (date(2020, 1, 1), Age.NO_ZONE),
        ("2020-01-01", Age.NO_ZONE),
        (None, Age.MISSING),
        ("soon", Age.NO_MOMENT),
        ("", Age.NO_MOMENT),
        (1_577_836_800, Age.NO_MOMENT),
        (True, Age.NO_MOMENT),
        ([None], Age.MISSING),
        ([PAST - timedelta(days=1), PAST - timedelta(days=2)], Age.PAST),
        ([PAST - timedelta(days=1), PAST], Age.IN_TIME),
        ([PAST - timedelta(days=1), "soon"], Age.NO_MOMENT),
    ],
)
def test_only_what_is_surely_older_is_past(value: Any, expected: Age) -> None:
    assert age(value) is expected


@pytest.mark.parametrize(
    ("text", "past", "expected"),
    [
        # In the first 02:30: what reads 02:00 to 02:30 may be of the second pass, which is to come.
        ("2026-10-25 02:10:00", PAST, Age.IN_TIME),
        ("2026-10-25 01:29:59", PAST, Age.PAST),
        # In the second 02:30 everything before it has been, in both passes.
        ("2026-10-25 02:29:59", PAST + timedelta(hours=1), Age.PAST),
        ("2026-10-25 02:30:00", PAST + timedelta(hours=1), Age.IN_TIME),
        # In spring the hour from 02:00 is left out.
        ("2026-03-29 01:59:59", datetime(2026, 3, 29, 1, 0, tzinfo=UTC), Age.PAST),
        ("2026-03-29 03:00:00", datetime(2026, 3, 29, 1, 0, tzinfo=UTC), Age.IN_TIME),
        # A day is past once it is over where it is meant.
        ("2026-10-24", PAST, Age.PAST),
        ("2026-10-25", PAST, Age.IN_TIME),
        ("2026-10-24", datetime(2026, 10, 24, 21, 59, tzinfo=UTC), Age.IN_TIME),
        ("2026-10-24", datetime(2026, 10, 24, 22, 0, tzinfo=UTC), Age.PAST),
        ("2026-11-24", PAST, Age.IN_TIME),  # today is not in the future
        ("2026-11-25", PAST, Age.FUTURE),
    ],
)
def test_times_without_a_zone_are_read_in_the_one_that_the_map_names(text: str, past: datetime, expected: Age) -> None:
    assert age(text, BERLIN, past) is expected
