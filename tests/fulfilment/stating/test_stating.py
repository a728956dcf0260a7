"""A state in real databases with types of their own: written, noted, put back as it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from dsar.datamap.graph import build_graph
from dsar.datamap.states import StateKind
from dsar.fulfilment.engine import Work
from dsar.fulfilment.overtaken import OvertakenError
from dsar.fulfilment.scope import Scope
from dsar.fulfilment.stating.apply import Applied, apply, places
from dsar.fulfilment.stating.kept import Kept
from dsar.fulfilment.stating.put_back import PutBack, put_back
from dsar.stores.config import StoreConfig
from dsar.stores.registry import open_store
from tests.datamap.maps import load_text
from tests.stores.sql_servers import SqlServer, make_server

MAP = """
dataset:
- fides_key: shop
  collections:
  - name: people
    meta:
      suspend: {fields: {status: suspended, visible: false, weight: 0, share: 0.5}}
      restrict: {fields: {processing: held}, purposes: [research]}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - {name: status, fides_meta: {data_type: string, length: 12}}
    - {name: visible, fides_meta: {data_type: boolean}}
    - {name: weight, fides_meta: {data_type: integer}}
    - {name: share, fides_meta: {data_type: float}}
    - {name: processing, fides_meta: {data_type: string}}
    - name: company
      fides_meta: {data_type: integer, references: [{dataset: shop, field: companies.id, direction: to}]}
  - name: companies
    meta: {suspend: {fields: {visible: false}}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: visible, fides_meta: {data_type: boolean}}
  - name: orders
    meta: {shared: deliver, restrict: {fields: {visible: false}}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - name: person
      fides_meta: {data_type: integer, references: [{dataset: shop, field: people.id, direction: from}]}
    - {name: visible, fides_meta: {data_type: boolean}}
"""
TABLES = """
create table companies (id integer primary key, visible boolean);
create table people (id integer primary key, email varchar(100), status char(12), visible boolean, weight integer,
  share numeric(10, 4), processing varchar(9), company integer);
create table orders (id integer primary key, person integer, visible boolean);
insert into companies values (1, true);
insert into people values (1, 'Ann@example.org', 'active', true, 3, 0.1234, null, 1),
  (2, 'bob@example.org', 'active', true, 3, 0.25, 'free', 1),
  (3, 'ann@example.org', null, null, 0, 0.5, 'free', 1), (4, 'ann@example.org', 'suspended', false, 0, 0.5, 'held', 1);
insert into orders values (1, 1, true)
"""
SERVERS = [
    "sqlite",
    pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.thorough]),
    pytest.param("mariadb", marks=[pytest.mark.mariadb, pytest.mark.thorough]),
]
#: A company is only looked up: it is nobody's own.
HELD = {("shop", "people"): 3, ("shop", "companies"): 0}
ALL = "select id, status, visible, weight, share, processing from people order by id"


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlServer]:
    with make_server(request, tmp_path) as server:
        for statement in TABLES.split(";"):
            change(server, statement)
        yield server


def change(server: SqlServer, statement: str) -> None:
    with server.writer.begin() as connection:
        connection.execute(text(statement))


def rows(server: SqlServer, statement: str = ALL) -> Sequence[Any]:
    with server.writer.connect() as connection:
        return [
            tuple(item.rstrip() if isinstance(item, str) else item for item in row)
            for row in connection.execute(text(statement))
        ]


@dataclass
class Holding:
    """A state of Ann's rows, with what was kept as it would lie in storage."""

    work: Work
    kind: StateKind = StateKind.SUSPEND
    lines: list[bytes] = field(default_factory=list)
    overtaken: bool = False

    def apply(self, purposes: frozenset[str] | None = None) -> Applied:
        kept = Kept.from_lines(self.lines)
        wanted = places(self.work, self.kind, purposes)
        return apply(self.work, self.kind, wanted, kept=kept, keep=self._keep, check=self._check)

    def put_back(self) -> PutBack:
        return put_back(self.work, kept=Kept.from_lines(self.lines), keep=self._keep, check=self._check)

    def _keep(self, kept: Kept) -> None:
        self.lines = list(kept.to_lines())

    def _check(self) -> None:
        if self.overtaken:
            raise OvertakenError


def holding(folder: Path, url: str, written: str = MAP) -> Holding:
    data_map = load_text(folder, written)
    stores = {item.key: open_store(item, StoreConfig(url, {})) for item in data_map.datasets}
    identities = {"email": frozenset({"ann@example.org"})}
    return Holding(Work(data_map, build_graph(data_map), identities, stores.__getitem__, Scope(data_map)))


def test_own_rows_hold_it_and_are_put_back_as_they_were(server: SqlServer, tmp_path: Path) -> None:
    before, ann = rows(server), holding(tmp_path, server.url)
    assert ann.apply() == Applied(HELD, 2)
    told = [(row[0], row[1], bool(row[2]), row[3], float(row[4])) for row in rows(server)]
    hidden = ("suspended", False, 0, 0.5)
    assert told == [(1, *hidden), (2, "active", True, 3, 0.25), (3, *hidden), (4, *hidden)]
    assert rows(server, "select visible from companies") == rows(server, "select visible from orders") != [(False,)]
    assert ann.apply() == Applied(HELD, 0)
    assert ann.put_back() == PutBack(written=2)
    assert rows(server) == before
    assert (ann.lines, ann.put_back()) == ([], PutBack())


def test_what_stood_there_is_never_the_states_own_value(server: SqlServer, tmp_path: Path) -> None:
    """A worker died after the block ended, and the next one finds the state: it keeps what is kept."""
    before, ann = rows(server), holding(tmp_path, server.url)
    ann.apply()
    kept = list(ann.lines)
    assert len(kept) == 2, "the row that held it before has nothing to be put back"
    assert ann.apply().changed == 0
    assert ann.lines == kept
    change(server, "update people set weight = 9 where id = 1")
    assert ann.apply().changed == 1, "somebody wrote one field of it since"
    assert ann.put_back() == PutBack(written=2)
    assert rows(server) == [(*row[:3], 9 if row[0] == 1 else row[3], *row[4:]) for row in before]


def test_nothing_is_written_before_it_is_kept(server: SqlServer, tmp_path: Path) -> None:
    before, ann = rows(server), holding(tmp_path, server.url)

    class KilledError(Exception):
        pass

    def die(_kept: Kept) -> None:
        raise KilledError

    with pytest.raises(KilledError):
        apply(ann.work, ann.kind, places(ann.work, ann.kind), kept=Kept(), keep=die, check=lambda: None)
    assert rows(server) == before


def test_somebodys_later_change_is_left(server: SqlServer, tmp_path: Path) -> None:
    before, ann = rows(server), holding(tmp_path, server.url)
    ann.apply()
    change(server, "update people set status = 'banned' where id = 1")
    change(server, "delete from people where id = 3")
    assert ann.put_back() == PutBack(left=1, gone=1)
    told = rows(server)
    assert told == [(1, "banned", *before[0][2:]), before[1], before[3]]


def test_what_is_there_already_is_counted_so(server: SqlServer, tmp_path: Path) -> None:
    ann = holding(tmp_path, server.url)
    ann.apply()
    change(server, "update people set status = null, visible = null where id = 3")
    assert ann.put_back() == PutBack(written=1, there=1)


def test_a_row_is_found_by_its_key_though_it_is_not_the_persons_any_more(server: SqlServer, tmp_path: Path) -> None:
    ann = holding(tmp_path, server.url)
    ann.apply()
    change(server, "update people set email = 'anne@example.org' where id = 1")
    assert ann.put_back() == PutBack(written=2)
    assert rows(server)[0][:2] == (1, "active")


def test_who_is_overtaken_writes_nothing(server: SqlServer, tmp_path: Path) -> None:
    before, ann = rows(server), holding(tmp_path, server.url)
    ann.overtaken = True
    with pytest.raises(OvertakenError):
        ann.apply()
    assert rows(server) == before
    ann.overtaken = False
    ann.apply()
    hidden, ann.overtaken = rows(server), True
    with pytest.raises(OvertakenError):
        ann.put_back()
    assert rows(server) == hidden != before


def test_processing_is_stopped_for_the_purposes_that_are_said(server: SqlServer, tmp_path: Path) -> None:
    ann = holding(tmp_path, server.url)
    ann.kind = StateKind.RESTRICT
    assert places(ann.work, ann.kind) == {("shop", "people"), ("shop", "orders")}
    assert places(ann.work, ann.kind, frozenset({"tips"})) == {("shop", "orders")}
    assert ann.apply(frozenset({"research"})) == Applied({("shop", "people"): 3, ("shop", "orders"): 0}, 2)
    assert [row[5] for row in rows(server)] == ["held", "free", "held", "held"]
    ann.put_back()
    assert [row[5] for row in rows(server)] == [None, "free", "free", "held"]


def test_what_a_table_forbids_is_told_and_nothing_is_written(server: SqlServer, tmp_path: Path) -> None:
    ann = holding(tmp_path, server.url)
    change(server, "drop table people")
    change(
        server,
        "create table people (id integer primary key, email varchar(100), status varchar(12) check (status <> "
        "'suspended'), visible boolean, weight integer, share numeric(10, 4), processing varchar(9), company integer)",
    )
    change(server, "insert into people values (1, 'ann@example.org', 'active', true, 1, 1, null, 1)")
    applied = ann.apply()
    assert (applied.rows, set(applied.problems)) == ({}, {"shop"})
    assert "@" not in applied.problems["shop"]
    assert rows(server, "select status from people") == [("active",)]
    assert ann.put_back() == PutBack()


def test_a_map_that_writes_another_value_since_keeps_what_stood_there(server: SqlServer, tmp_path: Path) -> None:
    before, ann = rows(server), holding(tmp_path, server.url)
    ann.apply()
    (tmp_path / "later").mkdir()
    later = holding(tmp_path / "later", server.url, MAP.replace("status: suspended", "status: away"))
    later.lines = ann.lines
    assert later.apply().changed == 3
    assert [row[1] for row in rows(server)] == ["away", "active", "away", "away"]
    assert later.put_back() == PutBack(written=3)
    assert rows(server) == before


SMALL = """
dataset:
- fides_key: shop
  collections:
  - name: people
    meta: {suspend: {fields: {weight: 0}}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - {name: weight, fides_meta: {data_type: integer}}
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("fides_key: shop", "fides_key: store", "shop: the data map no longer has it"),
        ("name: people", "name: persons", "shop:people: the data map no longer has it"),
        ("weight", "heavy", "shop:people: the data map no longer has weight"),
        ("identity: email, ", "identity: email, primary_key: true, ", "shop:people: the data map has another primary"),
    ],
)
def test_what_the_map_no_longer_has_is_told(tmp_path: Path, old: str, new: str, expected: str) -> None:
    later = holding(tmp_path, "sqlite:///nowhere.sqlite3", SMALL.replace(old, new))
    key = b'[["integer","1"]]'
    later.lines = [b'{"collection":["shop","people"],"key":%b,"fields":{"weight":[["integer","0"],null]}}\n' % key]
    lines = list(later.lines)
    assert later.put_back().problems["shop"].startswith(expected)
    assert later.lines == lines, "nothing is forgotten"


def test_values_are_kept_as_they_were() -> None:
    kept = Kept.from_lines(
        [b'{"collection":["a","b"],"key":[["integer","1"]],"fields":{"x":[["decimal","1.00"],["decimal","2.50"]]}}\n']
    )
    ((_, row),) = kept.of(("a", "b")).items()
    assert (str(row.fields["x"].before), type(row.fields["x"].before)) == ("2.50", Decimal)
    assert Kept.from_lines(kept.to_lines()).of(("a", "b")) == kept.of(("a", "b"))
    with pytest.raises(ValueError, match="no rows that were kept"):
        Kept.from_lines([b'{"key": []}'])
