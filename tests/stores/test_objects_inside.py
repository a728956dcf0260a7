"""Masks inside of objects, and redaction, in files: every other byte as it was."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet

from dsar.datamap.erasure import Mask, Strategy
from dsar.stores.base import ForbiddenError
from dsar.stores.redacting import words_of
from tests.stores.contract import by
from tests.stores.maps import make_collection, make_field
from tests.stores.objects_world import alone  # noqa: F401 - a fixture
from tests.stores.test_objects_changing import mask

pytestmark = pytest.mark.usefixtures("alone")

FIELDS = (
    make_field("user_id", data_type="integer"),
    make_field("note", data_type="string"),
    make_field(
        "who",
        fields=(
            make_field("name", under="who"),
            make_field("mails", under="who", fields=(make_field("to", under="who.mails"),)),
        ),
    ),
)
MASKS = {
    "who.name": Mask(Strategy.NULL),
    "who.mails.to": Mask(Strategy.FIXED, "x"),
    "note": Mask(Strategy.REDACT, words=words_of(["Jürgen"])[0]),
}
WHO = '{"n": 5.00, "name" : "J\\u00fc", "name": "Jü", "mails": [{"to":"a", "at":1e2}, {"at": 12345678901234567890}, 7]}'
MASKED = WHO.replace('"J\\u00fc"', "null").replace('"Jü"', "null").replace('"to":"a"', '"to":"x"')
LINE = '{{"user_id": 1,  "note": "Hi J\\u00fcrgen", "who": {}, "more": 1.0}}'


def people(path: str, format: str) -> Any:
    return make_collection("people", *FIELDS, source={"path": path, "format": format})


def erased(line: str) -> str:
    return line.replace("Hi J\\u00fcrgen", "Hi [erased]")


@pytest.mark.parametrize("format", ["jsonl", "json"])
def test_json(tmp_path: Path, format: str) -> None:
    """The object may stand there as it is, or as a text that holds it."""
    lines = [
        LINE.format(WHO),
        LINE.format(json.dumps(WHO)),
        LINE.format('"Jürgen"'),
        LINE.format("[]"),
        '{"user_id": 1}',
    ]
    other = LINE.format(WHO).replace('"user_id": 1', '"user_id": 2')

    def join(rows: list[str]) -> str:
        return "\n".join(rows) if format == "jsonl" else f"[{', '.join(rows)}]"

    (tmp_path / "p").write_text(join([*lines, other]))
    assert mask(tmp_path, people("p", format), MASKS, by("user_id", 1)) == 5
    expected = [LINE.format(MASKED), LINE.format(json.dumps(MASKED)), *lines[2:]]
    assert (tmp_path / "p").read_text() == join([*map(erased, expected), other])


def table(rows: list[list[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def test_csv(tmp_path: Path) -> None:
    head, other = ["user_id", "note", "who", "more"], ["2", "Jürgen", WHO, "x"]
    (tmp_path / "p").write_text(table([head, ["1", "Hi JÜRGEN.", WHO, "x"], ["1", "", "none", ""], other]))
    assert mask(tmp_path, people("p", "csv"), MASKS, by("user_id", 1)) == 2
    assert (tmp_path / "p").read_text() == table(
        [head, ["1", "Hi [erased].", MASKED, "x"], ["1", "", "none", ""], other]
    )


def test_parquet_with_texts(tmp_path: Path) -> None:
    rows = [{"user_id": at % 2, "note": "Jürgen!" if at else None, "who": WHO, "more": at} for at in range(4)]
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "p")
    assert mask(tmp_path, people("p", "parquet"), MASKS, by("user_id", 1)) == 2
    assert parquet.read_table(tmp_path / "p").to_pylist() == [
        {**row, "note": "[erased]!", "who": MASKED} if row["user_id"] else row for row in rows
    ]


def test_parquet_with_columns_of_objects_is_refused(tmp_path: Path) -> None:
    parquet.write_table(pyarrow.Table.from_pylist([{"user_id": 1, "who": {"name": "Jü"}}]), tmp_path / "p")
    before = (tmp_path / "p").read_bytes()
    with pytest.raises(ForbiddenError, match="a mask inside an object needs JSON, and the column who is struct"):
        mask(tmp_path, people("p", "parquet"), MASKS, by("user_id", 1))
    assert (tmp_path / "p").read_bytes() == before


def test_no_mask_inside_of_what_the_path_says(tmp_path: Path) -> None:
    (tmp_path / "1").write_text("{}")
    with pytest.raises(ForbiddenError, match="the field user_id is a part of the file's path"):
        mask(tmp_path, people("{user_id}", "json"), {"user_id.x": Mask(Strategy.NULL)}, by("user_id", 1))
