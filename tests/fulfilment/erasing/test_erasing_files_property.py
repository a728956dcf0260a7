"""Erasures of random people from random maps over files, against the brute-force oracle of the walk."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import orjson
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from dsar.datamap.erasure import Erasure as Rule
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
from dsar.stores.objects.changing import disk
from dsar.stores.registry import open_store
from dsar.values import Row
from tests.datamap.test_graph_property import SIZE
from tests.fulfilment.databases import printed
from tests.fulfilment.erasing.test_erasing_property import RULES, World, _is_odd, expected
from tests.fulfilment.worlds import DATASETS, HERE, Case, cases
from tests.often import HARD, often


@dataclass
class Files:
    """A case as it lies in files, some in two, every row with a key `k` of its own beside the keys of the case."""

    case: Case
    rules: Mapping[int, Rule | None]
    folder: Path

    def __post_init__(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        for dataset in DATASETS:
            (self.folder / dataset).mkdir(parents=True)
        for number in range(SIZE):
            place = self._place(number)
            place.mkdir()
            rows = [{**row, "k": at} for at, row in enumerate(self.case.rows[number])]
            half = len(rows) // 2
            for name, part in (("a", rows[:half]), ("b", rows[half:])):
                (place / f"{name}.jsonl").write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in part))

    @property
    def place(self) -> Files:
        return self

    def read(self, _case: Case, _number: int, row: Row) -> Row:
        """Return a row as files give it back: as it was written."""
        return row

    def data_map(self) -> DataMap:
        found = self.case.data_map()
        key = Field(name="k", path="k", location=HERE, data_type="integer", primary_key=True)
        datasets = []
        for dataset in found.datasets:
            collections = [
                replace(
                    item,
                    fields=(*item.fields, key),
                    erasure=self.rules[int(item.name[1:])],
                    source={"path": f"{item.name}/*.jsonl", "format": "jsonl"},
                )
                for item in dataset.collections
            ]
            datasets.append(replace(dataset, collections=tuple(collections)))
        return replace(found, datasets=tuple(datasets))

    def erasure(self) -> Erasure:
        data_map = self.data_map()

        def opened(key: str) -> Store:
            return open_store(data_map.dataset(key), StoreConfig(f"file://{self.folder}/{key}", {}))

        return Erasure(Work(data_map, build_graph(self.case.data_map()), self.case.proven, opened, Scope(data_map)))

    def lines(self) -> dict[int, list[bytes]]:
        """Return every line that is there, in its order, by collection."""
        return {
            number: [line for path in sorted(self._place(number).iterdir()) for line in path.read_bytes().splitlines()]
            for number in range(SIZE)
        }

    def _place(self, number: int) -> Path:
        dataset, name = self.case.key(number)
        return self.folder / dataset / name


def as_json(case: Case) -> Case:
    """Return the case with texts where it has bytes, which JSON does not know."""
    rows = tuple(
        tuple({name: v.decode() if isinstance(v, bytes) else v for name, v in row.items()} for row in found)
        for found in case.rows
    )
    return replace(case, rows=rows)


def without_key(line: bytes) -> str:
    row = orjson.loads(line)
    del row["k"]
    return printed(row)


@settings(HARD, max_examples=10)
@given(st.data())
def test_what_goes_is_what_the_oracle_says_and_every_other_line_stays(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    holds(data, tmp_path_factory.getbasetemp() / "files")


@pytest.mark.thorough
@often(60)
@given(st.data())
def test_so_it_is_where_keys_are_too_many_to_be_asked_at_once(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        most = data.draw(st.integers(1, 3))
        patch.setattr(engine, "MOST_KEYS", most)
        patch.setattr(sorting, "MOST_KEYS", most)
        holds(data, tmp_path_factory.getbasetemp() / "files")


def holds(data: st.DataObject, folder: Path) -> None:
    case = as_json(data.draw(cases(typed=False)))
    rules = {number: data.draw(st.sampled_from(RULES)) for number in range(SIZE)}
    world = Files(case, rules, folder)
    before, gone = world.lines(), expected(cast(World, world))
    erasure = world.erasure()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(disk, "_SETTLED", 0.0)
        preview = erasure.preview()
        assert world.lines() == before, "a preview changes nothing"
        if preview.problems:
            event("refused")
            assert all("rows would be changed where" in told for told in preview.problems), preview.problems
            assert any(
                _is_odd(case, number, row) for number in range(SIZE) if gone[number] for row in case.rows[number]
            )
            return
        event("erased" if any(gone.values()) else "nothing to erase")
        assert preview.count(Fate.DELETE) == sum(sum(rows.values()) for rows in gone.values())
        assert erasure.execute(fingerprint=preview.fingerprint).failure == ""
    after = world.lines()
    for number in range(SIZE):
        left = iter(before[number])
        assert all(line in left for line in after[number]), "lines stay as they were, in their order"
        kept = Counter(map(without_key, after[number]))
        assert kept == Counter(map(without_key, before[number])) - gone[number]
    proof = erasure.verify()
    assert (proof.count(Fate.DELETE, Fate.MASK), proof.problems) == (0, ())
