"""Choices in real databases with types of their own, in Redis and in files."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from sqlalchemy import text

from dsar.datamap.graph import build_graph
from dsar.fulfilment.choosing.choose import Written, choose
from dsar.fulfilment.choosing.tracing import trace
from dsar.fulfilment.engine import Work
from dsar.fulfilment.scope import Scope
from dsar.stores.config import StoreConfig
from dsar.stores.registry import open_store
from tests.datamap.maps import load_text
from tests.stores.sql_servers import SqlServer, make_server

MAP = """
dataset:
- fides_key: shop
  collections:
  - name: people
    meta:
      choices:
        product_news: {field: news, given: true, refused: false}
        tips: {field: tips, given: 1, refused: 0}
        research: {field: share, given: 0.5, refused: 0}
        training: {field: state, given: "yes", refused: "no", where: {kind: [person, bot]}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - {name: news, fides_meta: {data_type: boolean}}
    - {name: tips, fides_meta: {data_type: integer}}
    - {name: share, fides_meta: {data_type: float}}
    - {name: state, fides_meta: {data_type: string, length: 3}}
    - {name: kind, fides_meta: {data_type: string}}
    - name: company
      fides_meta: {data_type: integer, references: [{dataset: shop, field: companies.id, direction: to}]}
  - name: companies
    meta: {choices: {product_news: {field: news, given: true, refused: false}}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: news, fides_meta: {data_type: boolean}}
  - name: orders
    meta: {shared: deliver, choices: {product_news: {field: news, given: true, refused: false}}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - name: person
      fides_meta: {data_type: integer, references: [{dataset: shop, field: people.id, direction: from}]}
    - {name: news, fides_meta: {data_type: boolean}}
"""
BESIDE = """
- fides_key: cache
  collections:
  - name: settings
    meta:
      source: {key: "settings:{id}", type: json}
      choices: {product_news: {field: news, given: true, refused: false}}
    fields:
    - &person
      name: id
      fides_meta:
        {primary_key: true, data_type: integer, references: [{dataset: shop, field: people.id, direction: from}]}
    - {name: news, fides_meta: {data_type: boolean}}
    - {name: theme}
- fides_key: files
  collections:
  - name: wishes
    meta:
      source: {path: "wishes.jsonl", format: jsonl}
      choices: {product_news: {field: news, given: "on", refused: "off"}}
    fields:
    - *person
    - {name: news, fides_meta: {data_type: string}}
- fides_key: broken
  collections:
  - name: nothing
    fields:
    - *person
"""
TABLES = """
create table companies (id integer primary key, news boolean);
create table people (id integer primary key, email varchar(100), news boolean, tips integer, share numeric(8, 3),
  state varchar(3), kind varchar(9), company integer);
create table orders (id integer primary key, person integer, news boolean);
insert into companies values (1, false);
insert into people values (1, 'Ann@example.org', null, 0, 0, 'no', 'person', 1),
  (2, 'bob@example.org', false, 0, 0, 'no', 'person', 1), (3, 'ann@example.org', true, 1, 0, 'no', 'admin', 1);
insert into orders values (1, 1, false)
"""
SERVERS = [
    "sqlite",
    pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.thorough]),
    pytest.param("mariadb", marks=[pytest.mark.mariadb, pytest.mark.thorough]),
]
#: A database of the server that no other test uses.
OWN = 8


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlServer]:
    with make_server(request, tmp_path) as server:
        with server.writer.begin() as connection:
            for statement in TABLES.split(";"):
                connection.execute(text(statement))
        yield server


def rows(server: SqlServer, statement: str) -> Sequence[Any]:
    with server.writer.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def work_of(folder: Path, urls: dict[str, str], written: str = MAP) -> Work:
    data_map = load_text(folder, written)
    stores = {key: open_store(data_map.dataset(key), StoreConfig(url, {})) for key, url in urls.items()}
    identities = {"email": frozenset({"ann@example.org"})}
    return Work(data_map, build_graph(data_map), identities, stores.__getitem__, Scope(data_map))


def write(work: Work, purpose: str, given: bool) -> Written:
    return choose(work, purpose, given=given, check=lambda: None)


def test_values_of_every_type_are_written_into_own_rows(server: SqlServer, tmp_path: Path) -> None:
    work = work_of(tmp_path, {"shop": server.url})
    assert write(work, "product_news", True) == Written({"shop": 2}, 1)
    assert write(work, "tips", True) == Written({"shop": 2}, 1)
    assert write(work, "research", True) == Written({"shop": 2}, 2)
    assert write(work, "training", True) == Written({"shop": 1}, 1)
    told = rows(server, "select news, tips, share, state from people order by id")
    assert [(bool(row[0]), row[1], float(row[2]), row[3]) for row in told] == [
        (True, 1, 0.5, "yes"),
        (False, 0, 0, "no"),
        (True, 1, 0.5, "no"),
    ]
    assert rows(server, "select news from companies") == rows(server, "select news from orders"), "theirs alone"
    assert not rows(server, "select news from companies")[0][0]
    for purpose in ("product_news", "tips", "research", "training"):
        assert write(work, purpose, True).changed == 0
        assert write(work, purpose, False).problems == {}
    told = rows(server, "select news, tips, share, state from people order by id")
    assert [(bool(row[0]), row[1], float(row[2]), row[3]) for row in told] == [(False, 0, 0, "no")] * 3


def test_what_a_table_forbids_is_told_and_nothing_is_written(server: SqlServer, tmp_path: Path) -> None:
    work = work_of(tmp_path, {"shop": server.url}, MAP.replace("given: 1,", "given: 7,"))
    with server.writer.begin() as connection:
        connection.execute(text("create table strict_people as select * from people"))
        connection.execute(text("drop table people"))
        connection.execute(
            text("create table people (id integer primary key, email varchar(100), news boolean, tips integer "
                 "check (tips < 5), share numeric(8, 3), state varchar(3), kind varchar(9), company integer)")
        )  # fmt: skip
        connection.execute(text("insert into people select * from strict_people"))
    written = write(work, "tips", True)
    assert written.rows == {}
    assert set(written.problems) == {"shop"}
    assert "@" not in written.problems["shop"]
    assert [row[0] for row in rows(server, "select tips from people order by id")] == [0, 0, 1]


@pytest.mark.thorough
def test_every_kind_of_store_that_can_be_written_is(tmp_path: Path, redis_url: str) -> None:
    """A store that has nothing to do with the choice is not asked: of `broken` no address is known."""
    with make_sqlite(tmp_path) as shop, Redis.from_url(f"{redis_url}/{OWN}", decode_responses=True) as cache:
        cache.flushdb()
        before = {"settings:1": {"news": False, "theme": "dark"}, "settings:2": {"news": False, "theme": "light"}}
        for key, value in before.items():
            cache.set(key, json.dumps(value))
        wishes = tmp_path / "files" / "wishes.jsonl"
        wishes.parent.mkdir()
        wishes.write_text('{"id": 1, "news": "off"}\n{"id": 2, "news": "off"}\n{"id": 3}\n')
        urls = {"shop": shop, "cache": f"{redis_url}/{OWN}", "files": f"file://{wishes.parent}"}
        work = work_of(tmp_path, urls, MAP + BESIDE)
        for given, word in ((True, "on"), (False, "off")):
            assert write(work, "product_news", given).problems == {}
            assert json.loads(str(cache.get("settings:1"))) == {"news": given, "theme": "dark"}
            assert json.loads(str(cache.get("settings:2"))) == before["settings:2"]
            lines = [json.loads(line) for line in wishes.read_text().splitlines()]
            assert [line.get("news") for line in lines] == [word, "off", word]
        cache.flushdb()


@contextmanager
def make_sqlite(folder: Path) -> Iterator[str]:
    with closing(sqlite3.connect(folder / "shop.sqlite3")) as database:
        database.executescript(TABLES)
    yield f"sqlite:///{folder}/shop.sqlite3"


def test_an_address_is_known_again_by_a_hash_of_its_normal_form(server: SqlServer, tmp_path: Path) -> None:
    work = work_of(tmp_path, {"shop": server.url})
    assert trace(work, matches="bob@example.org".__eq__).address == "bob@example.org"
    assert trace(work, matches="eve@example.org".__eq__).address == ""
