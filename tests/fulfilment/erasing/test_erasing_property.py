"""Erasures of random people from random maps and rows in real databases, against the brute-force oracle of the walk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from dsar.datamap.erasure import Erasure as Rule
from dsar.datamap.erasure import ErasureAction
from dsar.datamap.graph import build_graph
from dsar.datamap.model import DataMap, Field
from dsar.fulfilment import walk as engine
from dsar.fulfilment.engine import Work
from dsar.fulfilment.erasing import sorting
from dsar.fulfilment.erasing.erase import Erasure
from dsar.fulfilment.erasing.fate import Fate
from dsar.fulfilment.scope import Scope
from dsar.stores.base import Store
from dsar.stores.config import StoreConfig
from dsar.stores.registry import open_store
from dsar.values import Row
from tests.datamap.test_graph_property import SIZE
from tests.fulfilment.databases import Backend, backend, printed
from tests.fulfilment.oracle import OWN, is_delivered, settled, whose
from tests.fulfilment.worlds import HERE, Case, cases
from tests.often import HARD, often
from tests.stores.sql_servers import SQL_SERVERS

RULES = (
    Rule(ErasureAction.DELETE),
    Rule(ErasureAction.DELETE),
    Rule(ErasureAction.DELETE, shared=True),
    Rule(ErasureAction.KEEP, why="A duty."),
    None,
)
DRIVERS = {"postgresql": "postgresql+psycopg", "mariadb": "mariadb+pymysql", "mysql": "mysql+pymysql"}
KEYS = {
    "sqlite": ("alter table {0} add column k integer", "update {0} set k = rowid"),
    "postgresql": ("alter table {0} add column k bigserial",),
    "mariadb": ("alter table {0} add column k bigint not null auto_increment unique",),
}


@pytest.fixture(scope="module")
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Backend:
    return backend(request, request.param, tmp_path_factory.mktemp("worlds"))


@dataclass
class World:
    """A case as it lies in databases, every row with a key `k` of its own beside the keys of the case."""

    case: Case
    place: Backend
    rules: Mapping[int, Rule | None]

    def __post_init__(self) -> None:
        self.addresses = self.place.write(self.case)
        self.engines = {name: engine_of(address) for name, address in self.addresses.items()}
        for number in range(SIZE):
            dataset, table = self.case.key(number)
            with self.engines[dataset].begin() as connection:
                for statement in KEYS[self.engines[dataset].dialect.name.replace("mysql", "mariadb")]:
                    connection.execute(text(statement.format(table)))

    def data_map(self) -> DataMap:
        """Return the case's map with the rules, and `k` as a part of each primary key."""
        found = self.case.data_map()
        key = Field(name="k", path="k", location=HERE, data_type="integer", primary_key=True)
        datasets = []
        for dataset in found.datasets:
            collections = [
                replace(item, fields=(*item.fields, key), erasure=self.rules[int(item.name[1:])])
                for item in dataset.collections
            ]
            datasets.append(replace(dataset, collections=tuple(collections)))
        return replace(found, datasets=tuple(datasets))

    def erasure(self) -> Erasure:
        data_map = self.data_map()

        def opened(key: str) -> Store:
            return open_store(data_map.dataset(key), StoreConfig(self.addresses[key], {}))

        # The graph is the case's own: with `k` in the keys its references would lead otherwise.
        return Erasure(Work(data_map, build_graph(self.case.data_map()), self.case.proven, opened, Scope(data_map)))

    def rows(self) -> dict[int, Counter[str]]:
        """Return every row that is there, by collection."""
        found = {}
        for number in range(SIZE):
            dataset, table = self.case.key(number)
            columns = ", ".join(self.case.columns(number))
            with self.engines[dataset].connect() as connection:
                rows = connection.execute(text(f"select {columns} from {table}")).mappings()  # noqa: S608
                found[number] = Counter(printed(self.place.read(self.case, number, dict(row))) for row in rows)
        return found


def engine_of(address: str) -> Engine:
    url = make_url(address)
    return create_engine(url.set(drivername=DRIVERS.get(url.drivername, url.drivername)), poolclass=NullPool)


def expected(world: World) -> dict[int, Counter[str]]:
    """Return the rows that must go: the person's own, where the map says so, and nobody else's."""
    case, found = settled(world.case, world.place.read)
    gone: dict[int, Counter[str]] = {number: Counter() for number in range(SIZE)}
    for number, row in found.own:
        rule = world.rules[number]
        if rule is None or rule.action is not ErasureAction.DELETE or not is_theirs(case, number, row, rule):
            continue
        gone[number][printed(row)] += 1
    return gone


def is_theirs(case: Case, number: int, row: Row, rule: Rule) -> bool:
    if number in case.shared and not rule.shared:
        return whose(case, number, row) == "person"
    return rule.shared or is_delivered(case, number, row, OWN)


def _is_odd(case: Case, number: int, row: Row) -> bool:
    """Return whether a row's key is none, or is not of the type that the map declares."""
    kinds = {"integer": int, "string": str, "boolean": bool}
    declared = kinds.get(case.types.get((number, "id"), ""))
    return row["id"] is None or (declared is not None and type(row["id"]) is not declared)


def holds(data: st.DataObject, place: Backend) -> None:
    case = data.draw(cases(typed=place.typed))
    rules = {number: data.draw(st.sampled_from(RULES)) for number in range(SIZE)}
    world = World(case, place, rules)
    before, gone = world.rows(), expected(world)
    erasure = world.erasure()
    preview = erasure.preview()
    assert world.rows() == before, "a preview changes nothing"
    if preview.problems:
        event("refused")
        # Only rows whose key is missing or not of its declared type cannot be named.
        assert all("rows would be changed where" in told for told in preview.problems), preview.problems
        assert any(_is_odd(case, number, row) for number in range(SIZE) if gone[number] for row in case.rows[number])
        return
    event("erased" if any(gone.values()) else "nothing to erase")
    assert preview.count(Fate.DELETE) == sum(sum(rows.values()) for rows in gone.values())
    erased = erasure.execute(fingerprint=preview.fingerprint)
    assert erased.failure == ""
    assert world.rows() == {number: before[number] - gone[number] for number in range(SIZE)}
    proof = erasure.verify()
    assert (proof.count(Fate.DELETE, Fate.MASK), proof.problems) == (0, ())


@pytest.mark.thorough
@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
@settings(HARD, max_examples=30)
@given(st.data())
def test_what_goes_is_what_the_oracle_says_and_nothing_else(place: Backend, data: st.DataObject) -> None:
    holds(data, place)


@pytest.mark.thorough
@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
@often(60)
@given(st.data())
def test_so_it_is_where_keys_are_too_many_to_be_asked_at_once(place: Backend, data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as patch:
        most = data.draw(st.integers(1, 3))
        patch.setattr(engine, "MOST_KEYS", most)
        patch.setattr(sorting, "MOST_KEYS", most)
        holds(data, place)


@pytest.mark.thorough
@pytest.mark.parametrize("place", SQL_SERVERS[1:], indirect=True)
@often(32)
@given(st.data())
def test_so_it_is_where_columns_have_types(place: Backend, data: st.DataObject) -> None:
    holds(data, place)
