"""One state over stores of every kind that can mask, each written by its own means."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from dsar.datamap.graph import build_graph
from dsar.datamap.states import StateKind
from dsar.fulfilment.engine import Work
from dsar.fulfilment.scope import Scope
from dsar.fulfilment.stating.apply import Applied, apply, places
from dsar.fulfilment.stating.kept import Kept
from dsar.fulfilment.stating.put_back import PutBack, put_back
from dsar.stores.base import Store
from dsar.stores.config import StoreConfig
from dsar.stores.registry import open_store
from tests.datamap.maps import load_text
from tests.stores import http_server, mongo_server
from tests.stores.http_server import Reply, Service, editable
from tests.stores.mongo_server import Deployment

#: A database of the server that no other test uses.
OURS = 11
SHOWN = "{name: shown, fides_meta: {data_type: boolean}}"
STATUS = "{name: status, fides_meta: {data_type: string}}"
HIDDEN = "suspend: {fields: {status: hidden, shown: false}}"
OF_PERSON = "references: [{dataset: app, field: people.id, direction: from}]"
MAP = f"""
dataset:
- fides_key: app
  collections:
  - name: people
    fields:
    - {{name: id, fides_meta: {{primary_key: true, data_type: integer}}}}
    - {{name: email, fides_meta: {{identity: email, data_type: string}}}}
- fides_key: cache
  collections:
  - name: profiles
    meta: {{source: {{key: "profile:{{person}}", type: hash}}, {HIDDEN}}}
    fields:
    - {{name: person, fides_meta: {{primary_key: true, data_type: integer, {OF_PERSON}}}}}
    - {STATUS}
    - {SHOWN}
  - name: settings
    meta: {{source: {{key: "settings:{{person}}", type: json}}, {HIDDEN}}}
    fields:
    - {{name: person, fides_meta: {{primary_key: true, data_type: integer, {OF_PERSON}}}}}
    - {STATUS}
    - {SHOWN}
- fides_key: files
  collections:
  - name: notes
    meta: {{source: {{path: "notes.jsonl", format: jsonl}}, {HIDDEN}}}
    fields:
    - {{name: id, fides_meta: {{primary_key: true, data_type: integer}}}}
    - {{name: person, fides_meta: {{data_type: integer, {OF_PERSON}}}}}
    - {STATUS}
    - {SHOWN}
- fides_key: documents
  collections:
  - name: posts
    meta: {{{HIDDEN}}}
    fields:
    - {{name: _id, fides_meta: {{primary_key: true, data_type: string}}}}
    - {{name: person, fides_meta: {{data_type: integer, {OF_PERSON}}}}}
    - {STATUS}
    - {SHOWN}
- fides_key: service
  collections:
  - name: contacts
    meta:
      source:
        path: /contacts
        query: {{email: "{{email}}"}}
        rows: data
        update: {{method: PATCH, path: "/contacts/{{id}}"}}
      {HIDDEN}
    fields:
    - {{name: id, fides_meta: {{primary_key: true, data_type: string}}}}
    - {{name: email, fides_meta: {{identity: email, data_type: string}}}}
    - {STATUS}
    - {SHOWN}
