"""Rows that PostgreSQL itself has counted: the same rows go as where each is looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import text

from dsar.datamap.graph import build_graph
from dsar.datamap.model import DataMap
from dsar.fulfilment.engine import Work
from dsar.fulfilment.erasing.erase import Erasure
from dsar.fulfilment.erasing.fate import Fate
from dsar.fulfilment.erasing.preview import Part, Preview
from dsar.fulfilment.replaying.past import Past, past_store
from dsar.fulfilment.scope import Scope
from dsar.stores.base import (
    Alternative,
    Changeable,
    Changing,
    Grouping,
    Referring,
    Rehearsing,
    Selection,
    Snapshot,
    Store,
)
from dsar.stores.config import StoreConfig
from dsar.stores.registry import open_store
from tests.datamap.maps import load_text
from tests.stores.sql_servers import SqlServer, make_server

pytestmark = pytest.mark.postgres

MAP = """
dataset:
- fides_key: shop
  collections:
  - name: people
    meta: {erasure: {action: delete}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
  - name: visits
    meta: {erasure: {action: delete}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - name: person_id
      fides_meta: {data_type: integer, references: [{dataset: shop, field: people.id, direction: from}]}
"""
TABLES = """
create table people (id bigint primary key, email text not null);
create table visits (id bigint primary key, email text, person_id bigint);
insert into people values (1, 'ann@example.org'), (2, 'bob@example.org');
insert into visits select n, null, 1 + n % 2 from generate_series(1, 5000) n;
insert into visits values (9001, 'Ann@example.org', null), (9002, 'ANN@example.org', 1), (9003, 'bob@example.org', null)
"""
MINE = 2 + 2500


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlServer]:
    request.param = "postgresql"
    with make_server(request, tmp_path_factory.mktemp("groups")) as server:
        yield server


@pytest.fixture
def shop(server: SqlServer) -> SqlServer:
    run(server, "drop table if exists visits; drop table if exists people;" + TABLES)
    return server


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


class RowByRow:
    """A store that cannot count: what it tells is what the other must."""

    kind = "sql"
    certainty = None

    def __init__(self, store: Any) -> None:
        self._store = store

    def introspect(self) -> Any:
        return self._store.introspect()

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        with self._store.snapshot() as snapshot:
            yield cast(Snapshot, _Without(snapshot))

    @contextmanager
    def changing(self, *, commits: bool) -> Iterator[Changing]:
        with self._store.changing(commits=commits) as changing:
            yield cast(Changing, _Without(changing))

    def close(self) -> None:
        """It is the other's."""


class _Without:
    def __init__(self, snapshot: Any) -> None:
        self._snapshot = snapshot

    def __getattr__(self, name: str) -> Any:
        if name in {"groups", "rehearse_delete"}:
            raise AttributeError(name)
        return getattr(self._snapshot, name)


def erasure(server: SqlServer, data_map: DataMap, *, by_groups: bool = True) -> Erasure:
    found = open_store(data_map.dataset("shop"), StoreConfig(server.url, {}))
    store = found if by_groups else cast(Store, RowByRow(found))
    identities = {"email": frozenset({"ann@example.org"})}
    return Erasure(Work(data_map, build_graph(data_map), identities, lambda _key: store, Scope(data_map)))


def counted(preview: Preview) -> dict[str, dict[Any, int]]:
    return {name: dict(part.rows) for (_, name), part in preview.parts.items()}


def part(preview: Preview) -> Part:
    return preview.parts["shop", "visits"]


@pytest.mark.thorough
@pytest.mark.parametrize("by_groups", [True, False])
def test_the_same_rows_go_and_no_others(shop: SqlServer, data_map: DataMap, by_groups: bool) -> None:
    work = erasure(shop, data_map, by_groups=by_groups)
    preview = work.preview()
    assert preview.problems == ()
    assert counted(preview) == {"people": {(Fate.DELETE, ""): 1}, "visits": {(Fate.DELETE, ""): MINE}}
    assert rows(shop, "select count(*) from visits") == [(5003,)], "a preview takes everything back"
    assert work.execute(fingerprint=preview.fingerprint).failure == ""
    assert rows(shop, "select count(*), min(person_id), max(email) from visits") == [(2501, 2, "bob@example.org")]
    proof = work.verify()
    assert (proof.count(Fate.DELETE, Fate.MASK), proof.problems) == (0, ())


@pytest.mark.thorough
def test_rows_that_stay_among_them_are_told_apart(shop: SqlServer, data_map: DataMap) -> None:
    run(shop, "update visits set email = 'bob@example.org' where id = 2")
    for by_groups in (True, False):
        preview = erasure(shop, data_map, by_groups=by_groups).preview()
        assert {str(fate): count for (fate, _), count in part(preview).rows.items()} == {
            "delete": MINE - 1,
            "others": 1,
        }
    work = erasure(shop, data_map)
    assert work.execute(fingerprint=work.preview().fingerprint).failure == ""
    assert rows(shop, "select id from visits where person_id = 1") == [(2,)]


def test_one_row_for_another_is_another_plan(shop: SqlServer, data_map: DataMap) -> None:
    before = erasure(shop, data_map).preview()
    run(shop, "update visits set id = 10000 where id = 2")
    after = erasure(shop, data_map).preview()
    assert part(before).rows == part(after).rows
    assert before.fingerprint != after.fingerprint
    run(shop, "update visits set id = 2 where id = 10000")
    assert erasure(shop, data_map).preview().fingerprint == before.fingerprint


def test_a_key_that_the_table_does_not_have_counts_nothing(shop: SqlServer, data_map: DataMap) -> None:
    run(shop, "alter table visits drop constraint visits_pkey; insert into visits values (2, null, 2)")
    preview = erasure(shop, data_map).preview()
    assert any(f"{MINE + 1} rows would be changed where {MINE}" in told for told in preview.problems), preview.problems


@pytest.mark.parametrize("column", ["email text collate loose", "email char(20)"])
def test_what_a_column_finds_equal_is_told_apart(shop: SqlServer, data_map: DataMap, column: str) -> None:
    run(
        shop,
        "create collation if not exists loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
    )
    run(shop, f"alter table visits alter {column.replace(' ', ' type ', 1)}")
    run(
        shop,
        "insert into visits values (9100, '\u00e4nn@example.org', null), (9101, 'an\u0301n@example.org', null)",
    )
    works = [erasure(shop, data_map, by_groups=by_groups) for by_groups in (True, False)]
    one, other = (work.preview() for work in works)
    assert (counted(one), one.problems) == (counted(other), other.problems)
    assert part(one).count(Fate.DELETE) == MINE


def test_in_the_past_rows_are_looked_at_one_by_one(shop: SqlServer, data_map: DataMap) -> None:
    store = open_store(data_map.dataset("shop"), StoreConfig(shop.url, {}))
    collection = data_map.collection(("shop", "visits"))
    wanted = Selection((Alternative(("person_id",), frozenset({(1,)})),))
    past = Past({}, doubts=False, data_map=data_map, graph=build_graph(data_map))
    with store.snapshot() as now, past_store(store, past).snapshot() as then:
        for snapshot, tells in ((now, True), (then, False)):
            assert isinstance(snapshot, Grouping)
            assert (snapshot.groups(collection, wanted, ["person_id", "email"]) is not None) == tells


FORBIDS = """
create or replace function forbid() returns trigger language plpgsql as
'begin raise exception using errcode = ''check_violation''~ end'
"""
FORBIDS_ONE = (
    "create trigger forbid before delete on visits for each row when (old.id = 4000) execute function forbid()"
)


def test_many_rows_are_tried_one_and_all_where_one_may_be_forbidden(shop: SqlServer, data_map: DataMap) -> None:
    work = erasure(shop, data_map)
    collection = data_map.collection(("shop", "visits"))
    wanted = Selection((Alternative(("person_id",), frozenset({(1,)})),))
    store = open_store(data_map.dataset("shop"), StoreConfig(shop.url, {}))
    assert isinstance(store, Changeable)
    with store.changing(commits=False) as changing:
        assert isinstance(changing, Rehearsing)
        assert changing.rehearse_delete(collection, wanted)
        assert 0 < 2501 - changing.count(collection, wanted) <= 100, "a few are tried"
    assert work.preview().problems == ()
    with shop.writer.begin() as connection:
        connection.execute(text(FORBIDS.replace("~", ";")))
    run(shop, FORBIDS_ONE)
    with store.changing(commits=False) as changing:
        assert isinstance(changing, Rehearsing)
        assert not changing.rehearse_delete(collection, wanted)
    assert [told for told in work.preview().problems if "shop:visits" in told]
    assert rows(shop, "select count(*) from visits") == [(5003,)]


def test_foreign_keys_are_told_as_by_everything_that_is_told(shop: SqlServer, data_map: DataMap) -> None:
    run(
        shop,
        "drop schema if exists apart cascade; create schema apart;"
        "create table apart.pairs (a int, b int, primary key (b, a), parent_a int, parent_b int,"
        " foreign key (parent_b, parent_a) references apart.pairs (b, a));"
        "create table apart.parts (id bigint references people (id)) partition by range (id);"
        "create table apart.part_1 partition of apart.parts for values from (0) to (10);"
        "alter table visits add foreign key (person_id) references people (id) on delete cascade",
    )
    store = open_store(data_map.dataset("shop"), StoreConfig(shop.url, {}))
    assert isinstance(store, Referring)
    told = {item.name: (item.declared, item.references) for item in store.references()}
    every = {item.name: (item.declared, item.references) for item in store.introspect()}
    assert len(told) == 4
    assert told == {name: facts for name, facts in every.items() if name in told}
    assert all(not references for name, (_, references) in every.items() if name not in told)
    preview = erasure(shop, data_map).preview()
    assert (counted(preview)["visits"], preview.problems) == ({(Fate.DELETE, ""): MINE}, ())
    run(shop, "drop schema apart cascade")
