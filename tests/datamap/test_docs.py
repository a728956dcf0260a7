"""docs/datamap.md: its example loads, and it names every key that is ours and every word that is used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dsar.datamap import vocabulary
from dsar.datamap.graph import build_graph
from dsar.datamap.load import load
from dsar.datamap.plan import make_plan

TEXT = (Path(__file__).parents[2] / "docs" / "datamap.md").read_text("utf-8")


def test_example_loads_and_reaches_what_the_text_says(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(dataset:\n.*?)```", TEXT, re.DOTALL)
    (tmp_path / "example.yml").write_text(example, "utf-8")
    data_map = load(tmp_path)
    graph = build_graph(data_map)
    plan = make_plan(data_map, graph, frozenset({"email"}))
    assert plan.stages == (frozenset({"app"}), frozenset({"usage"}))
    assert plan.unreached == {}
    assert graph.edges_from(("app", "organisations")) == ()
    assert graph.findings() == ()


@pytest.mark.parametrize(
    "words",
    [
        vocabulary.DATASET | vocabulary.DATASET_FIDES_META | vocabulary.DATASET_META,
        vocabulary.COLLECTION | vocabulary.COLLECTION_FIDES_META | vocabulary.COLLECTION_META | vocabulary.RETENTION,
        vocabulary.FIELD | vocabulary.FIELD_FIDES_META | vocabulary.FIELD_META | vocabulary.FIELD_STRATEGIES,
        vocabulary.SYSTEM_META | vocabulary.DECLARATION_META | vocabulary.DATA_FLOW,
        vocabulary.LEGAL_BASES,
    ],
    ids=["dataset", "collection", "field", "system", "legal bases"],
)
def test_every_word_is_in_the_text(words: frozenset[str]) -> None:
    assert sorted(word for word in words if word not in TEXT) == []
