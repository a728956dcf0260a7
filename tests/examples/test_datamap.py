"""The demo's data maps: accepted by us and by Fideslang, covering the policy, and leaving nothing out."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import fideslang.models
import pytest
import redis
import yaml
from pyarrow import parquet

from dsar.datamap.graph import build_graph
from dsar.datamap.load import load
from dsar.datamap.model import Collection, DataMap, Field, RetentionKind
from examples.macrosora.nordlicht import seed_second_tenant
from tests.examples.conftest import NOW, REPOSITORY, Platform

MACROSORA = REPOSITORY / "examples" / "macrosora" / "datamap"
NORDLICHT = REPOSITORY / "examples" / "macrosora" / "nordlicht" / "datamap"
POLICY = REPOSITORY / "examples" / "macrosora" / "privacy-policy.txt"
FOLDERS = pytest.mark.parametrize("folder", [MACROSORA, NORDLICHT], ids=["macrosora", "nordlicht"])


@pytest.fixture(scope="module")
def data_map() -> DataMap:
    return load(MACROSORA)


@FOLDERS
def test_every_way_through_the_map_has_a_direction(folder: Path) -> None:
    assert build_graph(load(folder)).findings() == ()


@FOLDERS
def test_fideslang_accepts_the_manifests(folder: Path) -> None:
    for path in folder.glob("*.yml"):
        manifest = yaml.safe_load(path.read_text(encoding="utf-8"))
        for dataset in manifest.get("dataset", []):
            fideslang.models.Dataset(**dataset)
        for system in manifest.get("system", []):
            fideslang.models.System(**system)


@FOLDERS
def test_every_collection_tells_a_reader_what_it_is(folder: Path) -> None:
    for collection in load(folder).collections():
        assert collection.title, collection.key
        assert collection.topic, collection.key
        assert collection.description, collection.key
        assert collection.retention, collection.key
        assert collection.erasure, collection.key
        assert all(field.data_categories for field in collection.walk()), collection.key


def test_the_policy_is_the_one_promised() -> None:
    assert len(policy_lines()) == 12


def policy_lines() -> list[str]:
    """Return what stands behind the bullets of "Information We Collect"."""
    text = POLICY.read_text(encoding="utf-8")
    chapter = text.split("Information We Collect")[1].split("How We Use Your Data")[0]
    return [line.strip(" •") for line in chapter.splitlines() if "•" in line]


@pytest.mark.parametrize("line", policy_lines())
def test_every_line_of_the_policy_is_a_topic(data_map: DataMap, line: str) -> None:
    assert [item.key for item in data_map.collections() if item.topic.casefold() in line.casefold()]


@pytest.mark.parametrize("dataset", ["usage", "archive"])
def test_usage_is_kept_for_90_days_at_most(data_map: DataMap, dataset: str) -> None:
    for collection in data_map.dataset(dataset).collections:
        assert collection.retention
        assert collection.retention.kind is RetentionKind.PROCESSED
        assert collection.retention.days == 90


@FOLDERS
def test_every_purpose_says_basis_recipients_and_how_long(folder: Path) -> None:
    for system in load(folder).systems:
        assert system.transfers, system.key
        assert system.source_of_data, system.key
        assert system.automated_decisions, system.key
        for purpose in system.declarations:
            assert purpose.legal_basis, purpose.name
            assert purpose.recipients, purpose.name
            assert purpose.retention_period, purpose.name


@FOLDERS
def test_every_category_of_a_dataset_has_a_purpose(folder: Path) -> None:
    found = load(folder)
    for dataset in found.datasets:
        named = {
            category
            for system in found.systems
            for purpose in system.declarations
            if dataset.key in purpose.datasets
            for category in purpose.data_categories
        }
        held = {
            category
            for item in dataset.collections
            for field in item.walk()
            for category in field.data_categories
            if not field.secret and category.startswith("user")
        }
        missing = {category for category in held if not any(covers(name, category) for name in named)}
        assert not missing, dataset.key


def covers(named: str, category: str) -> bool:
    return category == named or category.startswith(f"{named}.")


# Every real column or key is declared or ignored: found out by hand, not by the portal's stores.


def undeclared(names: set[str], collection: Collection) -> set[str]:
    declared = {field.name for field in collection.fields}
    ignored = {name for name in names if any(fnmatchcase(name, glob) for glob in collection.ignore)}
    return names - declared - ignored


def table_columns(database: Path) -> dict[str, set[str]]:
    connection = sqlite3.connect(database)
    try:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: {row[1] for row in connection.execute(f"PRAGMA table_info({name})")} for name in tables}
    finally:
        connection.close()


def check_tables(data_map: DataMap, key: str, database: Path) -> None:
    dataset = data_map.dataset(key)
    real = table_columns(database)
    left = {name for name in real if not any(fnmatchcase(name, glob) for glob in dataset.ignore)}
    assert left == {collection.name for collection in dataset.collections}
    for collection in dataset.collections:
        assert not undeclared(real[collection.name], collection), collection.name
        assert {field.name for field in collection.fields} <= real[collection.name], collection.name


def test_every_column_of_the_database_is_declared(data_map: DataMap, platform: Platform) -> None:
    check_tables(data_map, "app", platform.folder / "app.sqlite3")


def test_every_column_of_the_second_tenant_is_declared(tmp_path: Path) -> None:
    seed_second_tenant(folder=tmp_path, now=NOW)
    check_tables(load(NORDLICHT), "notes", tmp_path / "app.sqlite3")


def documents(platform: Platform, collection: Collection) -> Iterator[dict[str, Any]]:
    """Yield every document of a collection, with the parts of its path, by the glob that its source means."""
    path = str(collection.source["path"])
    pattern = re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+?)", re.escape(path).replace(r"\*", "[^/]*")))
    for file in platform.objects.glob(re.sub(r"\{\w+\}", "*", path)):
        found = pattern.fullmatch(file.relative_to(platform.objects).as_posix())
        assert found
        for row in READ[str(collection.source["format"])](file):
            yield {**found.groupdict(), **row}


READ: dict[str, Callable[[Path], list[dict[str, Any]]]] = {
    "json": lambda file: [json.loads(file.read_bytes())],
    "jsonl": lambda file: [json.loads(line) for line in file.read_bytes().splitlines()],
    "parquet": lambda file: parquet.read_table(file).to_pylist(),
}


def nested_undeclared(value: Any, fields: tuple[Field, ...]) -> set[str]:
    """Return keys of a JSON value that are not declared, at any depth that has declared fields."""
    if isinstance(value, list):
        return set().union(*(nested_undeclared(item, fields) for item in value))
    if not isinstance(value, dict):
        return set()
    known = {field.name: field.fields for field in fields}
    deeper = (nested_undeclared(value[name], below) for name, below in known.items() if below and name in value)
    return (value.keys() - known.keys()).union(*deeper)


@pytest.mark.parametrize("dataset", ["usage", "archive", "documents"])
def test_every_key_of_a_document_is_declared(data_map: DataMap, platform: Platform, dataset: str) -> None:
    for collection in data_map.dataset(dataset).collections:
        found = list(documents(platform, collection))
        assert found, collection.name
        for document in found:
            assert not nested_undeclared(document, collection.fields), collection.name
        seen = set().union(*(document.keys() for document in found))
        assert {field.name for field in collection.fields} == seen, collection.name


def test_every_file_belongs_to_a_collection(data_map: DataMap, platform: Platform) -> None:
    globs = [
        re.sub(r"\{\w+\}", "*", str(item.source["path"]))
        for dataset in ("usage", "archive", "documents")
        for item in data_map.dataset(dataset).collections
    ]
    expected = {path for glob in globs for path in platform.objects.glob(glob)}
    assert {path for path in platform.objects.rglob("*") if path.is_file()} == expected


def test_every_key_of_redis_is_declared(data_map: DataMap, platform: Platform) -> None:
    dataset = data_map.dataset("cache")
    globs = {re.sub(r"\{\w+\}", "*", str(item.source["key"])): item for item in dataset.collections}
    with redis.Redis.from_url(platform.redis_url, decode_responses=True) as server:
        for key in server.scan_iter():
            owner = next((item for glob, item in globs.items() if fnmatchcase(key, glob)), None)
            if owner is None:
                assert any(fnmatchcase(key, glob) for glob in dataset.ignore), key
            elif owner.source["type"] != "string":
                names = server.hkeys(key) if owner.source["type"] == "hash" else json.loads(server.get(key))
                assert not undeclared(set(names), owner), key


def test_every_key_of_the_mail_service_is_declared(data_map: DataMap, platform: Platform) -> None:
    book = json.loads(platform.mail_data.read_bytes())
    events = [event for found in book["events"].values() for event in found]
    for name, rows in (("contacts", book["contacts"]), ("events", events)):
        collection = data_map.collection(("mail", name))
        assert rows
        assert not set().union(*(undeclared(set(row), collection) for row in rows))


def test_every_canary_is_declared_a_secret(data_map: DataMap) -> None:
    secrets = {f"{item.name}.{path}" for item in data_map.collections() for path in item.secret_paths}
    assert secrets == {
        "people.password_hash",
        "people.totp_seed",
        "people.profile.recovery.seed",
        "api_keys.key_hash",
        "sessions.token",
        "invitations.token",
        "errors.diagnostics.headers.authorization",
        "workflows.steps.credential",
        "settings.integrations.signing_key",
        "live_sessions.csrf_token",
        "contacts.unsubscribe_token",
    }
