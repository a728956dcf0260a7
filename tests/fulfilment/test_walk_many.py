"""Many walks over one store at once are what they are one by one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from dsar.datamap.graph import build_graph
from dsar.datamap.model import Collection
from dsar.fulfilment import keys as keysets
from dsar.fulfilment import walk as walking
from dsar.fulfilment import walk_many as sharing
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.reach import Identities
from dsar.fulfilment.walk import WalkInput, WalkResult, seed_keys, walk
from dsar.fulfilment.walk_many import Errand, walk_many
from dsar.stores.base import Selection, Snapshot, StoreError
from dsar.stores.config import StoreConfig
from dsar.stores.registry import open_store
from dsar.values import Row
from tests.fulfilment.databases import Backend, backend, printed
from tests.fulfilment.walking import load_text
from tests.fulfilment.worlds import DATASETS, Case, cases

EMAILS = st.frozensets(st.sampled_from(["a@x", "b@x", "\u00e4@x"]), min_size=1)
PHONES = st.frozensets(st.sampled_from(["0", "7"]), min_size=1)
IDENTITIES = st.fixed_dictionaries({"email": EMAILS}, optional={"phone": PHONES})


@pytest.fixture(scope="module")
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Backend:
    return backend(request, "sqlite", tmp_path_factory.mktemp("worlds"))


@dataclass
class Rows:
    """What one walk delivers; fails at its `fails_at`-th call if that is set."""

    fails_at: int = 0
    calls: int = 0
    found: Counter[tuple[str, Any]] = field(default_factory=Counter)

    def __call__(self, collection: Collection, rows: Sequence[Row]) -> None:
        self.calls += 1
        if self.calls == self.fails_at:
            raise RuntimeError("this one's own failure")
        self.found.update((collection.name, printed(row)) for row in rows)


class Counting:
    """A snapshot that counts its readings, and fails at one of them."""

    def __init__(self, snapshot: Snapshot, fails_at: int = 0) -> None:
        self._snapshot, self.taken_at = snapshot, snapshot.taken_at
        self.readings, self.fails_at = 0, fails_at

    def read(self, collection: Collection, selection: Selection) -> Iterator[Sequence[Row]]:
        self.readings += 1
        if self.readings == self.fails_at:
            raise StoreError("it went away", retry=True)
        yield from self._snapshot.read(collection, selection)

    def count(self, collection: Collection, selection: Selection) -> int:
        return self._snapshot.count(collection, selection)

    def undeclared(self) -> Any:
        return self._snapshot.undeclared()


def works(case: Case, dataset: str, people: Sequence[Identities]) -> list[WalkInput]:
    data_map = case.data_map()
    graph = build_graph(data_map)
    return [
        WalkInput(data_map, data_map.dataset(dataset), graph, person, seed_keys(graph, person), KeySet())
        for person in people
    ]


@contextmanager
def opened(case: Case, dataset: str, place: Backend) -> Iterator[Snapshot]:
    address = place.write(case)[dataset]
    with open_store(case.data_map().dataset(dataset), StoreConfig(address, {})).snapshot() as snapshot:
        yield snapshot


def facts(result: WalkResult | Exception) -> object:
    """Return all of a result but the seconds."""
    assert isinstance(result, WalkResult)
    counts = {name: (item.rows, item.withheld, item.types) for name, item in result.counts.items()}
    return counts, _sorted_keys(result), result.by_elements, result.proven, result.unproven


def _sorted_keys(result: WalkResult) -> list[list[str]]:
    return [
        sorted(f"{collection} {paths} {key}" for collection, paths, keys in found.lines() for key in keys)
        for found in (result.asked, result.outgoing)
    ]


def check(data: st.DataObject, place: Backend) -> None:
    case = data.draw(cases(typed=place.typed))
    people = data.draw(st.lists(IDENTITIES, min_size=2, max_size=5))
    dataset = data.draw(st.sampled_from([key for key in DATASETS if case.numbers_of(key)]))
    inputs = works(case, dataset, people)
    with opened(case, dataset, place) as snapshot:
        single = [Rows() for _ in inputs]
        expected = [walk(work, snapshot=snapshot, sink=sink) for work, sink in zip(inputs, single, strict=True)]
        shared = [Rows() for _ in inputs]
        errands = [Errand(work, sink) for work, sink in zip(inputs, shared, strict=True)]
        results = walk_many(errands, snapshot=snapshot)
    assert [sink.found for sink in shared] == [sink.found for sink in single]
    assert [facts(result) for result in results] == [facts(result) for result in expected]


@pytest.mark.thorough
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_each_gets_what_it_gets_alone(place: Backend, data: st.DataObject) -> None:
    check(data, place)


@pytest.mark.thorough
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_so_it_is_for_those_whose_rows_are_too_many_to_hold(place: Backend, data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sharing, "MOST_OF_ONE", data.draw(st.integers(0, 2)))
        patch.setattr(sharing, "MOST_OF_ALL", data.draw(st.integers(0, 3)))
        check(data, place)


@pytest.mark.thorough
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_so_it_is_for_those_whose_keys_are_too_many_to_hold(place: Backend, data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keysets, "MOST_HELD", data.draw(st.integers(0, 3)))
        patch.setattr(walking, "MOST_KEYS", data.draw(st.integers(1, 3)))
        patch.setattr(sharing, "MOST_KEYS", data.draw(st.integers(1, 8)))
        check(data, place)


FILES = """
dataset:
- fides_key: app
  collections:
  - name: people
    meta: {source: {path: people.jsonl, format: jsonl}}
    fields:
    - {name: id, data_categories: [user], fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, data_categories: [user], fides_meta: {identity: email, data_type: string}}
  - name: letters
    meta: {source: {path: letters.jsonl, format: jsonl}}
    fields:
    - name: person_id
      data_categories: [user]
      fides_meta: {data_type: integer, references: [{dataset: app, field: people.id, direction: from}]}
    - {name: text, data_categories: [user]}
