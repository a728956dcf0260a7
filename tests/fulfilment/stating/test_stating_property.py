"""States of random people from random maps and rows in real databases, against the brute-force oracle of the walk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from dsar.datamap.erasure import Erasure as Rule
from dsar.datamap.erasure import ErasureAction
from dsar.datamap.graph import build_graph
from dsar.datamap.model import Collection, DataMap, Field
from dsar.datamap.states import State, StateKind
from dsar.fulfilment.engine import Work
from dsar.fulfilment.scope import Scope
from dsar.fulfilment.stating.apply import Applied, apply, places
from dsar.fulfilment.stating.kept import Kept
from dsar.fulfilment.stating.put_back import put_back
from dsar.stores.base import Store
from dsar.stores.config import StoreConfig
from dsar.stores.registry import open_store
from dsar.values import Row, Value
from tests.datamap.test_graph_property import SIZE
from tests.fulfilment.databases import Backend, backend, printed
from tests.fulfilment.erasing.test_erasing_property import KEYS, engine_of, is_theirs
from tests.fulfilment.oracle import settled
from tests.fulfilment.worlds import HERE, Case, cases
from tests.often import HARD, often
from tests.stores.sql_servers import SQL_SERVERS

STATE = State({"note": "held", "level": 0})
#: What stands in the two fields before, by the remainder of the row's number.
NOTES: tuple[str | None, ...] = (None, "held", "free", "", "hold")
LEVELS: tuple[int | None, ...] = (None, 0, 7)
GONE, CHANGED = "delete from {} where k = :key", "update {} set level = 5 where k = :key"
DELETED = Rule(ErasureAction.DELETE)
#: (the row as the case has it, its number, note, level)
Held = tuple[str, int, str | None, int | None]


@pytest.fixture(scope="module")
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Backend:
    return backend(request, request.param, tmp_path_factory.mktemp("worlds"))


@dataclass
class World:
    """A case as it lies in databases; every row has a key `k` beside, and the two fields that a state is written to."""

    case: Case
    place: Backend

    def __post_init__(self) -> None:
        self.addresses = self.place.write(self.case)
        self.engines: Mapping[str, Engine] = {name: engine_of(address) for name, address in self.addresses.items()}
        for number in range(SIZE):
            dataset, table = self.case.key(number)
            with self.engines[dataset].begin() as connection:
                for statement in KEYS[self.engines[dataset].dialect.name.replace("mysql", "mariadb")]:
                    connection.execute(text(statement.format(table)))
                connection.execute(text(f"alter table {table} add column note varchar(9)"))
                connection.execute(text(f"alter table {table} add column level integer"))
                for column, values in (("note", NOTES), ("level", LEVELS)):
                    connection.execute(text(f"update {table} set {column} = {_by_number(values)}"))  # noqa: S608

    def data_map(self) -> DataMap:
        """Return the case's map with a state in every collection, and `k` as its primary key."""
        more = (
            Field(name="k", path="k", location=HERE, data_type="integer", primary_key=True),
            Field(name="note", path="note", location=HERE, data_type="string"),
            Field(name="level", path="level", location=HERE, data_type="integer"),
        )

        def held(item: Collection) -> Collection:
            fields = tuple(replace(each, primary_key=False) for each in item.fields)
            return replace(item, fields=(*fields, *more), suspend=STATE)

        found = self.case.data_map()
        datasets = (replace(each, collections=tuple(map(held, each.collections))) for each in found.datasets)
        return replace(found, datasets=tuple(datasets))

    def work(self) -> Work:
        data_map = self.data_map()

        def opened(key: str) -> Store:
            return open_store(data_map.dataset(key), StoreConfig(self.addresses[key], {}))

        # The graph is the case's own: with `k` as the key its references would lead otherwise.
        return Work(data_map, build_graph(self.case.data_map()), self.case.proven, opened, Scope(data_map))

    def rows(self) -> dict[int, set[Held]]:
        found = {}
        for number in range(SIZE):
            dataset, table = self.case.key(number)
            columns = ", ".join((*self.case.columns(number), "k", "note", "level"))
            with self.engines[dataset].connect() as connection:
                rows = connection.execute(text(f"select {columns} from {table}")).mappings()  # noqa: S608
                found[number] = {self._held(number, dict(row)) for row in rows}
        return found

    def change(self, number: int, key: int, statement: str) -> None:
        dataset, table = self.case.key(number)
        with self.engines[dataset].begin() as connection:
            connection.execute(text(statement.format(table)), {"key": key})

    def _held(self, number: int, row: Row) -> Held:
        more = (row.pop("k"), row.pop("note"), row.pop("level"))
        return (printed(self.place.read(self.case, number, row)), *more)


def _by_number(values: Sequence[Value]) -> str:
    spelt = ["null" if value is None else repr(value) for value in values]
    whens = " ".join(f"when {at} then {value}" for at, value in enumerate(spelt))
    return f"case k % {len(values)} {whens} end"


def own_rows(world: World) -> dict[int, set[str]]:
    """Return what the rows look like that are the person's own and nobody else's, by the oracle."""
    case, found = settled(world.case, world.place.read)
    own: dict[int, set[str]] = {number: set() for number in range(SIZE)}
    for number, row in found.own:
        if is_theirs(case, number, row, DELETED):
            own[number].add(printed(row))
    return own


def holds(data: st.DataObject, place: Backend) -> None:
    world = World(data.draw(cases(typed=place.typed)), place)
    before, own, work, kept = world.rows(), own_rows(world), world.work(), Kept()
    wanted = places(work, StateKind.SUSPEND)

    def held() -> Applied:
        return apply(work, StateKind.SUSPEND, wanted, kept=kept, keep=lambda _kept: None, check=lambda: None)

    applied = held()
    expected = {
        number: {(*row[:2], "held", 0) if row[0] in own[number] else row for row in rows}
        for number, rows in before.items()
    }
    assert (applied.problems, world.rows()) == ({}, expected)
    assert sum(applied.rows.values()) == sum(row[0] in own[number] for number in before for row in before[number])
    event("held" if any(own.values()) else "nothing is theirs")
    lines = list(kept.to_lines())
    assert (held().changed, list(kept.to_lines())) == (0, lines)
    changed = [(number, row) for number, rows in before.items() for row in sorted(rows, key=lambda row: row[1])]
    changed = [item for item in changed if data.draw(st.booleans())][:3]
    after = before
    for number, row in changed:
        gone = data.draw(st.booleans())
        world.change(
            number, row[1], "delete from {} where k = :key" if gone else "update {} set level = 5 where k = :key"
        )
        after = {**after, number: after[number] - {row} | (set() if gone else {(*row[:3], 5)})}
    kept = Kept.from_lines(lines)
    found = put_back(work, kept=kept, keep=lambda _kept: None, check=lambda: None)
    assert (found.problems, world.rows()) == ({}, after)
    assert found.written + found.there + found.left + found.gone == len(lines)
    assert not kept


@pytest.mark.thorough
@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
@settings(HARD, max_examples=8)
@given(st.data())
def test_what_is_held_is_what_the_oracle_says_and_is_put_back(place: Backend, data: st.DataObject) -> None:
    holds(data, place)


@pytest.mark.thorough
@pytest.mark.parametrize("place", SQL_SERVERS, indirect=True)
@often(32)
@given(st.data())
def test_so_it_is_in_every_database(place: Backend, data: st.DataObject) -> None:
    holds(data, place)
