"""One correction over stores of several kinds, each written by its own means."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from dsar.datamap.graph import build_graph
from dsar.fulfilment.correcting.correct import Correction
from dsar.fulfilment.correcting.proposal import Proposal
from dsar.fulfilment.engine import Work
from dsar.fulfilment.scope import Scope
from dsar.stores.config import StoreConfig
from dsar.stores.registry import open_store
from tests.datamap.maps import load_text

#: A database of the server that no other test uses.
OURS = 10
NAME = "fides_meta: {data_type: string}, data_categories: [user.name], meta: {correct: true}"
PERSON = (
    "fides_meta: {primary_key: true, data_type: string, "
    "references: [{dataset: app, field: people.id, direction: from}]}"
)
MAP = f"""
dataset:
- fides_key: app
  collections:
  - name: people
    fields:
    - {{name: id, fides_meta: {{primary_key: true, data_type: integer}}}}
    - {{name: email, fides_meta: {{identity: email, data_type: string}}}}
    - {{name: name, {NAME}}}
- fides_key: cache
  collections:
  - name: profiles
    meta: {{source: {{key: "profile:{{person}}", type: hash}}}}
    fields:
    - {{name: person, {PERSON}}}
    - {{name: shown, {NAME}}}
- fides_key: files
  collections:
  - name: settings
    meta: {{source: {{path: "settings/{{person}}.json", format: json, rows: ""}}}}
    fields:
    - {{name: person, {PERSON}}}
    - {{name: signature, {NAME}}}
"""


@pytest.fixture
def client(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(f"{redis_url}/{OURS}", decode_responses=True) as client:
        client.flushdb()
        yield client


@pytest.fixture
def folder(tmp_path: Path, client: Redis) -> Path:
    with sqlite3.connect(tmp_path / "app") as database:
        database.executescript(
            "create table people (id integer primary key, email text, name text);"
            "insert into people values (1, 'ann@example.org', 'Ann'), (2, 'bob@example.org', 'Ann')"
        )
    database.close()
    (tmp_path / "files" / "settings").mkdir(parents=True)
    for person in ("1", "2"):
        client.hset(f"profile:{person}", mapping={"shown": "Ann", "seen": "7"})
        client.expire(f"profile:{person}", 900)
        (tmp_path / "files" / "settings" / f"{person}.json").write_text('{"signature": "Ann", "theme": {"dark": 1}}')
    return tmp_path


def test_every_kind_that_can_mask_can_be_corrected(folder: Path, client: Redis, redis_url: str) -> None:
    data_map = load_text(folder, MAP)
    urls = {"app": f"sqlite:///{folder}/app", "cache": f"{redis_url}/{OURS}", "files": f"file://{folder}/files"}
    stores = {name: open_store(data_map.dataset(name), StoreConfig(url, {})) for name, url in urls.items()}
    identities = {"email": frozenset({"ann@example.org"})}
    work = Correction(Work(data_map, build_graph(data_map), identities, stores.__getitem__, Scope(data_map)))
    (fact,) = work.facts().facts
    wanted = [Proposal(fact, "Anne \u201cO\u2019Hara\u201d")]
    preview = work.preview(wanted, sha256="")
    places = ["app:people.name", "cache:profiles.shown", "files:settings.signature"]
    assert [(str(line.place), line.rows, line.problem, line.stays) for line in preview.lines] == [
        (place, 1, "", "") for place in places
    ]
    assert client.hget("profile:1", "shown") == "Ann", "a try leaves nothing behind"
    for line in preview.lines:
        work.change([line], wanted)
    proof = work.verify(preview.lines, wanted)
    assert [(str(line.place), line.rows, line.done) for line in proof.lines] == [(place, 0, 1) for place in places]
    assert client.hgetall("profile:1") == {"shown": wanted[0].after, "seen": "7"}
    assert 0 < client.ttl("profile:1") <= 900
    assert client.hget("profile:2", "shown") == "Ann"
    files = [json.loads((folder / "files" / "settings" / f"{person}.json").read_text()) for person in ("1", "2")]
    assert files == [
        {"signature": wanted[0].after, "theme": {"dark": 1}},
        {"signature": "Ann", "theme": {"dark": 1}},
    ]
    for store in stores.values():
        store.close()
