"""Which fields a person may have corrected: read strictly."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsar.datamap.problems import DataMapError
from tests.datamap.maps import load_text

MAP = """
dataset:
- fides_key: app
  collections:
  - name: people
    {meta}
    fields:
    - {{name: id, fides_meta: {{{key}data_type: integer}}}}
    - {field}
  - name: orders
    fields:
    - {{name: person, fides_meta: {{references: [{{dataset: app, field: people.code, direction: from}}]}}}}
    - {{name: code}}
"""
KEY = "primary_key: true, "
FINE = "{name: code, fides_meta: {data_type: string}}"


def told(folder: Path, field: str, *, key: str = KEY, meta: str = "", referred: bool = False) -> str:
    text = MAP.format(field=field, key=key, meta=meta)
    try:
        load_text(folder, text if referred else text.replace("people.code", "people.id"))
    except DataMapError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("data_type", ["string", "integer", "float", "boolean"])
def test_a_field_of_one_value_can_be_corrected(tmp_path: Path, data_type: str) -> None:
    field = f"{{name: code, fides_meta: {{data_type: {data_type}, length: 9}}, meta: {{correct: true}}}}"
    assert "corrected" not in told(tmp_path, field)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("{name: code, meta: {correct: true}}", "it needs a 'data_type' of string, integer"),
        ('{name: code, fides_meta: {data_type: "string[]"}, meta: {correct: true}}', "it needs a 'data_type'"),
        ("{name: code, fides_meta: {data_type: object}, meta: {correct: true}}", "it needs a 'data_type'"),
        (
            "{name: code, fields: [{name: a, fides_meta: {data_type: string}, meta: {correct: true}}]}",
            "inside an object",
        ),
        ("{name: code, fides_meta: {data_type: string}, meta: {correct: true, secret: true}}", "it is secret"),
        ("{name: code, fides_meta: {data_type: string, primary_key: true}, meta: {correct: true}}", "it names a row"),
        ("{name: code, fides_meta: {data_type: string, identity: email}, meta: {correct: true}}", "it identifies"),
        ("{name: code, fides_meta: {data_type: string, read_only: true}, meta: {correct: true}}", "it is read_only"),
        ("{name: code, fides_meta: {data_type: string}, meta: {correct: perhaps}}", "must be true or false"),
    ],
)
def test_other_fields_cannot(tmp_path: Path, field: str, expected: str) -> None:
    assert expected in told(tmp_path, field)


def test_a_row_has_to_be_named(tmp_path: Path) -> None:
    field = FINE.replace("}}", "}, meta: {correct: true}}")
    assert "only where a primary key names its row" in told(tmp_path, field, key="")


def test_what_says_which_rows_belong_here_cannot_be_corrected(tmp_path: Path) -> None:
    field = FINE.replace("}}", "}, meta: {correct: true}}")
    assert "'only' tells by it" in told(tmp_path, field, meta="meta: {only: {code: a}}")


def test_what_others_refer_to_cannot_be_corrected(tmp_path: Path) -> None:
    field = FINE.replace("}}", "}, meta: {correct: true}}")
    assert "it can be no target of a reference" in told(tmp_path, field, referred=True)
