"""The engine against a brute-force oracle, on small random maps and rows in real databases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsar.datamap.graph import build_graph
from dsar.datamap.model import Collection
from dsar.fulfilment import keys, shelf
from dsar.fulfilment import walk as engine
from dsar.fulfilment.keylines import read_lines, to_lines
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.reach import Identities
from dsar.fulfilment.stages import next_datasets
from dsar.fulfilment.walk import WalkInput, WalkResult, seed_keys, walk
from dsar.stores.config import StoreConfig
from dsar.stores.registry import open_store
from dsar.values import Row
from tests.fulfilment.databases import Backend, backend, printed
from tests.fulfilment.oracle import Answer, answer
from tests.fulfilment.worlds import Case, cases
from tests.often import HARD, often
from tests.stores.sql_servers import SQL_SERVERS


@pytest.fixture(scope="module")
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Backend:
    return backend(request, request.param, tmp_path_factory.mktemp("worlds"))


def collect(case: Case, place: Backend) -> Answer:
    """Return what is delivered and withheld, once no further identity is found."""
    addresses, proven = place.write(case), case.proven
    while True:
        found = Found()
        results = walk_stages(case, addresses, proven, found)
        more = {(kind, value) for result in results for kind, value, _ in result.proven}
        if not more:
            return found.answer
        kinds = proven.keys() | {kind for kind, _ in more}
        proven = {kind: proven.get(kind, frozenset()) | {value for k, value in more if k == kind} for kind in kinds}


def walk_stages(case: Case, addresses: Mapping[str, str], proven: Identities, found: Found) -> list[WalkResult]:
    """Walk stage by stage as the workers do, through key files too."""
    data_map = case.data_map()
    graph, asked, results = build_graph(data_map), KeySet(), []
    seeds = seed_keys(graph, proven)
    while stage := next_datasets(data_map, graph, seeds.waiting(asked)):
        for key in sorted(stage):
            dataset = data_map.dataset(key)
            work = WalkInput(data_map, dataset, graph, proven, seeds, asked)
            with open_store(dataset, StoreConfig(addresses[key], {})).snapshot() as snapshot:
                result = walk(work, snapshot=snapshot, sink=found.deliver)
            found.count(result)
            read_lines(
                to_lines({"asked": result.asked, "outgoing": result.outgoing}), {"asked": asked, "outgoing": seeds}
            )
            results.append(result)
    return results


class Found:
    def __init__(self) -> None:
        self.answer = Answer()

    def deliver(self, collection: Collection, rows: Sequence[Row]) -> None:
        self.answer.delivered.setdefault(int(collection.name[1:]), Counter()).update(map(printed, rows))

    def count(self, result: WalkResult) -> None:
        for name, counts in result.counts.items():
            self.answer.withheld[int(name[1:])] += counts.withheld


def agrees(data: st.DataObject, place: Backend) -> None:
    case = data.draw(cases(typed=place.typed))
    found, expected = collect(case, place), answer(case, place.read)
    assert found.delivered == expected.delivered
    assert +found.withheld == +expected.withheld


@pytest.mark.thorough
@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
@settings(HARD, max_examples=150)
@given(st.data())
def test_what_is_delivered_and_withheld_is_what_the_oracle_says(place: Backend, data: st.DataObject) -> None:
    agrees(data, place)


@pytest.mark.thorough
@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
@often(40)
@given(st.data())
def test_so_it_is_where_keys_are_too_many_to_be_asked_at_once(place: Backend, data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "MOST_KEYS", data.draw(st.integers(1, 3)))
        agrees(data, place)


@pytest.mark.thorough
@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
@often(60)
@given(st.data())
def test_so_it_is_where_keys_are_too_many_for_memory(place: Backend, data: st.DataObject) -> None:
    few_fit(data, place)


def few_fit(data: st.DataObject, place: Backend) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "MOST_KEYS", data.draw(st.integers(1, 3)))
        patch.setattr(keys, "MOST_HELD", data.draw(st.integers(0, 4)))
        patch.setattr(shelf, "PAGE", data.draw(st.integers(1, 3)))
        agrees(data, place)


@pytest.mark.thorough
@pytest.mark.parametrize("place", SQL_SERVERS[1:], indirect=True)
@often(40)
@given(st.data())
def test_so_it_is_where_columns_have_types(place: Backend, data: st.DataObject) -> None:
    agrees(data, place)


@pytest.mark.slow
@pytest.mark.parametrize("place", SQL_SERVERS, indirect=True)
@settings(HARD, max_examples=2_000)
@given(st.data())
def test_so_it_is_in_many_more_worlds(place: Backend, data: st.DataObject) -> None:
    agrees(data, place)


@pytest.mark.slow
@pytest.mark.parametrize("place", SQL_SERVERS, indirect=True)
@settings(HARD, max_examples=2_000)
@given(st.data())
def test_so_it_is_in_many_more_worlds_of_which_little_fits(place: Backend, data: st.DataObject) -> None:
    few_fit(data, place)
