"""Drafts and checks of stores that are no SQL databases, on the real services or their stand-ins."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from bson.objectid import ObjectId
from redis import Redis

from tests.mapping.drafting import Desk
from tests.stores import http_server
from tests.stores.mongo_server import Deployment, running

#: A database of the Redis server that no other test uses.
DATABASE = 9


@pytest.fixture
def client(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(f"{redis_url}/{DATABASE}") as client:
        client.flushdb()
        yield client
        client.flushdb()


def told(desk: Desk, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, set[tuple[str, str, str]]]:
    """Return the status and (rule, collection, field) of each finding."""
    capsys.readouterr()
    status = desk.check("--format", "json", *more)
    findings = json.loads(capsys.readouterr().out)["findings"]
    return status, {(item["rule"], item["collection"], item["field"]) for item in findings}


def test_keys_of_redis(client: Redis, redis_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for at in range(4):
        client.hset(f"session:s{at}", mapping={"email": f"p{at}@example.org", "auth_token": "x"})
        client.set(f"user:u{at}:cart", json.dumps({"thing": at}))
        client.rpush(f"user:u{at}:log", "seen")
    client.set("annlee", "x")
    client.set("annlee:cart", "x")
    client.mset({"friend:u1:bobby": "x", "friend:u2:clara": "x"})
    desk = Desk(tmp_path, app=f"{redis_url}/{DATABASE}")
    assert desk.draft() == 0
    sources = {item.name: dict(item.source) for item in desk.loaded().collections()}
    assert sources == {
        "friend": {"key": "friend:{friend_id}:{part_3}", "type": "string"},
        "session": {"key": "session:{session_id}", "type": "hash"},
        "user_cart": {"key": "user:{user_id}:cart", "type": "json"},
        "user_log": {"key": "user:{user_id}:log", "type": "list"},
    }
    assert not [name for name in ("annlee", "bobby", "clara") if name in desk.text()]
    assert desk.loaded().collection(("app", "session")).at("auth_token").secret
    rows = desk.collect("email=p1@example.org")
    assert rows["app/session"] == [{"email": "p1@example.org", "session_id": "s1"}]
    strangers = {("undeclared-collection", name, "") for name in ("(keys without a prefix)", "annlee")}
    assert told(desk, capsys) == (1, strangers)
    client.delete("annlee", "annlee:cart", *(f"user:u{at}:log" for at in range(4)))
    client.hset("session:s1", "nickname", "a")
    assert told(desk, capsys) == (
        1,
        {("undeclared-field", "session", "nickname"), ("empty-collection", "user_log", "")},
    )


def test_documents_of_mongodb(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ann, ben = ObjectId(), ObjectId()
    people = [
        {"_id": ann, "email": "ann@example.org", "home": {"city": "Rome"}},
        {"_id": ben, "email": "b@example.org"},
    ]
    orders = [{"_id": 1, "person_id": ann}, {"_id": 2, "person_id": ben}]
    with running(Deployment({"people": people, "orders.v2": orders})) as deployment:
        desk = Desk(tmp_path, app=deployment.url)
        assert desk.draft() == 0
        assert dict(desk.loaded().collection(("app", "orders_v2")).source) == {"collection": "orders.v2"}
        assert desk.loaded().collection(("app", "people")).at("home.city").data_categories
        assert [row["_id"] for row in desk.collect("email=ann@example.org")["app/orders_v2"]] == [1]
        assert told(desk, capsys) == (0, set())
        deployment.collections["people"][0]["phone"] = "1"
        deployment.collections["more"] = [{"_id": 1}]
        assert told(desk, capsys) == (
            1,
            {("undeclared-field", "people", "phone"), ("undeclared-collection", "more", "")},
        )


def test_a_service_gets_an_empty_file_and_is_opened(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with http_server.running(http_server.Service()) as service:
        desk = Desk(tmp_path, app=service.url)
        assert desk.draft() == 0
        assert desk.loaded().dataset("app").collections == ()
        assert "cannot tell what it holds" in desk.text()
        assert told(desk, capsys) == (0, set())


def test_files_are_drafted_by_pattern(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for day in ("2026-01-01", "2026-01-02"):
        folder = tmp_path / "files" / "logs" / f"date={day}"
        folder.mkdir(parents=True)
        (folder / "a.jsonl").write_text(
            '{"customer_id": 1, "email": "ann@example.org"}\n{"email": "ben@example.org"}\n'
        )
    for name in ("ann", "ben", "cat", "dan", "eva", "fay", "gil", "hal", "ida"):
        folder = tmp_path / "files" / "people" / name
        folder.mkdir(parents=True)
        (folder / "self.json").write_text(json.dumps({"email": f"{name}@example.org", "home": {"city": "Rome"}}))
    (tmp_path / "files" / "photo.png").write_bytes(b"x")
    desk = Desk(tmp_path, app=f"file://{tmp_path}/files")
    assert desk.draft() == 0
    assert {item.name: dict(item.source) for item in desk.loaded().collections()} == {
        "logs": {"path": "logs/date={date}/*.jsonl", "format": "jsonl"},
        "people": {"path": "people/*/*.json", "format": "json"},
    }
    rows = desk.collect("email=ann@example.org")
    assert [row["date"] for row in rows["app/logs"]] == ["2026-01-01", "2026-01-02"]
    assert len(desk.collect("email=dan@example.org")["app/people"]) == 1
    assert told(desk, capsys) == (1, {("undeclared-collection", "photo.png", "")})


def test_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "files" / "calls" / "date=2026-01-01").mkdir(parents=True)
    calls = tmp_path / "files" / "calls" / "date=2026-01-01" / "a.jsonl"
    calls.write_text('{"email": "ann@example.org", "n": 0}\n{"email": "ben@example.org", "n": 1}\n')
    desk = Desk(tmp_path, app=f"file://{tmp_path}/files")
    source = '{path: "calls/date={date}/*.jsonl", format: jsonl}'
    fields = (
        "[{name: date}, {name: email, data_categories: [user.contact.email], fides_meta: {identity: email}}, {name: n}]"
    )
    desk.map.mkdir()
    (desk.map / "app.yml").write_text(
        f"dataset: [{{fides_key: app, collections: [{{name: calls, meta: {{source: {source}}}, fields: {fields}}}]}}]"
    )
    assert told(desk, capsys, "--strict") == (0, set())
    calls.write_text('{"email": "ann@example.org", "phone": "1"}\n')
    (tmp_path / "files" / "mails").mkdir()
    (tmp_path / "files" / "mails" / "a.json").write_text("{}")
    assert told(desk, capsys) == (
        1,
        {
            ("undeclared-field", "calls", "phone"),
            ("absent-field", "calls", "n"),
            ("undeclared-collection", "mails", ""),
        },
    )
    calls.unlink()
    assert ("absent-collection", "calls", "") in told(desk, capsys)[1]


def test_one_store_refers_to_another(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    calls = [{"person_id": "1", "text": "hers"}, {"person_id": "2", "text": "his"}]
    (tmp_path / "files" / "a.jsonl").write_text("".join(f"{json.dumps(call)}\n" for call in calls))
    with closing(sqlite3.connect(tmp_path / "app.db")) as database:
        database.executescript(
            "create table people(id integer primary key, email text);"
            "insert into people values (1, 'ann@example.org'), (2, 'ben@example.org');"
        )
    desk = Desk(tmp_path, app=f"sqlite:///{tmp_path}/app.db", usage=f"file://{tmp_path}/files")
    assert desk.draft() == desk.check("--strict") == 0
    assert "guessed from its name alone" in desk.text("usage")
    assert desk.collect("email=ann@example.org")["usage/files"] == calls[:1]
