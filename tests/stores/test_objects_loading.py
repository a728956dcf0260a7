"""Rows of an export into files: each new, in the place that its row says, and nowhere else."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from dsar.datamap.model import Collection
from dsar.stores.base import Arriving, ForbiddenError, StoreError
from dsar.stores.objects import open_store
from dsar.values import Row
from tests.stores.maps import make_collection, make_dataset, make_field

TAKEN = r"b\.json: there is such a file already"


def things(path: str, *, format: str = "json", **more: str) -> Collection:
    fields = (make_field("id", data_type="string"), make_field("version"), make_field("text"))
    return make_collection("things", *fields, source={"path": path, "format": format, **more})


def load(folder: Path, collection: Collection, rows: list[Row], *, a_batch: int = 2) -> None:
    def batches() -> Iterator[Sequence[Row]]:
        for at in range(0, len(rows), a_batch):
            yield rows[at : at + a_batch]

    with open_store(make_dataset(collection), f"file://{folder}", {}).loading() as loading:
        assert loading.load([Arriving(collection, batches)]) == []


def files(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_a_document_lies_where_its_row_says_and_says_it_no_second_time(tmp_path: Path) -> None:
    rows = [{"id": "a b", "version": version, "text": "é\n"} for version in (1, 2, 3)]
    load(tmp_path, things("all/{id}/v{version}.json"), rows)
    assert {name: json.loads(text) for name, text in files(tmp_path).items()} == {
        f"all/a b/v{version}.json": {"text": "é\n"} for version in (1, 2, 3)
    }


def test_rows_of_one_document_are_its_array_at_its_place(tmp_path: Path) -> None:
    rows = [{"id": "a", "version": version} for version in (1, 2, 3)]
    load(tmp_path, things("{id}.json", rows="data.items"), rows)
    items = [{"version": 1}, {"version": 2}, {"version": 3}]
    assert json.loads(files(tmp_path)["a.json"]) == {"data": {"items": items}}


def test_lines_are_put_into_a_file_of_their_own_beside_those_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "day=1").mkdir()
    (tmp_path / "day=1" / "old.jsonl").write_text("{}\n")
    rows = [{"id": str(number % 2 + 1), "text": number} for number in range(5)]
    load(tmp_path, things("day={id}/*.jsonl", format="jsonl"), rows)
    found = files(tmp_path)
    assert found.pop("day=1/old.jsonl") == "{}\n"
    assert sorted(found.values()) == ['{"text":0}\n{"text":2}\n{"text":4}\n', '{"text":1}\n{"text":3}\n']
    assert {name.partition("/")[0] for name in found} == {"day=1", "day=2"}


@pytest.mark.parametrize("name", ["..", ".", "../x", "a/b", "", "a\0b", None, "/etc"])
def test_no_row_says_a_place_outside_or_another_rows(name: str | None, tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    rows: list[Row] = [{"id": "good", "version": 1}, {"id": name, "version": 1}]
    with pytest.raises(StoreError, match="make no path of a file"):
        load(inside, things("all/{id}/v{version}.json"), rows)
    assert list(tmp_path.rglob("*")) == [inside]


def test_a_file_that_is_there_stays_and_nothing_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text("another's")
    with pytest.raises(ForbiddenError, match=TAKEN):
        load(tmp_path, things("{id}.json"), [{"id": "a"}, {"id": "b"}])
    assert files(tmp_path) == {"b.json": "another's"}


def test_a_file_that_comes_while_rows_are_loaded_stays_too(tmp_path: Path) -> None:
    """After the last look, and before the names are given."""
    store = open_store(make_dataset(one := things("{id}.json")), f"file://{tmp_path}", {})
    with ExitStack() as stack:
        stack.enter_context(pytest.raises(ForbiddenError, match=TAKEN))
        loading = stack.enter_context(store.loading())
        loading.load([Arriving(one, lambda: iter([[{"id": "a"}, {"id": "b"}]]))])
        (tmp_path / "b.json").write_text("another's")
    assert files(tmp_path) == {"b.json": "another's"}, "a.json had its name already and lost it again"


def test_one_of_two_at_once_wins(tmp_path: Path) -> None:
    """Never half of each."""
    outcomes: list[str] = []

    def run(text: str) -> None:
        try:
            load(tmp_path, things("{id}.json"), [{"id": str(number), "text": text} for number in range(50)])
            outcomes.append(text)
        except ForbiddenError:
            pass

    threads = [threading.Thread(target=run, args=(text,)) for text in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = {json.loads(text)["text"] for text in files(tmp_path).values()}
    assert sorted(kept) == outcomes
    assert len(files(tmp_path)) == 50 * len(outcomes)


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_formats_that_cannot_be_written_yet_are_told(format: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=f"files of {format} cannot be loaded yet"):
        load(tmp_path, things("{id}.x", format=format), [{"id": "a"}])
    assert files(tmp_path) == {}


def test_an_object_store_is_told_to_be_none_yet() -> None:
    dataset = make_dataset(things("{id}.json"))
    store = open_store(dataset, "s3://bucket/folder", {"key": "k", "secret": "s"})
    with pytest.raises(StoreError, match="only files of this machine"), store.loading():
        pass
