"""Corrections in real databases with types and rules of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from dsar.datamap.graph import build_graph
from dsar.datamap.model import DataMap
from dsar.fulfilment.correcting.correct import Correction, RowsChangedError
from dsar.fulfilment.correcting.preview import Preview
from dsar.fulfilment.correcting.proposal import Proposal
from dsar.fulfilment.correcting.values import value_of
from dsar.fulfilment.engine import Work
from dsar.fulfilment.scope import Scope
from dsar.stores.base import StoreError
from dsar.stores.config import StoreConfig
from dsar.stores.registry import open_store
from tests.datamap.maps import load_text
from tests.stores.sql_servers import SqlServer, make_server

CORRECT = "meta: {correct: true}"
MAP = f"""
dataset:
- fides_key: shop
  collections:
  - name: people
    fields:
    - {{name: id, fides_meta: {{primary_key: true, data_type: integer}}}}
    - {{name: email, fides_meta: {{identity: email, data_type: string}}}}
    - {{name: name, data_categories: [user.name], fides_meta: {{data_type: string}}, {CORRECT}}}
    - {{name: nick, data_categories: [user.name], fides_meta: {{data_type: string}}, {CORRECT}}}
    - {{name: age, fides_meta: {{data_type: integer}}, {CORRECT}}}
    - {{name: height, fides_meta: {{data_type: float}}, {CORRECT}}}
    - {{name: member, fides_meta: {{data_type: boolean}}, {CORRECT}}}
    - name: company
      fides_meta: {{data_type: integer, references: [{{dataset: shop, field: companies.id, direction: to}}]}}
  - name: companies
    fields:
    - {{name: id, fides_meta: {{primary_key: true, data_type: integer}}}}
    - {{name: contact, data_categories: [user.name], fides_meta: {{data_type: string}}, {CORRECT}}}
  - name: orders
    meta: {{shared: deliver}}
    fields:
    - {{name: id, fides_meta: {{primary_key: true, data_type: integer}}}}
    - name: person
      fides_meta: {{data_type: integer, references: [{{dataset: shop, field: people.id, direction: from}}]}}
    - {{name: buyer, data_categories: [user.name], fides_meta: {{data_type: string}}, {CORRECT}}}
  - name: labels
    fields:
    - {{name: person, fides_meta: {{primary_key: true, data_type: integer, references: [
        {{dataset: shop, field: people.id, direction: from}}]}}}}
    - {{name: number, fides_meta: {{primary_key: true, data_type: integer}}}}
    - {{name: label, data_categories: [user.name], fides_meta: {{data_type: string}}, {CORRECT}}}
    - {{name: spelt, data_categories: [user.name], fides_meta: {{data_type: string}}}}
"""
TABLES = """
create table companies (id bigint primary key, contact varchar(40));
create table people (id bigint primary key, email varchar(100) not null, name varchar(12) not null unique,
  nick varchar(40), age integer, height numeric(8, 3), member boolean, company bigint,
  foreign key (company) references companies (id));
create table orders (id bigint primary key, person bigint, buyer varchar(40));
create table labels (person bigint, number integer, label varchar(40), spelt varchar(40),
  primary key (person, number));
insert into companies values (1, 'Ann');
insert into people values (1, 'Ann@example.org', 'Ann', 'Ann', 30, 1.700, true, 1),
  (2, 'bob@example.org', 'Bob', 'Ann', 30, 1.700, true, 1);
