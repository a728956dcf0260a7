from __future__ import annotations

from typing import Any

import pytest

from dsar.bundle.columns import table_schema
from tests.bundle.builders import PEOPLE, collection, data_map, dataset, delivered, field


@pytest.mark.parametrize(
    ("seen", "declared", "expected"),
    [
        ({"integer"}, "string", {"type": "integer"}),
        ({"uuid"}, None, {"type": "string", "format": "uuid"}),
        ({"integer", "decimal", "float"}, None, {"type": "number"}),
        ({"integer", "string"}, "integer", {"type": "any"}),
        (set(), "integer", {"type": "integer"}),
        (set(), "object_id", {"type": "string"}),
        (set(), "object", {"type": "object"}),
        (set(), "string[]", {"type": "array"}),
        (set(), None, {"type": "any"}),
    ],
)
def test_types_follow_what_was_seen_then_what_was_declared(
    seen: set[str], declared: str | None, expected: dict[str, Any]
) -> None:
    of = collection("app", "things", field("x", data_type=declared))
    item = delivered(of, [], types={"x": frozenset(seen)})
    (told,) = table_schema(item, data_map(dataset("app", of)))["fields"]
    assert {name: told[name] for name in ("type", "format") if name in told} == expected


def test_a_key_that_is_left_out_is_no_primary_key() -> None:
    schema = table_schema(delivered(PEOPLE, [], excluded_fields={"id": "why"}), data_map(dataset("app", PEOPLE)))
    assert "primaryKey" not in schema
    assert [entry["name"] for entry in schema["fields"]] == ["email", "name", "settings", "internal_note"]
