"""Tables of which not every row is the collection's: another tenant's, or another collection's that stays longer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fulfilment.purging.shop import SERVERS, Shop, ago, ids, insert, part, run
from tests.stores.sql_servers import SqlServer, make_server

TABLE = "create table events (id bigint primary key, email varchar(100), kind varchar(10), number bigint, at {moment})"
MAP = """
dataset:
- fides_key: shop
  collections:
  - name: visits
    meta: {retention: {kind: processed, time_field: at, zone: UTC, days: 30}, only: %s, source: {table: events}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - {name: kind}
    - {name: number, fides_meta: {data_type: integer}}
    - {name: at}
  - name: bills
    meta: {retention: {kind: duty, duty: Tax law section 147}, only: %s, source: {table: events}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - {name: kind}
    - {name: number, fides_meta: {data_type: integer}}
    - {name: at}
"""


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlServer]:
    with make_server(request, tmp_path) as server:
        run(server, TABLE)
        rows = [("visit", 1), ("VISIT", 1), ("bill", 2), ("visit", 2), (None, None)]
        listed = [{"id": at, "kind": kind, "number": number} for at, (kind, number) in enumerate(rows)]
        insert(server, "events", [{**row, "email": "ann@example.org", "at": ago(31)} for row in listed])
        yield server


@pytest.mark.parametrize(
    ("only", "others", "left"),
    [
        ("{kind: visit}", "{kind: bill}", {1, 2, 4}),  # by code points, whatever the collation finds equal
        ("{number: 1}", "{number: 2}", {2, 3, 4}),
    ],
)
def test_only_rows_with_the_fixed_values_go(
    server: SqlServer, tmp_path: Path, only: str, others: str, left: set[int]
) -> None:
    shop = Shop(server, tmp_path, MAP % (only, others))
    assert part(shop.purge().report(), "visits").overdue == 5 - len(left)
    found = part(shop.run(), "visits")
    assert ids(server, "events") == left
    assert (found.deleted, found.overdue, found.problem) == (5 - len(left), 0, "")


@pytest.mark.parametrize(("only", "others"), [("{}", "{}"), ("{kind: visit}", "{}"), ("{kind: visit}", "{number: 2}")])
def test_rows_that_may_be_anothers_stay(server: SqlServer, tmp_path: Path, only: str, others: str) -> None:
    found = part(Shop(server, tmp_path, MAP % (only, others)).run(), "visits")
    assert ids(server, "events") == {0, 1, 2, 3, 4}
    assert found.problem == "rows of it may be rows of bills, which stay for other reasons"
