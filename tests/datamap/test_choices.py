"""Where choices are written: read strictly."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsar.datamap import vocabulary
from dsar.datamap.choices import Choice
from dsar.datamap.load import load
from dsar.datamap.problems import DataMapError
from dsar.models import Purpose
from tests.datamap.maps import load_text, write

MAP = """
dataset:
- fides_key: app
  collections:
  - name: people
    meta: {{choices: {choices}, only: {{kind: person}}}}
    fields:
    - {{name: id, fides_meta: {{{key}data_type: integer}}}}
    - {{name: email, fides_meta: {{identity: email, data_type: string}}}}
    - {{name: news, fides_meta: {{data_type: boolean}}}}
    - {{name: state, fides_meta: {{data_type: string, length: 3}}}}
    - {{name: tags, fides_meta: {{data_type: "string[]"}}}}
    - {{name: kind, fides_meta: {{data_type: string}}}}
    - {{name: plain}}
    - {{name: more, fields: [{{name: inside}}]}}
    - name: boss
      fides_meta: {{data_type: integer, references: [{{dataset: app, field: people.id, direction: from}}]}}
    - {{name: password, meta: {{secret: true}}}}
"""
KEY = "primary_key: true, "


def told(folder: Path, choices: str, *, key: str = KEY) -> str:
    """Return what is wrong with them, and a map that is right is none of these tests'."""
    with pytest.raises(DataMapError) as error:
        load(write(folder, app=MAP.format(choices=choices, key=key)))
    return str(error.value)


def test_purposes_are_those_of_the_portal() -> None:
    assert set(Purpose.values) == vocabulary.PURPOSES


def test_what_is_written(tmp_path: Path) -> None:
    written = """{product_news: {field: news, given: true, refused: false},
      tips: {field: state, given: "yes", refused: "no", where: {id: 7, tags: [a, b]}}}"""
    text = MAP.format(choices=written, key=KEY).replace('data_type: "string[]"', "data_type: string")
    assert load_text(tmp_path, text).collection(("app", "people")).choices == {
        "product_news": Choice("news", True, False),
        "tips": Choice("state", "yes", "no", {"id": (7,), "tags": ("a", "b")}),
    }


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("{given: true, refused: false}", "a choice needs 'field'"),
        ("{field: news, given: true}", "a choice needs 'refused'"),
        ("{field: news, given: true, refused: null}", "a choice needs 'refused'"),
        ("{field: new, given: true, refused: false}", "undeclared field 'new'; did you mean 'news'?"),
        ("{field: news, given: true, refused: true}", "'given' and 'refused' are the same"),
        ("{field: news, given: 1, refused: 0}", "'news' is boolean, and 1 is not"),
        ("{field: news, given: [a], refused: false}", "a choice needs a 'value' for 'news'"),
        ("{field: state, given: y, refused: never}", "'state' holds 3 characters, and 'never' has 5"),
        ("{field: id, given: 1, refused: 2}", "'id' is a key: no choice is written into it"),
        ("{field: boss, given: 1, refused: 2}", "'boss' names another row"),
        ("{field: email, given: a, refused: b}", "'email' names a person"),
        ("{field: password, given: a, refused: b}", "'password' is secret"),
        ("{field: tags, given: a, refused: b}", "'tags' holds no single value"),
        ("{field: more, given: a, refused: b}", "'more' holds no single value"),
        ("{field: more.inside, given: a, refused: b}", "undeclared field 'more.inside'"),
        ("{field: plain, given: a, refused: b}", "'plain', whose 'data_type' is not declared"),
        ("{field: kind, given: a, refused: b}", "'kind' takes no choice: 'only' tells"),
        ("{field: news, given: true, refused: false, where: {news: true}}", "'news' takes no choice: 'where' tells"),
        ("{field: news, given: true, refused: false, where: {sate: a}}", "'where' names the undeclared field 'sate'"),
        ("{field: news, given: true, refused: false, where: {state: []}}", "'where' takes a value, or a list"),
        ("{field: news, given: true, refused: false, where: {id: a}}", "'id' is integer, and 'a' is not"),
        ("{field: news, given: true, refused: false, where: {password: a}}", "'password' is secret"),
        ("{field: news, given: true, refused: false, whre: {}}", "unknown key 'whre' in a choice"),
    ],
)
def test_what_cannot_be_written_is_told(tmp_path: Path, choice: str, expected: str) -> None:
    assert expected in told(tmp_path, f"{{product_news: {choice}}}")


def test_only_the_portals_purposes_are_known(tmp_path: Path) -> None:
    assert "unknown key 'news' in 'choices'" in told(tmp_path, "{news: {field: news, given: true, refused: false}}")


def test_nothing_refers_to_a_choice(tmp_path: Path) -> None:
    text = MAP.replace("people.id", "people.news").format(
        choices="{tips: {field: news, given: true, refused: false}}", key=KEY
    )
    with pytest.raises(DataMapError, match=r"'app:people\.news' holds a choice: it can be no target of a reference"):
        load_text(tmp_path, text)


def test_a_row_needs_a_key(tmp_path: Path) -> None:
    found = told(tmp_path, "{tips: {field: news, given: true, refused: false}}", key="")
    assert "only where a primary key names its row" in found
