"""The JSON Schemas of an export: whatever dsar.values writes is valid under them, and what is not of the map is not."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.core.management import call_command
from jsonschema import Draft202012Validator

from dsar.bundle.contents import PORTABILITY, BundleContents
from dsar.bundle.record_schema import record_schema
from dsar.bundle.signing import Signer
from dsar.bundle.verify import verify_bundle
from dsar.bundle.write import write_bundle
from dsar.datamap.load import load
from dsar.management.datamap.schemas import schema_files
from dsar.values import Row, to_json, type_name
from tests.bundle.builders import PEOPLE, collection, contents, data_map, dataset, delivered, field, person, store

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "examples" / "macrosora"
EAST = timezone(timedelta(hours=5, minutes=30))
VALUES: list[Any] = [
    *(None, True, 0, -1, 2**64, -(2**80), 0.0, 1e-300, float("nan"), float("inf"), float("-inf")),
    *(Decimal("-12.340"), Decimal("1E+30"), Decimal("NaN"), Decimal("Infinity"), "", "=1+1", "漢\u0000字"),
    *(b"", b"\x00\xff", date(2024, 2, 29), datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=EAST)),
    datetime(1, 1, 1),  # noqa: DTZ001 - as databases without zones have it
    *(datetime(2026, 1, 2, tzinfo=timezone(timedelta(hours=-1, seconds=-7)), fold=1), time(23, 59, 59, 1, tzinfo=UTC)),
    *(time(0), timedelta(microseconds=-1), timedelta(days=10**6), UUID(int=0), [], [None, {"a": []}], {}, {"": 1}),
]
ONE = collection("app", "one", field("id", primary_key=True, data_type="integer"), field("value"))


def is_valid(schema: Mapping[str, Any], row: Row) -> bool:
    return Draft202012Validator(schema).is_valid(json.loads(to_json(row)))


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_what_was_seen_is_valid_whatever_it_is(value: Any) -> None:
    name = type_name(value)
    seen = {"value": frozenset({name})} if name else {}
    schema = record_schema(collection=ONE, excluded=(), types=seen)
    Draft202012Validator.check_schema(schema)
    assert is_valid(schema, {"id": 1, "value": value})
    assert is_valid(schema, {"id": 1, "value": None}), "any value may be missing"
    assert is_valid(record_schema(collection=ONE, excluded=()), {"id": 1, "value": value}), "nothing is declared of it"


@pytest.mark.parametrize(
    ("data_type", "good", "bad"),
    [
        ("string", ["", "x"], [1, True, {}]),
        ("integer", [0, 2**70], ["x", 1.5, "1.0", True, []]),
        ("float", [0.5, 1, float("nan"), Decimal("0.10")], ["x", "", True]),
        ("boolean", [True], [0, "true"]),
        ("object", [{}, {"a": 1}], ["{}", [], 1]),
        ("string[]", [[], ["a", None]], ["a", [1], {}]),
        ("object[]", [[{}]], [{}, [1]]),
    ],
)
def test_what_the_map_declares_is_held_to(data_type: str, good: list[Any], bad: list[Any]) -> None:
    schema = record_schema(collection=replace(ONE, fields=(field("v", data_type=data_type),)), excluded=())
    assert [value for value in good if not is_valid(schema, {"v": value})] == []
    assert [value for value in bad if is_valid(schema, {"v": value})] == []


def test_a_type_that_was_seen_besides_the_declared_one_is_allowed() -> None:
    strange = replace(ONE, fields=(field("v", data_type="integer"),))
    assert is_valid(record_schema(collection=strange, excluded=(), types={"v": frozenset({"string"})}), {"v": "x"})


def test_what_is_in_no_file_is_not_in_the_schema_either() -> None:
    schema = record_schema(collection=PEOPLE, excluded={"internal_note"})
    assert set(schema["properties"]) == {"id", "email", "name", "settings"}
    assert is_valid(schema, person())
    assert not is_valid(schema, person() | {"internal_note": "x"})
    assert not is_valid(schema, person() | {"password_hash": "x"})
    assert not is_valid(schema, person() | {"settings": {"pin": "1"}})
    assert not is_valid(schema, {"email": "without its key"})


def export(**more: Any) -> zipfile.ZipFile:
    many = replace(ONE, name="many")
    given: BundleContents = contents(
        data_map(dataset("app", PEOPLE, ONE, many)),
        store(
            delivered(PEOPLE, [person()], excluded_fields={"internal_note": "inferred"}),
            delivered(ONE, []),
            delivered(many, [{"id": 1, "value": Decimal("1.0")}, {"id": 2, "value": "x"}]),
        ),
        **more,
    )
    out = io.BytesIO()
    write_bundle(out=out, contents=given, signer=Signer.generate(), report=False)
    assert verify_bundle(file=out, public_key=None).passed
    return zipfile.ZipFile(out)


def test_an_export_has_a_schema_beside_each_file_of_rows() -> None:
    archive = export(request_type=PORTABILITY)
    package = orjson.loads(archive.read("datapackage.json"))
    named = {item["path"]: item.get("jsonSchema") for item in package["resources"] if item["format"] == "jsonl"}
    assert named == {f"data/app/{name}.jsonl": f"schemas/app/{name}.schema.json" for name in ("people", "one", "many")}
    for data, schema in named.items():
        check = Draft202012Validator(orjson.loads(archive.read(schema)))
        for line in archive.read(data).splitlines():
            check.validate(json.loads(line))
    assert "schemas/  " in archive.read("README.txt").decode()


def test_a_copy_to_look_at_has_none() -> None:
    archive = export()
    assert not [name for name in archive.namelist() if name.startswith("schemas/")]
    assert "schemas/" not in archive.read("README.txt").decode()


def test_the_demos_published_schemas_are_those_of_its_map(tmp_path: Path) -> None:
    """Written by `manage.py datamap schemas --datamap examples/macrosora/datamap --out examples/macrosora`."""
    made = schema_files(load(DEMO / "datamap"))
    there = {str(file.relative_to(DEMO)): file.read_bytes() for file in (DEMO / "schemas").rglob("*.json")}
    assert there == made
    call_command("datamap", "schemas", "--datamap", str(DEMO / "datamap"), "--out", str(tmp_path))
    assert {str(file.relative_to(tmp_path)): file.read_bytes() for file in tmp_path.rglob("*.json")} == made