"""
ROWS = [
    ("cache", "profiles"),
    ("cache", "settings"),
    ("files", "notes"),
    ("documents", "posts"),
    ("service", "contacts"),
]


@dataclass
class Stores:
    """Ann is 1 and Bob is 2 everywhere."""

    cache: Redis
    notes: Path
    documents: Deployment
    service: Service
    contacts: list[dict[str, Any]]
    work: Work

    def state(self) -> dict[str, Any]:
        return {
            "profiles": [self.cache.hgetall(f"profile:{person}") for person in (1, 2)],
            "settings": [json.loads(str(self.cache.get(f"settings:{person}"))) for person in (1, 2)],
            "notes": [json.loads(line) for line in self.notes.read_text().splitlines()],
            "posts": [dict(document) for document in self.documents.collections["posts"]],
            "contacts": [dict(row) for row in self.contacts],
        }


#: How the service is told; without it nobody can hide anything there.
UPDATE = '        update: {method: PATCH, path: "/contacts/{id}"}\n'


@pytest.fixture(params=[False, pytest.param(True, marks=pytest.mark.thorough)], ids=["standalone", "replica set"])
def stores(request: pytest.FixtureRequest, tmp_path: Path, redis_url: str) -> Iterator[Stores]:
    with closing(sqlite3.connect(tmp_path / "app")) as database:
        database.executescript(
            "create table people (id integer primary key, email text);"
            "insert into people values (1, 'ann@example.org'), (2, 'bob@example.org')"
        )
    folder = tmp_path / "files"
    folder.mkdir()
    notes = folder / "notes.jsonl"
    notes.write_text(
        '{"id": 1, "person": 1, "status": "new", "shown": true, "more": [1]}\n{"id": 2, "person": 2, "status": "new"}\n'
    )
    contacts: list[dict[str, Any]] = [
        {"id": "c1", "email": "ann@example.org", "status": "on", "shown": True},
        {"id": "c2", "email": "bob@example.org", "status": "on", "shown": True},
    ]
    posts = [{"_id": f"p{person}", "person": person, "status": "on", "shown": None, "text": "a"} for person in (1, 2)]
    deployment = Deployment({"posts": posts}, replica_set=request.param)
    service = Service({"contacts": editable(contacts, "id", size=50)})
    with (
        Redis.from_url(f"{redis_url}/{OURS}", decode_responses=True) as cache,
        mongo_server.running(deployment),
        http_server.running(service),
    ):
        cache.flushdb()
        for person in (1, 2):
            cache.hset(f"profile:{person}", mapping={"status": "on", "shown": "true", "seen": "7"})
            cache.set(f"settings:{person}", '{"status": "on", "theme": {"dark": 1.50}, "shown": true}')
        urls = {
            "app": f"sqlite:///{tmp_path}/app",
            "cache": f"{redis_url}/{OURS}",
            "files": f"file://{folder}",
            "documents": deployment.url,
            "service": service.url,
        }
        data_map = load_text(tmp_path, MAP)
        opened = {key: open_store(data_map.dataset(key), StoreConfig(url, {})) for key, url in urls.items()}
        identities = {"email": frozenset({"ann@example.org"})}
        work = Work(data_map, build_graph(data_map), identities, opened.__getitem__, Scope(data_map))
        yield Stores(cache, notes, deployment, service, contacts, work)
        for store in opened.values():
            store.close()
        cache.flushdb()


def held(work: Work, kept: Kept) -> Applied:
    wanted = places(work, StateKind.SUSPEND)
    return apply(work, StateKind.SUSPEND, wanted, kept=kept, keep=lambda _kept: None, check=lambda: None)


def returned(work: Work, kept: Kept) -> PutBack:
    return put_back(work, kept=kept, keep=lambda _kept: None, check=lambda: None)


@pytest.mark.thorough
def test_every_kind_that_can_mask_can_hold_a_state(stores: Stores) -> None:
    before, kept = stores.state(), Kept()
    assert held(stores.work, kept) == Applied(dict.fromkeys(ROWS, 1), 5)
    now = stores.state()
    assert now["profiles"][0] == {"status": "hidden", "shown": "false", "seen": "7"}
    assert now["settings"][0] == {"status": "hidden", "theme": {"dark": 1.5}, "shown": False}
    assert now["notes"][0] == {**before["notes"][0], "status": "hidden", "shown": False}
    assert now["posts"][0] == {**before["posts"][0], "status": "hidden", "shown": False}
    assert now["contacts"][0] == {**before["contacts"][0], "status": "hidden", "shown": False}
    assert {name: rows[1] for name, rows in now.items()} == {name: rows[1] for name, rows in before.items()}
    assert held(stores.work, kept) == Applied(dict.fromkeys(ROWS, 1), 0)
    kept = Kept.from_lines(list(kept.to_lines()))
    assert returned(stores.work, kept) == PutBack(written=5)
    assert stores.state() == before
    assert not kept


@pytest.mark.thorough
def test_one_that_is_down_spoils_no_other(stores: Stores) -> None:
    before, kept = stores.state(), Kept()
    stores.service.moods = [Reply({}, 403)]
    applied = held(stores.work, kept)
    assert set(applied.problems) == {"service"}
    assert applied.changed == 4
    assert held(stores.work, kept).changed == 1, "the others have it already"
    stores.service.moods = [Reply({}, 403)]
    found = returned(stores.work, kept)
    assert (set(found.problems), found.written) == ({"service"}, 4)
    assert kept.datasets() == {"service"}, "what is put back is forgotten"
    stores.cache.hset("profile:1", "status", "hidden")
    assert returned(stores.work, kept) == PutBack(written=1)
    assert stores.cache.hget("profile:1", "status") == "hidden", "somebody else's, since then"
    assert stores.state()["contacts"] == before["contacts"]


@pytest.mark.thorough
def test_a_field_that_was_missing_is_missing_again_or_null(stores: Stores) -> None:
    stores.cache.hdel("profile:1", "shown")
    stores.cache.set("settings:1", '{"status": "on"}')
    kept = Kept()
    held(stores.work, kept)
    returned(stores.work, kept)
    assert stores.cache.hgetall("profile:1") == {"status": "on", "seen": "7"}
    assert json.loads(str(stores.cache.get("settings:1"))) == {"status": "on", "shown": None}


def test_what_is_no_single_value_is_not_written_over(stores: Stores) -> None:
    stores.cache.set("settings:1", '{"status": {"since": 2020}, "shown": true}')
    applied = held(stores.work, Kept())
    assert "could not be put back" in applied.problems["cache"]
    assert json.loads(str(stores.cache.get("settings:1")))["status"] == {"since": 2020}
    assert stores.cache.hget("profile:1", "status") == "on", "a store is one block"


def test_a_service_whose_map_describes_no_change_is_told_of(stores: Stores, tmp_path: Path) -> None:
    assert UPDATE in (tmp_path / "map" / "app.yml").read_text("utf-8")
    (tmp_path / "later").mkdir()
    data_map = load_text(tmp_path / "later", MAP.replace(UPDATE, ""))
    store = open_store(data_map.dataset("service"), StoreConfig(stores.service.url, {}))

    def opened(key: str) -> Store:
        return store if key == "service" else stores.work.open_store(key)

    kept = Kept()
    applied = held(replace(stores.work, data_map=data_map, open_store=opened), kept)
    assert "write 'update' into its source" in applied.problems["service"]
    assert (applied.changed, kept.datasets() >= {"cache"}) == (4, True)
    assert stores.contacts[0]["status"] == "on"
