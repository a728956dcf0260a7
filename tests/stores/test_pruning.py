"""What the name of a file or key says of the rows in it, and which names can be left unread."""

from __future__ import annotations

import pytest

from dsar.stores.base import Alternative, Selection
from dsar.stores.pruning import Pruner
from dsar.values import Row
from tests.stores.contract import by
from tests.stores.maps import make_collection, make_field

CALLS = make_collection("calls", make_field("user", data_type="integer"), make_field("date"), make_field("path"))
GROUP = Alternative(("user", "path"), frozenset({(1, "/a")}))


def pruner(*alternatives: Alternative, **only: object) -> Pruner:
    return Pruner(CALLS, Selection(alternatives, only), ("user", "date"))


@pytest.mark.parametrize(
    ("given", "row"),
    [
        ({"user": "0", "date": "0"}, {"user": 0, "date": "0"}),
        ({"user": "007"}, {"user": "007"}),
        ({"user": "nobody"}, {"user": "nobody"}),
        ({"user": ""}, {"user": ""}),
    ],
)
def test_a_part_of_a_name_is_as_declared_and_else_the_text_it_is(given: Row, row: Row) -> None:
    assert pruner().row(given) == row


@pytest.mark.parametrize(
    ("asked", "only", "kept"),
    [
        ([by("user", 0)], {}, [0]),
        ([by("user", 0), by("date", "d")], {}, [0, 1]),
        ([by("user", 0), by("path", "/a")], {}, [0, 1, 2]),
        ([GROUP], {}, [1]),
        ([GROUP, by("path", "/a")], {"date": "d"}, [1]),
        ([by("path", "/a")], {"path": "/b"}, [0, 1, 2]),
        ([], {}, []),
    ],
)
def test_what_a_name_rules_out_is_not_read(asked: list[Alternative], only: Row, kept: list[int]) -> None:
    rows: list[Row] = [{"user": 0, "date": "c"}, {"user": 1, "date": "d"}, {"user": 2, "date": "e"}]
    assert [row["user"] for row in rows if pruner(*asked, **only).keeps(row)] == kept
