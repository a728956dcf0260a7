"""Rows of files deleted and masked: exactly those, in every format, and every other byte as it was."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import io
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import orjson
import pyarrow
import pytest
from pyarrow import parquet

from dsar.datamap.erasure import Mask, Strategy
from dsar.datamap.model import Collection
from dsar.stores.base import Alternative, Changeable, Changing, Selection, StoreError
from dsar.stores.objects import open_store
from tests.stores.contract import by
from tests.stores.maps import make_collection, make_dataset, make_field
from tests.stores.objects_world import alone, read, write  # noqa: F401 - a fixture
from tests.stores.test_objects_compressed import zstd

pytestmark = pytest.mark.usefixtures("alone")

FIELDS = (
    make_field("user_id", data_type="integer"),
    make_field("email", data_type="string"),
    make_field("note"),
    make_field("place", data_type="string"),
)
ROWS: list[dict[str, Any]] = [
    {"user_id": number % 3, "email": f"p{number}@example.org", "note": "x", "place": "Bonn"} for number in range(9)
]
KEY = b"k" * 32
Masks = Mapping[str, Mask]


def people(path: str, format: str, **facts: Any) -> Collection:
    return make_collection("people", *FIELDS, source={"path": path, "format": format, **facts})


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def delete(folder: Path, collection: Collection, *alternatives: Alternative, commits: bool = True) -> int:
    with changing(folder, collection, commits=commits) as block:
        count = block.delete(collection, Selection(alternatives))
    return count  # noqa: RET504 - the block ends before


def mask(folder: Path, collection: Collection, masks: Masks, *alternatives: Alternative, commits: bool = True) -> int:
    with changing(folder, collection, commits=commits) as block:
        count = block.mask(collection, Selection(alternatives), masks, key=KEY)
    return count  # noqa: RET504 - the block ends before


def changing(folder: Path, *collections: Collection, commits: bool = True) -> AbstractContextManager[Changing]:
    store = open_store(make_dataset(*collections), f"file://{folder}", {})
    assert isinstance(store, Changeable)
    return store.changing(commits=commits)


def json_lines(rows: list[dict[str, Any]]) -> bytes:
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)


def document(rows: list[dict[str, Any]]) -> bytes:
    return json.dumps({"data": {"rows": rows}, "of": 1.50}, indent=1).encode()


def csv(rows: list[dict[str, Any]]) -> bytes:
    return b"user_id,email,note,place\r\n" + b"".join(
        ",".join(map(str, row.values())).encode() + b"\r\n" for row in rows
    )


def table(rows: list[dict[str, Any]]) -> bytes:
    sink = io.BytesIO()
    schema = pyarrow.schema({"user_id": pyarrow.int32(), **dict.fromkeys(("email", "note", "place"), pyarrow.string())})
    parquet.write_table(pyarrow.Table.from_pylist(rows, schema), sink, row_group_size=4)
    return sink.getvalue()


#: ending, format, how rows are spelt, what else the source says
FORMATS = [
    ("jsonl", "jsonl", json_lines, {}),
    ("jsonl.gz", "jsonl", lambda rows: gzip.compress(json_lines(rows)), {}),
    ("jsonl.zst", "jsonl", lambda rows: zstd(json_lines(rows)), {}),
    ("json", "json", document, {"rows": "data.rows"}),
    ("csv", "csv", csv, {}),
    ("csv.gz", "csv", lambda rows: gzip.compress(csv(rows)), {}),
    ("parquet", "parquet", table, {}),
]
each_format = pytest.mark.parametrize(
    ("ending", "format", "spell", "facts"), FORMATS, ids=[ending for ending, *_ in FORMATS]
)
Spell = Callable[[list[dict[str, Any]]], bytes]


@each_format
def test_the_rows_go_and_the_others_stay(
    tmp_path: Path, ending: str, format: str, spell: Spell, facts: dict[str, Any]
) -> None:
    others = [row for row in ROWS if row["user_id"] != 1]
    write(tmp_path, {f"a.{ending}": spell(ROWS), f"b.{ending}": spell(others)})
    collection, before = people(f"*.{ending}", format, **facts), contents(tmp_path)
    assert delete(tmp_path, collection, by("user_id", 1), commits=False) == 3
    assert contents(tmp_path) == before, "a dry run changes nothing"
    untouched = (tmp_path / f"b.{ending}").stat()
    assert delete(tmp_path, collection, by("user_id", 1)) == 3
    assert read(tmp_path, collection, by("user_id", 1)) == []
    assert read(tmp_path, collection, by("user_id", 0, 2)) == others + others
    assert contents(tmp_path).keys() == before.keys(), "nothing is left beside"
    assert (tmp_path / f"b.{ending}").stat() == untouched


@each_format
def test_the_rows_lose_values_and_keep_the_others(
    tmp_path: Path, ending: str, format: str, spell: Spell, facts: dict[str, Any]
) -> None:
    write(tmp_path, {f"a.{ending}": spell(ROWS)})
    collection, before = people(f"*.{ending}", format, **facts), contents(tmp_path)
    masks = {
        "email": Mask(Strategy.HMAC),
        "note": Mask(Strategy.FIXED, "") if format == "csv" else Mask(Strategy.NULL),
        "place": Mask(Strategy.RANDOM),
    }
    assert mask(tmp_path, collection, masks, by("user_id", 1), commits=False) == 3
    assert contents(tmp_path) == before
    assert mask(tmp_path, collection, masks, by("user_id", 1)) == 3
    found = read(tmp_path, collection, by("user_id", 1))
    assert [row["email"] for row in found] == [
        "erased-" + hmac.new(KEY, f"p{number}@example.org".encode(), hashlib.sha256).hexdigest()[:57]
        for number in (1, 4, 7)
    ]
    assert {row["note"] for row in found} == {"" if format == "csv" else None}
    assert all(row["place"].startswith("erased-") and len(row["place"]) == 32 for row in found)
    assert len({row["place"] for row in found}) == 3
    assert read(tmp_path, collection, by("user_id", 0, 2)) == [row for row in ROWS if row["user_id"] != 1]


def test_a_document_goes_with_its_row_and_its_folder_with_the_last(tmp_path: Path) -> None:
    write(tmp_path, {f"notes/{row['user_id']}/{row['email']}.json": orjson.dumps(row) for row in ROWS})
    collection = people("notes/{user_id}/*.json", "json")
    assert delete(tmp_path, collection, by("email", "p1@example.org")) == 1
    assert len(list((tmp_path / "notes" / "1").iterdir())) == 2
    assert delete(tmp_path, collection, by("user_id", 1)) == 2
    assert sorted(path.name for path in (tmp_path / "notes").iterdir()) == ["0", "2"]
    assert delete(tmp_path, collection, by("user_id", 0, 2)) == 6
    assert read(tmp_path, collection, by("user_id", 0, 1, 2)) == [], "it is empty, not lost"
    (tmp_path / "notes").rmdir()
    with pytest.raises(StoreError, match="no file lies below notes"):
        read(tmp_path, collection, by("user_id", 0))


@pytest.mark.parametrize("format", ["jsonl", "csv", "parquet"])
@pytest.mark.parametrize("pattern", ["{user_id}", "*"])
def test_a_file_of_which_nothing_is_left_goes_if_its_name_says_whose_it_was(
    tmp_path: Path, format: str, pattern: str
) -> None:
    spell = {"jsonl": json_lines, "csv": csv, "parquet": table}[format]
    write(tmp_path, {f"x/{user}.{format}": spell(ROWS[user::3]) for user in range(3)})
    collection = people(f"x/{pattern}.{format}", format)
    assert delete(tmp_path, collection, by("user_id", 1)) == 3
    assert len(contents(tmp_path)) == (2 if pattern == "{user_id}" else 3)
    assert read(tmp_path, collection, by("user_id", 0, 1, 2)) == ROWS[::3] + ROWS[2::3]
