"""What stood in rows, as it is kept."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from dsar.fulfilment.stating.kept import Kept, KeptRow, NotKeepableError, Replaced

PEOPLE, POSTS = ("app", "people"), ("files", "posts")


def kept_of(*keys: object) -> Kept:
    kept = Kept()
    for key in keys:
        kept.remember(PEOPLE, KeptRow((key,), {"status": Replaced("hidden", f"before {key}")}))
    return kept


@pytest.mark.parametrize(
    "value",
    [None, True, 0, 1 << 70, 0.1, "", "a\ud800\n", Decimal("2.50"), b"\0", date(2026, 3, 2),
     datetime(2026, 3, 2, 1, 2, 3, 4, tzinfo=UTC), UUID(int=7)],
)  # fmt: skip
def test_values_come_back_as_they_were(value: object) -> None:
    kept = Kept()
    kept.remember(PEOPLE, KeptRow(("k", 1), {"x": Replaced(False, value)}))
    (row,) = Kept.from_lines(list(kept.to_lines())).of(PEOPLE).values()
    found = row.fields["x"].before
    assert (row.key, found, type(found), str(found)) == (("k", 1), value, type(value), str(value))


@pytest.mark.parametrize(("key", "before"), [(None, "a"), ([1], "a"), (1, [1]), (1, {"a": 1})])
def test_what_could_not_be_put_back_is_refused(key: object, before: object) -> None:
    with pytest.raises(NotKeepableError):
        Kept().remember(PEOPLE, KeptRow((key,), {"x": Replaced("b", before)}))


def test_what_is_known_of_a_row_stays_beside_what_is_new() -> None:
    kept = kept_of(1)
    kept.remember(PEOPLE, KeptRow((1,), {"seen": Replaced(False, True)}))
    (row,) = kept.of(PEOPLE).values()
    assert row.fields == {"status": Replaced("hidden", "before 1"), "seen": Replaced(False, True)}


def test_of_two_that_kept_the_first_is_right() -> None:
    kept, other = kept_of(1), kept_of(2)
    other.remember(PEOPLE, KeptRow((1,), {"status": Replaced("hidden", "later")}))
    kept.add(other)
    assert [row.fields["status"].before for row in kept.of(PEOPLE).values()] == ["before 1", "before 2"]


def test_a_part_can_be_put_back_alone() -> None:
    kept = kept_of(1)
    kept.remember(POSTS, KeptRow((1,), {"shown": Replaced(False, True)}))
    assert kept.only([POSTS]).collections() == (POSTS,)
    assert kept.datasets() == {"app", "files"}
    kept.forget("files")
    assert kept.collections() == (PEOPLE,)
    kept.forget("app")
    assert not kept
