"""Which stores come next: `after` holds back, but never for ever."""

from __future__ import annotations

import pytest

from dsar.datamap.graph import build_graph
from dsar.fulfilment.stages import next_datasets
from tests.datamap.sketch import sketch

LINES = ("a/x: id* e=email", "b/x: id* e=email", "c/x: id* e=email f<b/x.id", "d/x: id* f<c/x.id")
After = dict[str, tuple[str, ...]]


@pytest.mark.parametrize(
    ("after", "waiting", "expected"),
    [
        ({}, "abc", "abc"),
        ({}, "", ""),
        ({"a": ("b",)}, "abc", "bc"),
        ({"a": ("b",)}, "ac", "ac"),  # b was walked, or nothing leads there
        ({"a": ("d",)}, "abc", "bc"),  # d will come: c leads there
        ({"a": ("d",)}, "a", "a"),
        ({"a": ("b",), "b": ("a",)}, "ab", "ab"),  # each would wait for the other
        ({"a": ("b",), "b": ("a",), "c": ("a",)}, "abc", "abc"),
    ],
)
def test_what_is_walked_next(after: After, waiting: str, expected: str) -> None:
    data_map = sketch(*LINES, after=after)
    assert next_datasets(data_map, build_graph(data_map), frozenset(waiting)) == set(expected)
