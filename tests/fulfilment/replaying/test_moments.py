"""Which rows came after an erasure: by moments, by days, and by nothing that can be read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from dsar.fulfilment.replaying.moments import is_later

MOMENT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        (MOMENT, False),
        (MOMENT + timedelta(microseconds=1), True),
        (datetime(2026, 3, 2, 10, 0, 1), True),  # noqa: DTZ001 - as a database without zones gives it
        (datetime(2026, 3, 2, 11, 0, tzinfo=timezone(timedelta(hours=2))), False),
        ("2026-03-02T10:00:01Z", True),
        ("2026-03-02 09:59:59", False),
        (MOMENT.timestamp() + 1, True),
        (MOMENT.timestamp() - 1, False),
        (date(2026, 2, 28), False),
        (date(2026, 3, 1), None),
        (date(2026, 3, 2), None),
        (date(2026, 3, 3), None),
        (date(2026, 3, 4), True),
        ("2026-03-02", None),
        ("2026-03-04", True),
        ("long ago", None),
        (None, None),
        (True, None),
    ],
)
def test_later_or_not_or_nobody_knows(value: Any, answer: bool | None) -> None:
    assert is_later({"at": value}, "at", MOMENT) is answer


def test_without_a_field_nobody_knows() -> None:
    assert is_later({"at": MOMENT}, "", MOMENT) is None
    assert is_later({}, "at", MOMENT) is None
