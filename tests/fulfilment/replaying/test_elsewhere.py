"""Backups of files and of a Redis server brought back: who was erased is erased again, in these as in a database."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from redis import Redis

from dsar.bundle.sealing import new_key
from dsar.datamap.graph import build_graph
from dsar.fulfilment.engine import Work
from dsar.fulfilment.erasing.erase import Erasure
from dsar.fulfilment.erasing.keeper import Together
from dsar.fulfilment.ledger.hashing import KeyedHashes
from dsar.fulfilment.ledger.ledger import Case, Ledger
from dsar.fulfilment.ledger.recording import Recorder
from dsar.fulfilment.replaying.due import read_due
from dsar.fulfilment.replaying.replay import Replay, Replayed
from dsar.fulfilment.restoring.log import RestorationLog
from dsar.fulfilment.restoring.restore import Restoration
from dsar.fulfilment.scope import Scope
from dsar.storage import open_storage
from dsar.stores.base import Store
from dsar.stores.config import StoreConfig
from dsar.stores.objects.changing import disk
from dsar.stores.registry import open_store
from tests.datamap.maps import load_text

MAP = """
dataset:
- fides_key: logs
  collections:
  - name: people
    meta: {erasure: {action: delete, since: at}, source: {path: "people/*.json", format: json}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - {name: at, fides_meta: {data_type: string}}
  - name: calls
    meta: {erasure: {action: delete, since: at}, source: {path: "calls/day={day}.jsonl.gz", format: jsonl}}
    fields:
    - {name: day}
    - name: person_id
      fides_meta: {data_type: integer, references: [{dataset: logs, field: people.id, direction: from}]}
    - {name: at, fides_meta: {data_type: string}}
  - name: letters
    meta: {erasure: {action: mask, since: at, fields: {text: hmac}}, source: {path: "letters.csv", format: csv}}
    fields:
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - {name: text, fides_meta: {data_type: string}}
    - {name: at, fides_meta: {data_type: string}}
- fides_key: cache
  collections:
  - name: sessions
    meta: {erasure: {action: delete}, source: {key: "session:{id}", type: hash}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: string}}
    - name: person_id
      fides_meta: {data_type: integer, references: [{dataset: logs, field: people.id, direction: from}]}