"""
PEOPLE = 40


def write_lines(path: Path, rows: list[Row]) -> None:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def write_parquet(path: Path, rows: list[Row]) -> None:
    parquet.write_table(pyarrow.Table.from_pylist(rows), path, row_group_size=7)


FORMATS: dict[str, Callable[[Path, list[Row]], None]] = {"jsonl": write_lines, "parquet": write_parquet}


@pytest.fixture(params=FORMATS)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[list[WalkInput], Counting]]:
    """Forty people with two letters each, in files that have to be read as a whole."""
    data_map = load_text(tmp_path, FILES.replace("jsonl", request.param))
    rows = {
        "people": [{"id": n, "email": f"p{n}@x"} for n in range(PEOPLE)],
        "letters": [{"person_id": n % PEOPLE, "text": f"CANARY-{n % PEOPLE}-{n}"} for n in range(2 * PEOPLE)],
    }
    for name, found in rows.items():
        FORMATS[request.param](tmp_path / f"{name}.{request.param}", found)
    graph, dataset = build_graph(data_map), data_map.dataset("app")
    people: list[Identities] = [{"email": frozenset([f"p{n}@x"])} for n in range(PEOPLE)]
    inputs = [WalkInput(data_map, dataset, graph, who, seed_keys(graph, who), KeySet()) for who in people]
    with open_store(dataset, StoreConfig(f"file://{tmp_path}", {})).snapshot() as snapshot:
        yield inputs, Counting(snapshot)


def test_a_store_is_read_once_for_all(shop: tuple[list[WalkInput], Counting]) -> None:
    inputs, snapshot = shop
    sinks = [Rows() for _ in inputs]
    walk_many([Errand(work, sink) for work, sink in zip(inputs, sinks, strict=True)], snapshot=snapshot)
    assert snapshot.readings == 2
    for number, sink in enumerate(sinks):
        assert sink.found.total() == 3
        assert all(f"CANARY-{number}-" in row for name, row in sink.found if name == "letters")


def test_who_has_too_many_rows_together_shares_a_few_readings(
    shop: tuple[list[WalkInput], Counting], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "MOST_OF_ALL", 30)
    inputs, snapshot = shop
    sinks = [Rows() for _ in inputs]
    walk_many([Errand(work, sink) for work, sink in zip(inputs, sinks, strict=True)], snapshot=snapshot)
    assert [sink.found.total() for sink in sinks] == [3] * PEOPLE
    assert snapshot.readings <= 2 + 4, "40 people by 30, 80 letters by 30: not one for each who had no room"


def test_the_failure_of_one_is_its_own(shop: tuple[list[WalkInput], Counting]) -> None:
    inputs, snapshot = shop
    sinks = [Rows(fails_at=number == 7 and 2) for number in range(PEOPLE)]
    results = walk_many([Errand(work, sink) for work, sink in zip(inputs, sinks, strict=True)], snapshot=snapshot)
    assert [number for number, result in enumerate(results) if isinstance(result, Exception)] == [7]
    assert [sink.found.total() for sink in sinks] == [1 if number == 7 else 3 for number in range(PEOPLE)]


def test_a_store_that_fails_fails_all(shop: tuple[list[WalkInput], Counting]) -> None:
    inputs, snapshot = shop
    snapshot.fails_at = 2
    with pytest.raises(StoreError, match="it went away"):
        walk_many([Errand(work, Rows()) for work in inputs], snapshot=snapshot)


def test_only_walks_of_one_dataset_share(shop: tuple[list[WalkInput], Counting]) -> None:
    inputs, snapshot = shop
    other = replace(inputs[0], parameters={"tenant": 2})
    with pytest.raises(ValueError, match="one dataset"):
        walk_many([Errand(work, Rows()) for work in (other, inputs[1])], snapshot=snapshot)


@pytest.mark.slow
@settings(max_examples=2_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_so_it_is_in_many_more_worlds(place: Backend, data: st.DataObject) -> None:
    check(data, place)