insert into orders values (1, 1, 'Ann');
insert into labels values (1, 1, 'Ann', 'Ann'), (1, 2, 'Ann', null), (1, 3, 'ann', null), (2, 1, 'Ann', null)
"""
SERVERS = [
    "sqlite",
    pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.thorough]),
    pytest.param("mariadb", marks=[pytest.mark.mariadb, pytest.mark.thorough]),
]


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlServer]:
    with make_server(request, tmp_path) as server:
        run(server, TABLES)
        yield server


@pytest.fixture
def data_map(tmp_path: Path) -> DataMap:
    return load_text(tmp_path, MAP)


def run(server: SqlServer, statements: str) -> None:
    with server.writer.begin() as connection:
        for statement in statements.split(";"):
            connection.execute(text(statement))


def rows(server: SqlServer, statement: str) -> Sequence[Any]:
    with server.writer.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def correction(server: SqlServer, data_map: DataMap) -> Correction:
    store = open_store(data_map.dataset("shop"), StoreConfig(server.url, {}))
    identities = {"email": frozenset({"ann@example.org"})}
    return Correction(Work(data_map, build_graph(data_map), identities, lambda _name: store, Scope(data_map)))


def proposals(work: Correction, right: dict[object, str]) -> list[Proposal]:
    found = {fact.value: fact for fact in work.facts().facts}
    return [
        Proposal(found[value], value_of(written, found[value].data_type, found[value].length))
        for value, written in right.items()
    ]


def looked(work: Correction, wanted: list[Proposal]) -> Preview:
    return work.preview(wanted, sha256="of a file")


def at(preview: Preview) -> dict[str, tuple[int, int]]:
    return {str(line.place): (line.rows, line.done) for line in preview.lines if not line.stays}


def test_own_values_are_found_once_whatever_their_types(server: SqlServer, data_map: DataMap) -> None:
    facts = correction(server, data_map).facts()
    assert [(fact.place.path, fact.value) for fact in facts.facts] == [
        ("name", "Ann"),
        ("age", 30),
        ("height", 1.7),
        ("member", True),
        ("label", "ann"),
    ]
    assert (facts.problems, facts.left_out) == ((), 0)


def test_values_of_every_type_are_written_and_nobody_elses(server: SqlServer, data_map: DataMap) -> None:
    work = correction(server, data_map)
    wanted = proposals(work, {"Ann": "Änne", 30: "31", 1.7: "1.725", True: "no"})
    preview = looked(work, wanted)
    assert at(preview) == {
        **{f"shop:people.{name}": (1, 0) for name in ("name", "nick", "age", "height", "member")},
        "shop:labels.label": (2, 0),
    }, "neither what was looked up, nor an order that others may share"
    assert [(str(line.place), line.rows) for line in preview.lines if line.stays] == [("shop:labels.spelt", 1)]
    approved = [line for line in preview.lines if line.can_be_written]
    work.change(approved, wanted)
    told = rows(server, "select name, nick, age, height, member from people order by id")
    assert [(*row[:3], Decimal(str(row[3])), bool(row[4])) for row in told] == [
        ("Änne", "Änne", 31, Decimal("1.725"), False),
        ("Bob", "Ann", 30, Decimal("1.7"), True),
    ]
    assert [row[0] for row in rows(server, "select label from labels order by person, number")] == [
        *("Änne", "Änne", "ann", "Ann"),
    ]
    assert rows(server, "select contact from companies") == [("Ann",)]
    proof = work.verify(approved, wanted)
    assert (sum(line.rows for line in proof.lines), sum(line.done for line in proof.lines)) == (0, 7)
    assert at(looked(work, wanted)) == {place: (0, rows) for place, (rows, _) in at(preview).items()}


@pytest.mark.parametrize(("written", "where"), [("Bob", "unique"), ("", "empty")])
def test_what_the_table_forbids_is_told_and_leaves_nothing(
    server: SqlServer, data_map: DataMap, written: str, where: str
) -> None:
    refuse(server, data_map, written, where)


@pytest.mark.parametrize("server", SERVERS[1:], indirect=True)  # SQLite knows no lengths
def test_what_is_too_long_for_the_table_is_told_and_leaves_nothing(server: SqlServer, data_map: DataMap) -> None:
    refuse(server, data_map, "x" * 13, "long")


def refuse(server: SqlServer, data_map: DataMap, written: str, where: str) -> None:
    work = correction(server, data_map)
    wanted = proposals(work, {"Ann": written, 30: "31"})
    preview = looked(work, wanted)
    problems = {line.place.path: line.problem for line in preview.lines if line.problem}
    assert set(problems) == {"name"}, "the other places take it"
    assert where in problems["name"]
    assert not written or written not in problems["name"]
    assert rows(server, "select name, age from people where id = 1") == [("Ann", 30)]
    with pytest.raises(StoreError):
        work.change([line.with_problem("") for line in preview.lines if not line.stays], wanted)
    assert rows(server, "select name, nick, age from people where id = 1") == [("Ann", "Ann", 30)]


@pytest.mark.parametrize(
    "meanwhile",
    [
        "update people set nick = 'A.' where id = 1",
        "delete from labels where number = 2",
        "insert into labels values (1, 9, 'Ann', null)",
        "update labels set number = 8 where number = 2",
    ],
)
def test_rows_that_have_changed_are_not_written(server: SqlServer, data_map: DataMap, meanwhile: str) -> None:
    work = correction(server, data_map)
    wanted = proposals(work, {"Ann": "Anna"})
    approved = [line for line in looked(work, wanted).lines if line.can_be_written]
    run(server, meanwhile)
    before = [rows(server, f"select * from {name} order by 1, 2") for name in ("people", "labels")]  # noqa: S608
    with pytest.raises(RowsChangedError, match="nothing was written"):
        work.change(approved, wanted)
    assert [rows(server, f"select * from {name} order by 1, 2") for name in ("people", "labels")] == before  # noqa: S608


def test_only_what_is_approved_is_written(server: SqlServer, data_map: DataMap) -> None:
    work = correction(server, data_map)
    wanted = proposals(work, {"Ann": "Anna", 30: "31"})
    approved = [line for line in looked(work, wanted).lines if line.place.path in ("nick", "age")]
    work.change(approved, wanted)
    assert rows(server, "select name, nick, age from people where id = 1") == [("Ann", "Anna", 31)]
    assert [row[0] for row in rows(server, "select label from labels order by person, number")] == [
        *("Ann", "Ann", "ann", "Ann"),
    ]


def test_what_was_done_before_is_not_done_twice(server: SqlServer, data_map: DataMap) -> None:
    work = correction(server, data_map)
    wanted = proposals(work, {"Ann": "Anna"})
    approved = [line for line in looked(work, wanted).lines if line.can_be_written]
    work.change(approved, wanted)
    with pytest.raises(RowsChangedError):
        work.change(approved, wanted)
    work.change(approved, wanted, again=True)
    run(server, "insert into labels values (1, 7, 'Ann', null), (1, 8, 'Ann', null), (1, 9, 'Ann', null)")
    with pytest.raises(RowsChangedError):
        work.change(approved, wanted, again=True)


def test_a_preview_survives_being_written_down(server: SqlServer, data_map: DataMap) -> None:
    work = correction(server, data_map)
    preview = looked(work, proposals(work, {"Ann": "Anna"}))
    told = Preview.read(preview.document())
    assert (told, told.fingerprint) == (preview, preview.fingerprint)
    assert told.fingerprint != Preview(preview.lines, (), "of another file").fingerprint
