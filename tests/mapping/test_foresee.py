"""What is foreseen of a walk, held against what the engine really asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsar.datamap.graph import CollectionKey, build_graph
from dsar.datamap.model import Collection
from dsar.datamap.plan import make_plan
from dsar.fulfilment.joinkey import Paths
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.reach import Identities, Reach
from dsar.fulfilment.stages import next_datasets
from dsar.fulfilment.walk import WalkInput, WalkResult, seed_keys, walk
from dsar.mapping.explaining.foresee import foresee
from dsar.mapping.explaining.steps import Foreseen, Visit
from dsar.stores.base import Selection, Snapshot, Undeclared
from dsar.stores.config import StoreConfig
from dsar.stores.registry import open_store
from dsar.values import Row
from tests.datamap.sketch import sketch
from tests.fulfilment.databases import Backend, backend
from tests.fulfilment.worlds import Case, cases

Asked = tuple[CollectionKey, frozenset[Paths]]


class Watched:
    """A snapshot that keeps what it is asked."""

    def __init__(self, snapshot: Snapshot, asked: list[Asked]) -> None:
        self._snapshot, self._asked = snapshot, asked
        self.taken_at: datetime = snapshot.taken_at

    def read(self, collection: Collection, selection: Selection) -> Iterator[Sequence[Row]]:
        self._asked.append((collection.key, frozenset(item.paths for item in selection.alternatives)))
        return self._snapshot.read(collection, selection)

    def count(self, collection: Collection, selection: Selection) -> int:
        return self._snapshot.count(collection, selection)

    def undeclared(self) -> tuple[Undeclared, ...]:
        return self._snapshot.undeclared()


def asked_of_stores(case: Case, place: Backend) -> tuple[list[Asked], Identities]:
    """Return what the engine asks, until no further identity is found, and the identities then."""
    addresses, proven, asked = place.write(case), case.proven, list[Asked]()
    while more := {(kind, value) for result in walk_all(case, addresses, proven, asked) for kind, value, _ in result}:
        kinds = proven.keys() | {kind for kind, _ in more}
        proven = {kind: proven.get(kind, frozenset()) | {value for k, value in more if k == kind} for kind in kinds}
    return asked, proven


def walk_all(
    case: Case, addresses: Mapping[str, str], proven: Identities, asked: list[Asked]
) -> list[set[tuple[str, str, str]]]:
    data_map, known, results = case.data_map(), KeySet(), list[WalkResult]()
    graph = build_graph(data_map)
    seeds = seed_keys(graph, proven)
    while stage := next_datasets(data_map, graph, seeds.waiting(known)):
        found = KeySet()  # for the next stage, as dsar.fulfilment.engine keeps it
        for key in sorted(stage):
            dataset = data_map.dataset(key)
            work = WalkInput(data_map, dataset, graph, proven, seeds, known)
            with open_store(dataset, StoreConfig(addresses[key], {})).snapshot() as snapshot:
                results.append(walk(work, snapshot=Watched(snapshot, asked), sink=lambda _collection, _rows: None))
            known.update(results[-1].asked)
            found.update(results[-1].outgoing)
        seeds.update(found)
    return [result.proven for result in results]


@pytest.fixture(scope="module")
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Backend:
    return backend(request, "sqlite", tmp_path_factory.mktemp("worlds"))


@pytest.mark.thorough
@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=60)
@given(st.data())
def test_whatever_the_engine_asks_was_foreseen(place: Backend, data: st.DataObject) -> None:
    case = data.draw(cases(typed=False))
    data_map = case.data_map()
    graph = build_graph(data_map)
    plan = make_plan(data_map, graph, frozenset(case.proven))
    foreseen = statements(foresee(data_map, graph, plan.foreseen))
    asked, proven = asked_of_stores(case, place)
    assert proven.keys() <= plan.foreseen
    for collection, paths in asked:
        assert any(paths <= known for known in foreseen.get(collection, ()))
    assert foreseen.keys() == graph.reachable(plan.foreseen)


def statements(foreseen: Foreseen) -> dict[CollectionKey, list[frozenset[Paths]]]:
    found: dict[CollectionKey, list[frozenset[Paths]]] = {}
    for visit in (visit for stage in foreseen.stages for visit in stage.visits):
        found.setdefault(visit.collection, []).extend(frozenset(item) for item in visit.statements)
    return found


def seen(*lines: str, kinds: str = "email", after: dict[str, tuple[str, ...]] | None = None) -> Foreseen:
    data_map = sketch(*lines, after=after or {})
    return foresee(data_map, build_graph(data_map), frozenset(kinds.split()))


def order(foreseen: Foreseen) -> list[list[str]]:
    return [[".".join(visit.collection) for visit in stage.visits] for stage in foreseen.stages]


def visits(foreseen: Foreseen) -> dict[str, Visit]:
    return {".".join(visit.collection): visit for stage in foreseen.stages for visit in stage.visits}


def test_stores_and_collections_come_in_the_order_of_the_engine() -> None:
    lines = ("a/x: id* e=email", "a/y: id* f<a/x.id", "b/x: id* e=email f<a/y.id", "c/x: id* f<b/x.id")
    # c.x once more: by rows of b.x that name somebody else, which a.y may lead to.
    assert order(seen(*lines)) == [["a.x", "a.y", "b.x"], ["b.x", "c.x"], ["c.x"]]
    held = seen(*lines, after={"b": ("a",)})
    assert order(held) == [["a.x", "a.y"], ["b.x"], ["c.x"]]
    assert held.stages[0].held_back == {"b": ("a",)}


def test_a_circle_is_told_and_ends() -> None:
    found = visits(seen("a/x: id* e=email f>a/y.id", "a/y: id* f>a/x.id", "a/z: id* f<a/x.id"))
    assert [name for name, visit in found.items() if visit.circles] == ["a.x", "a.y"]


def test_what_leads_through_anothers_row_is_foreign() -> None:
    found = visits(seen("a/x: id* e=email", "a/y: id* e=email f<a/x.id", "a/z: id* f<a/y.id"))
    assert [key.reaches for key in found["a.y"].keys] == [(Reach.OWN,), (Reach.OWN,)]
    assert [key.reaches for key in found["a.z"].keys] == [(Reach.OWN, Reach.FOREIGN)]


def test_a_fan_out_without_a_direction_is_not_followed_after_a_lookup() -> None:
    lines = ("a/x: id* e=email f>a/y.id", "a/y: id* p=phone", "a/z: id* f~a/y.id")
    found = seen(*lines)
    assert order(found) == [["a.x", "a.y"]]
    assert [(str(item.sources[0]), item.target, item.paths) for item in found.not_followed] == [
        ("a:y.id", ("a", "z"), ("f",))
    ]
    both = seen(*lines, kinds="email phone")
    assert order(both) == [["a.x", "a.y", "a.z"]]
    assert not both.not_followed


def test_what_leads_to_identities_is_walked_first() -> None:
    found = seen("a/x: id* e=email", "a/y: id* f<a/x.id o<=email", "a/z: id* e=email")
    assert [visit.collection[1] for stage in found.identifying for visit in stage.visits] == ["x", "y"]
    assert order(found) == [["a.x", "a.y", "a.z"]]
