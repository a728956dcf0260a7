"""Groups: fields that are joined as one tuple; what cannot be one is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsar.datamap.graph import Shape, build_graph
from dsar.datamap.problems import DataMapError
from tests.datamap.maps import load_text

MAP = """
dataset:
- fides_key: app
  collections:
  - name: people
    fields:
    - {name: email, fides_meta: {identity: email}}
    - {name: shop, fides_meta: {primary_key: KEY}}
    - {name: number, fides_meta: {primary_key: KEY}}
    - {name: other}
  - name: lines
    fields:
    - name: shop
      fides_meta: {primary_key: LINE, references: [{dataset: app, field: people.shop, direction: from}]}
      meta: {group: order}
    - name: number
      fides_meta: {primary_key: LINE, references: [{dataset: app, field: people.number, direction: from}]}
      meta: {group: order}
    - {name: text}
"""


def written(*, key: bool = True, line: bool = False) -> str:
    return MAP.replace("KEY", str(key).lower()).replace("LINE", str(line).lower())


@pytest.mark.parametrize(
    ("key", "line", "shape"),
    [(True, False, Shape.FANOUT), (False, True, Shape.LOOKUP), (False, False, Shape.FANOUT)],
)
def test_a_group_that_is_the_whole_key_is_looked_up(key: bool, line: bool, shape: Shape, tmp_path: Path) -> None:
    edges = build_graph(load_text(tmp_path, written(key=key, line=line))).edges_from(("app", "people"))
    assert [(edge.source.path, edge.target.path, edge.shape, edge.directed) for edge in edges] == [
        ("shop", "shop", shape, True),
        ("number", "number", shape, True),
    ]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "field: people.number, direction: from}]}\n      meta: {group: order}",
            "field: people.number, direction: from}]}",
            "the group 'order' has one field only: take it away, or name the others",
        ),
        ("people.number, direction: from", "people.number", "it needs one reference, 'from' a field"),
        ("people.number, direction: from", "people.number, direction: to", "it needs one reference, 'from' a field"),
        (
            ", references: [{dataset: app, field: people.number, direction: from}]",
            "",
            "'number' is in the group 'order': it needs one reference, 'from' a field",
        ),
        (
            "people.number, direction",
            "lines.text, direction",
            "the fields of the group 'order' must refer to one collection",
        ),
        (
            "    - {name: text}",
            "    - name: box\n      fields:\n      - {name: shop, meta: {group: order}, fides_meta: "
            "{references: [{dataset: app, field: people.shop, direction: from}]}}",
            "'box.shop' is in the group 'order': nested fields can be in none",
        ),
    ],
)
def test_what_can_be_no_group_is_refused(old: str, new: str, problem: str, tmp_path: Path) -> None:
    text = written()
    assert old in text
    with pytest.raises(DataMapError) as refused:
        load_text(tmp_path, text.replace(old, new))
    assert problem in str(refused.value)
    assert "app.yml:" in str(refused.value)
