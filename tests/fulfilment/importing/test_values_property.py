"""Every type of value of every kind of database and of files: exported, loaded and read again, it is what it was."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from dsar.bundle.contents import CollectionContents
from dsar.datamap.model import DataMap
from dsar.stores.base import Arriving, Loadable
from dsar.stores.config import StoreConfig
from dsar.stores.registry import open_store
from dsar.values import Row, to_json
from tests.bundle.builders import data_map
from tests.fulfilment.test_round_trip import DOCUMENTS, HARD, SPELL, SQL, Kind, Write, delivered_rows, sql_writer, told
from tests.stores.maps import make_dataset
from tests.stores.sql_servers import SQL_SERVERS, new_database

World = tuple[Kind, Write, Engine]


@pytest.fixture(scope="module", params=SQL_SERVERS)
def sql(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    server = new_database(request, request.param, tmp_path_factory.mktemp("importing"))
    yield SQL[request.param], sql_writer(server, SQL[request.param], SPELL[request.param]), server.writer
    server.writer.dispose()


@pytest.mark.thorough
@settings(HARD, max_examples=12)
@given(st.data())
def test_values_of_databases_are_loaded_as_they_were(sql: World, data: st.DataObject) -> None:
    kind, write, writer = sql
    url = write(numbered(data.draw(kind.rows())))
    the_map = data_map(make_dataset(kind.collection()))
    exported, before = delivered_rows(the_map, url)
    with writer.begin() as connection:
        connection.execute(text("delete from things"))
    after = load(the_map, url, exported, before)
    assert told(ordered(after)) == told(ordered(before))


@settings(HARD, max_examples=12)
@given(rows=DOCUMENTS.rows())
def test_values_of_json_lines_are_loaded_as_they_were(rows: list[Row]) -> None:
    the_map = data_map(make_dataset(DOCUMENTS.collection()))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "things.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in numbered(rows)), encoding="utf-8")
        exported, before = delivered_rows(the_map, f"file://{folder}")
        file.unlink()
        after = load(the_map, f"file://{folder}", exported, before)
    # Beyond 64 bits a number is text in an export, and stays text in a file of JSON.
    assert list(map(to_json, ordered(after))) == list(map(to_json, ordered(before)))


def numbered(rows: list[Row]) -> list[Row]:
    return [{"owner": "ann", "at": at, **row} for at, row in enumerate(rows)]


def load(the_map: DataMap, url: str, exported: CollectionContents, rows: list[Row]) -> list[Row]:
    """Load rows as lines of JSON, and return what the store gives then."""
    store = open_store(the_map.datasets[0], StoreConfig(url, {}))
    assert isinstance(store, Loadable)

    def batches() -> Iterator[Sequence[Row]]:
        yield [orjson.loads(to_json(row)) for row in rows]

    with store.loading() as loading:
        assert not loading.load([Arriving(exported.collection, batches, exported.types)])
    return delivered_rows(the_map, url)[1]


def ordered(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: int(row["at"]))
