"""Rows of SQL that are looked for by what stands inside a document: a column of JSON, or of text that holds some."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy import text

from dsar.datamap.model import Collection, Dataset
from dsar.stores.base import Alternative, Selection
from dsar.stores.sql import open_store
from dsar.values import Row, Value
from tests.stores.maps import make_collection, make_dataset, make_field
from tests.stores.sql_servers import SQL_SERVERS, SqlServer, make_server

DOCUMENTS: list[Value] = [
    {"owner": 0, "mail": "Ann@x", "tags": ["", "a"], "people": [{"id": "7"}, {"id": "8"}]},
    {"owner": 1, "mail": "bob@x", "tags": [], "people": []},
    {"owner": "0", "mail": None, "tags": "a", "people": {"id": "7"}},
    {"owner": False, "mail": 'o"h@x', "tags": ["é"]},
    [{"owner": 5}, {"owner": 6}],
    None,
]
PEOPLE = make_field("people", under="it", fields=(make_field("id", under="it.people", data_type="string"),))
IT = make_field(
    "it",
    fields=(
        make_field("owner", under="it"),
        make_field("mail", under="it", identity="email"),
        make_field("tags", under="it", data_type="string[]"),
        PEOPLE,
    ),
)


@pytest.fixture(scope="module", params=SQL_SERVERS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlServer]:
    """A table with documents, as JSON and as text; a text of another table is an array."""
    with make_server(request, tmp_path_factory.mktemp("documents")) as server, server.writer.begin() as connection:
        connection.execute(text("create table as_json (number integer, it json)"))
        connection.execute(text("create table as_text (number integer, it text)"))
        connection.execute(text("create table arrays (number integer, it text)"))
        for number, document in enumerate(DOCUMENTS):
            spelt = None if document is None else json.dumps(document)
            for table in ("as_json", "as_text"):
                connection.execute(text(f"insert into {table} values (:number, :it)"), {"number": number, "it": spelt})  # noqa: S608
        for number, spelt in enumerate(['["a", "b"]', "[]", "a", None]):
            connection.execute(text("insert into arrays values (:number, :it)"), {"number": number, "it": spelt})
        connection.commit()
        yield server


def found(server: SqlServer, collection: Collection, *alternatives: Alternative) -> list[int]:
    """Return the numbers of the rows; counting finds as many."""
    dataset: Dataset = make_dataset(collection)
    store = open_store(dataset, server.url, {})
    selection = Selection(alternatives)
    with store.snapshot() as snapshot:
        rows: list[Row] = [row for batch in snapshot.read(collection, selection) for row in batch]
        assert snapshot.count(collection, selection) == len(rows)
    store.close()
    return sorted(row["number"] for row in rows)


def by(*paths: str, values: Sequence[tuple[Value, ...]]) -> Alternative:
    return Alternative(paths, frozenset(values))


@pytest.mark.parametrize("table", ["as_json", "as_text"])
@pytest.mark.parametrize(
    ("path", "value", "numbers"),
    [
        ("it.owner", 0, [0, 2]),
        ("it.owner", False, [3]),
        ("it.owner", 6, [4]),
        ("it.mail", "ann@x", [0]),
        ("it.mail", 'o"h@x', [3]),
        ("it.tags", "", [0]),
        ("it.tags", "a", [0, 2]),
        ("it.tags", "é", [3]),
        ("it.people.id", "7", [0, 2]),
        ("it.people.id", "9", []),
    ],
)
def test_a_row_is_found_by_a_value_inside(
    server: SqlServer, table: str, path: str, value: Value, numbers: list[int]
) -> None:
    collection = make_collection(table, make_field("number"), IT)
    assert found(server, collection, by(path, values=[(value,)])) == numbers


def test_a_group_and_an_alternative_may_reach_into_documents(server: SqlServer) -> None:
    collection = make_collection("as_json", make_field("number"), IT)
    group = by("number", "it.owner", values=[(0, 0), (1, 0), (2, 1)])
    assert found(server, collection, group, by("it.tags", values=[("é",)])) == [0, 3]


@pytest.mark.thorough
def test_thousands_of_values_find_a_row_once(server: SqlServer) -> None:
    collection = make_collection("as_text", make_field("number"), IT)
    many = by("it.people.id", values=[(str(number),) for number in range(60_000)])
    assert found(server, collection, many, by("number", values=[(0,), (1,)])) == [0, 1, 2]


def test_a_text_that_is_declared_as_an_array_is_one(server: SqlServer) -> None:
    collection = make_collection("arrays", make_field("number"), make_field("it", data_type="string[]"))
    assert found(server, collection, by("it", values=[("a",)])) == [0, 2]