"""
#: A database of the server that no other test uses.
OWN = 8
OLD = "2021-01-01T00:00:00Z"
HASHES = KeyedHashes(b"k" * 32)
CASE = Case("acme", "R-1")
THOROUGH = (pytest.mark.thorough,)


class World:
    """Files and keys of Ann (1) and Bob (2), that can be backed up and restored."""

    def __init__(self, folder: Path, url: str, client: Redis) -> None:
        self.folder, self.client, self.url = folder, client, url
        self.data_map = load_text(folder, MAP)
        self.ledger = Ledger(folder / "ledger.jsonl")
        self.log = RestorationLog(open_storage(f"file://{folder}/storage"), "R-1", key=new_key())
        self.files = folder / "files"
        people = [{"id": at, "email": f"{name}@example.org", "at": OLD} for at, name in ((1, "Ann"), (2, "bob"))]
        self.write("people/all.json", orjson.dumps(people))
        for day in ("1", "2"):
            calls = [{"person_id": at % 2 + 1, "at": OLD} for at in range(6)]
            self.write(f"calls/day={day}.jsonl.gz", zipped(b"".join(orjson.dumps(call) + b"\n" for call in calls)))
        self.write("letters.csv", f"email,text,at\nann@example.org,hi,{OLD}\nbob@example.org,ho,{OLD}\n".encode())
        for at in range(1, 5):
            client.hset(f"session:{at}", mapping={"person_id": 1 + at % 2})

    def write(self, name: str, data: bytes) -> None:
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def everything(self) -> dict[str, Any]:
        found = {str(path.relative_to(self.files)): told(path) for path in self.files.rglob("*") if path.is_file()}
        return {**found, **{str(key): self.client.hgetall(key) for key in self.client.keys("*")}}

    def back_up(self) -> datetime:
        shutil.copytree(self.files, self.folder / "backup")
        self.dumps = {key: self.client.dump(key) for key in self.client.keys("*")}
        return datetime.now(UTC)

    def restore(self, *datasets: str) -> None:
        if "logs" in datasets:
            shutil.rmtree(self.files)
            shutil.copytree(self.folder / "backup", self.files)
        if "cache" in datasets:
            self.client.flushdb()
            for key, dump in self.dumps.items():
                self.client.restore(key, 0, dump or b"")

    def open_store(self, name: str) -> Store:
        url = f"file://{self.files}" if name == "logs" else self.url
        return open_store(self.data_map.dataset(name), StoreConfig(url, {}))

    def work(self, *emails: str) -> Work:
        identities = {"email": frozenset(emails)}
        return Work(self.data_map, build_graph(self.data_map), identities, self.open_store, Scope(self.data_map))

    def erase(self) -> None:
        recorder = Recorder(self.ledger, CASE, data_map=self.data_map, hashes=HASHES, clock=lambda: datetime.now(UTC))
        erasure = Erasure(self.work("ann@example.org"), keeper=Together([self.log, recorder]))
        preview = erasure.preview()
        assert preview.problems == ()
        assert erasure.execute(fingerprint=preview.fingerprint).failure == ""

    def undo(self) -> None:
        work = Restoration(self.log, CASE, data_map=self.data_map, open_store=self.open_store, ledger=self.ledger)
        assert work.execute(work.datasets(), clock=lambda: datetime.now(UTC)).failure == ""

    def replay(self, taken_at: datetime, *datasets: str) -> list[Replayed]:
        due = read_due(
            self.ledger,
            tenant="acme",
            taken_at=taken_at,
            datasets=datasets or ("logs", "cache"),
            data_map=self.data_map,
            key_id=HASHES.key_id,
        )
        replay = Replay(self.work(), due, ledger=self.ledger, hashes=HASHES, clock=lambda: datetime.now(UTC))
        problems = list(due.problems)
        done = list(replay.run(replay.find(problems), commits=True))
        assert problems == []
        assert [item.problems for item in done] == [()] * len(done)
        return done


def zipped(data: bytes) -> bytes:
    import gzip

    return gzip.compress(data, mtime=0)


def told(path: Path) -> Any:
    import gzip
    import re

    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return re.sub(rb"erased-[0-9a-f]+", b"(made)", data)


@pytest.fixture
def world(tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(disk, "_SETTLED", 0.0)
    with Redis.from_url(f"{redis_url}/{OWN}") as client:
        client.flushdb()
        yield World(tmp_path, f"{redis_url}/{OWN}", client)


def test_who_was_erased_is_erased_again_in_files_and_keys(world: World) -> None:
    taken_at = world.back_up()
    world.erase()
    after = world.everything()
    world.restore("logs", "cache")
    assert world.everything() != after
    (done,) = world.replay(taken_at)
    assert done.left == 0
    assert done.matched.rows == {
        ("logs", "people"): 1,
        ("logs", "calls"): 6,
        ("logs", "letters"): 1,
        ("cache", "sessions"): 2,
    }
    assert world.everything() == after
    world.replay(taken_at)
    assert world.everything() == after


@pytest.mark.parametrize("dataset", ["logs", "cache"])
def test_one_store_restored_alone_is_cleaned_alone(world: World, dataset: str) -> None:
    taken_at = world.back_up()
    world.erase()
    after = world.everything()
    world.restore(dataset)
    assert world.everything() != after
    world.replay(taken_at, dataset)
    assert world.everything() == after


def test_who_signed_up_again_keeps_lines_and_keys_that_are_new(world: World) -> None:
    taken_at = world.back_up()
    world.erase()
    clean = world.everything()
    world.restore("logs", "cache")
    later = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    new = {"id": 9, "email": "ann@example.org", "at": later}
    world.write("people/new.json", orjson.dumps([new]))
    world.write("calls/day=3.jsonl.gz", zipped(orjson.dumps({"person_id": 9, "at": later}) + b"\n"))
    with (world.files / "letters.csv").open("ab") as file:
        file.write(f"Ann@example.org,new,{later}\n".encode())
    (done,) = world.replay(taken_at)
    assert done.matched.came_back
    found = world.everything()
    assert found["people/new.json"] == orjson.dumps([new])
    assert len(found["calls/day=3.jsonl.gz"].splitlines()) == 1
    assert found["letters.csv"] == clean["letters.csv"] + f"Ann@example.org,new,{later}\n".encode()
    others = ("people/new.json", "calls/day=3.jsonl.gz", "letters.csv")
    kept = {name: value for name, value in found.items() if name not in others}
    assert kept == {name: value for name, value in clean.items() if name not in others}


def test_an_erasure_that_was_undone_stays_undone(world: World) -> None:
    taken_at, before = world.back_up(), world.everything()
    world.erase()
    world.undo()
    assert world.everything() == before
    world.restore("logs", "cache")
    assert world.replay(taken_at) == []
    assert world.everything() == before


def dying(work: Callable[[], object], monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """Do it in a process of its own that ends hard before its n-th change of a name, command to Redis or line."""
    child = os.fork()
    if child == 0:
        calls = 0

        def ending(real: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: Any, **facts: Any) -> Any:
                nonlocal calls
                calls += 1
                if calls == at:
                    os._exit(9)
                return real(*arguments, **facts)

            return call

        for owner, names in ((os, ("link", "replace", "unlink")), (Redis, ("eval",)), (Ledger, ("apply", "revert"))):
            for name in names:
                monkeypatch.setattr(owner, name, ending(getattr(owner, name)))
        work()
        os._exit(0)
    os.waitpid(child, 0)


@pytest.mark.parametrize("at", [pytest.param(at, marks=THOROUGH if at % 9 else ()) for at in (1, 3, 6, 9, 12, 15, 18)])
def test_a_replay_that_was_killed_is_done_again(world: World, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    taken_at = world.back_up()
    world.erase()
    after = world.everything()
    world.restore("logs", "cache")
    dying(lambda: world.replay(taken_at), monkeypatch, at)
    world.replay(taken_at)
    assert world.everything() == after


@pytest.mark.parametrize("at", [pytest.param(at, marks=THOROUGH if at % 6 else ()) for at in range(2, 17, 2)])
def test_a_restoration_that_was_killed_is_done_again(world: World, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    before = world.everything()
    world.erase()
    assert world.everything() != before
    dying(world.undo, monkeypatch, at)
    world.undo()
    assert world.everything() == before
