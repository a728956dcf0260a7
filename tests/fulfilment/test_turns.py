"""A walk reads in turns: in which order, how far, from what, and what it tells on the way."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import pytest

from dsar.datamap.graph import build_graph
from dsar.datamap.model import DataMap
from dsar.fulfilment.joinkey import Asked
from dsar.fulfilment.keylines import to_lines
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.reach import Reach
from dsar.fulfilment.walk import MOST_UNPROVEN, WalkInput, WalkResult, placeholder, seed_keys, walk
from dsar.stores.config import StoreConfig
from dsar.stores.registry import open_store
from dsar.values import Value
from tests.fulfilment.walking import load_text

MAP = """
dataset:
- fides_key: app
  collections:
  - name: first
    fides_meta: {after: [AFTER1]}
    meta: {retention: {kind: account}, source: {path: first.jsonl, format: jsonl}}
    fields:
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - {name: phone, fides_meta: {identity: phone, data_type: string}}
    - {name: user, fides_meta: {identity: user_id, data_type: string}}
    - {name: old, meta: {identity_source: email}}
    - {name: id, fides_meta: {primary_key: true}}
  - name: second
    fides_meta: {after: [AFTER2]}
    meta: {retention: {kind: account}, source: {path: second.jsonl, format: jsonl}}
    fields:
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - {name: of, fides_meta: {references: [{dataset: app, field: first.id, direction: from}]}}
    - {name: phone, fides_meta: {identity: phone, data_type: string}}
"""
ANN = {"email": frozenset({"ann@x"})}


def the_map(folder: Path, *, first: str = "", second: str = "") -> DataMap:
    return load_text(folder, MAP.replace("AFTER1", first).replace("AFTER2", second))


def walked(
    folder: Path, data_map: DataMap, only: frozenset[tuple[str, str]] | None = None
) -> tuple[WalkResult, list[tuple[str, int]]]:
    """Return the result, and what was told of progress."""
    graph, dataset, told = build_graph(data_map), data_map.dataset("app"), list[tuple[str, int]]()
    work = WalkInput(data_map, dataset, graph, ANN, seed_keys(graph, ANN), KeySet(), only_collections=only)
    with open_store(dataset, StoreConfig(f"file://{folder}", {})).snapshot() as snapshot:
        result = walk(
            work,
            snapshot=snapshot,
            sink=lambda _collection, _rows: None,
            progress=lambda name, rows: told.append((name, rows)),
        )
    return result, told


def write(folder: Path, *, first: str, second: str) -> None:
    (folder / "first.jsonl").write_text(first)
    (folder / "second.jsonl").write_text(second)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, first='{"email": "ann@x", "id": 0}\n', second='{"email": "Ann@X"}\n{"of": 0}\n{"of": 1}\n')
    return tmp_path


@pytest.mark.parametrize(
    ("first", "second", "order"),
    [
        ("", "", ["first", "second"]),
        ("app.second", "", ["second", "first", "second"]),
        ("", "app.first", ["first", "second"]),
        ("app.first", "", ["first", "second"]),
        ("app.second", "app.first", ["first", "second"]),
    ],
    ids=["as in the map", "after the next", "after the one before", "after itself", "each after the other"],
)
def test_collections_are_read_in_the_order_of_after(folder: Path, first: str, second: str, order: list[str]) -> None:
    _, told = walked(folder, the_map(folder, first=first, second=second))
    assert [name for name, _ in told] == order


def test_a_limited_walk_reads_what_it_may_and_asks_nothing_else(folder: Path) -> None:
    result, told = walked(folder, the_map(folder), only=frozenset({("app", "first")}))
    assert told == [("first", 1)]
    assert set(result.counts) == {"first"}
    assert result.asked.collections() == (("app", "first"),)


def test_rows_are_told_of_as_they_are_read(tmp_path: Path) -> None:
    write(tmp_path, first='{"email": "ann@x"}\n' * 2_500, second='{"of": 9}\n')
    _, told = walked(tmp_path, the_map(tmp_path))
    assert told == [("first", 1_000), ("first", 2_000), ("first", 2_500)]


def test_a_walk_starts_from_each_identity_in_its_one_form(folder: Path) -> None:
    graph = build_graph(the_map(folder))
    spelled = seed_keys(graph, {"email": frozenset({"ANN@X"}), "user_id": frozenset({"U1"})})
    plain = seed_keys(graph, {"email": frozenset({"ann@x"}), "user_id": frozenset({"U1"})})
    assert list(to_lines({"": spelled})) == list(to_lines({"": plain}))
    user = next(plain.of(("app", "first")).portions(9))[("user",)]
    assert list(user.values()) == [Asked(("U1",), Reach.OWN)], "an address alone is folded"
    assert plain.collections() == (("app", "first"), ("app", "second"))


def test_identities_in_rows_of_ones_own_are_told_and_only_sources_prove_them(tmp_path: Path) -> None:
    write(
        tmp_path,
        first='{"email": "ann@x", "id": 0, "phone": "7", "user": "", "old": "Old@X"}\n'
        '{"email": "bob@x", "id": 0, "phone": "8", "old": "bob.old@x"}\n',
        second='{"of": 0, "phone": "9"}\n{"of": 0, "email": "bob@x", "phone": "10"}\n',
    )
    result, _ = walked(tmp_path, the_map(tmp_path))
    assert result.proven == {("email", "old@x", "app:first.old")}
    assert result.unproven == {("phone", "7", "app:first.phone"), ("phone", "9", "app:second.phone")}


def test_not_more_unproven_identities_are_told_than_a_reviewer_reads(tmp_path: Path) -> None:
    rows = "".join(f'{{"email": "ann@x", "phone": "{number}"}}\n' for number in range(MOST_UNPROVEN + 10))
    write(tmp_path, first=rows, second='{"of": 9}\n')
    result, _ = walked(tmp_path, the_map(tmp_path))
    assert len(result.unproven) == MOST_UNPROVEN


@pytest.mark.parametrize(
    ("value", "name"),
    [("{tenant}", "tenant"), ("{tenant", None), ("tenant}", None), ("tenant", None), ("", None), (7, None)],
)
def test_a_word_in_braces_is_filled_in_and_nothing_else_is(value: Value, name: str | None) -> None:
    assert placeholder(value) == name


def test_the_seconds_of_a_reading_are_told(folder: Path) -> None:
    started = perf_counter()
    result, _ = walked(folder, the_map(folder))
    assert 0 < sum(counts.seconds for counts in result.counts.values()) < perf_counter() - started
