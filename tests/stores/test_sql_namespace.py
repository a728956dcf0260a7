"""Fides' `namespace` of a dataset: in which schema of the database its tables stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from dsar.datamap.model import Dataset
from dsar.stores.base import Alternative, Selection, Undeclared
from dsar.stores.sql import open_store
from dsar.values import Row
from tests.stores.maps import make_collection, make_dataset, make_field
from tests.stores.sql_servers import SqlServer, new_database

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlServer]:
    """A table of one name in two schemas, and one beside it that only the second has."""
    server = new_database(request, "postgresql", tmp_path_factory.mktemp("namespace"))
    statements = (
        "create schema billing",
        "create table people (id integer, place text)",
        "create table billing.people (id integer, place text)",
        "create table billing.letters (id integer)",
        "insert into people values (1, 'default')",
        "insert into billing.people values (1, 'billing')",
    )
    with server.writer.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    yield server
    server.writer.dispose()


def read(server: SqlServer, dataset: Dataset) -> tuple[list[Row], tuple[Undeclared, ...]]:
    store = open_store(dataset, server.url, {})
    selection = Selection((Alternative(("id",), frozenset({(1,)})),))
    with store.snapshot() as snapshot:
        rows = [row for batch in snapshot.read(dataset.collections[0], selection) for row in batch]
        return rows, snapshot.undeclared()


def dataset(namespace: Any, **source: str) -> Dataset:
    people = make_collection("people", make_field("id"), make_field("place"), source=source)
    return make_dataset(people, extra={"namespace": namespace})


def test_a_table_is_that_of_the_namespace(server: SqlServer) -> None:
    rows, undeclared = read(server, dataset({"database_name": "app", "schema": "billing"}))
    assert rows == [{"id": 1, "place": "billing"}]
    assert undeclared == (Undeclared("billing.letters"),)


@pytest.mark.parametrize("namespace", [None, {"database_name": "app"}, {"schema": ""}])
def test_without_a_schema_it_is_the_default_one(server: SqlServer, namespace: Any) -> None:
    assert read(server, dataset(namespace))[0] == [{"id": 1, "place": "default"}]


def test_a_source_that_names_a_schema_wins(server: SqlServer) -> None:
    assert read(server, dataset({"schema": "billing"}, table="public.people"))[0] == [{"id": 1, "place": "default"}]


def test_introspection_finds_the_collection_there(server: SqlServer) -> None:
    store = open_store(dataset({"schema": "billing"}), server.url, {})
    assert {item.name: item.declared for item in store.introspect()} == {
        "billing.letters": (),
        "billing.people": ("people",),
        "people": (),
    }
