"""Masks inside of objects, and redaction, over a Redis server, an HTTP service and the stand-in for MongoDB at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bson.int64 import Int64
from redis import Redis
from sqlalchemy import create_engine, text

from dsar.fulfilment.erasing.fate import Fate
from tests.datamap.maps import load_text
from tests.fulfilment.erasing.test_erasing_kinds import OWN, Stores, fates
from tests.stores.http_server import Service, editable
from tests.stores.http_server import running as running_http
from tests.stores.mongo_server import Deployment
from tests.stores.mongo_server import running as running_mongo

#: The same object in each kind of store, masked in the same way.
MAP = """
dataset:
- fides_key: shop
  collections:
  - name: people
    meta: {erasure: {action: delete}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - {name: name, fides_meta: {data_type: string}}
- fides_key: cache
  collections:
  - name: sessions
    meta:
      source: {key: "session:{id}", type: hash}
      erasure: &erasure
        action: mask
        fields: {who.name: null, who.mails.to: hmac, note: &redact {strategy: redact, values: [shop.people.name]}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: string}}
    - &person
      name: person_id
      fides_meta: {data_type: integer, references: [{dataset: shop, field: people.id, direction: from}]}
    - &note {name: note, fides_meta: {data_type: string}}
    - &who
      name: who
      fields:
      - {name: name, fides_meta: {data_type: string}}
      - {name: token, meta: {secret: true}}
      - name: mails
        fides_meta: {data_type: "object[]"}
        fields: [{name: to, fides_meta: {data_type: string}}]
  - name: profiles
    meta: {source: {key: "profile:{id}", type: json}, erasure: *erasure}
    fields: [{name: id, fides_meta: {primary_key: true, data_type: string}}, *person, *note, *who]
  - name: drafts
    meta: {source: {key: "draft:{person_id}", type: string}, erasure: {action: mask, fields: {value: *redact}}}
    fields: [*person, {name: value, fides_meta: {data_type: string}}]
- fides_key: mail
  collections:
  - name: letters
    meta:
      erasure: *erasure
      source: {path: "/letters", rows: data, update: {method: PATCH, path: "/letters/{id}"}}
    fields: [{name: id, fides_meta: {primary_key: true, data_type: integer}}, *person, *note, *who]
- fides_key: notes
  collections:
  - name: notes
    meta: {erasure: *erasure}
    fields: [{name: _id, fides_meta: {primary_key: true, data_type: object_id}}, *person, *note, *who]
"""
WHO: dict[str, Any] = {
    "shade": "grey",
    "name": "Ann",
    "token": "canary",
    "mails": [{"to": "x@example.org", "at": 5}, {"at": 7}, 8],
}
NOTE = "For Ann Example: ask bob."


@pytest.fixture
def stores(tmp_path: Path, redis_url: str) -> Iterator[Stores]:
    urls = {"shop": f"sqlite:///{tmp_path}/shop.db", "cache": f"{redis_url}/{OWN}"}
    with create_engine(urls["shop"]).begin() as connection:
        connection.execute(text("create table people (id bigint primary key, email text, name text)"))
        connection.execute(
            text("insert into people values (1, 'Ann@example.org', 'Ann Example'), (2, 'bob@example.org', 'Bob')")
        )
    rows = [{"id": at, "person_id": at, "note": NOTE, "who": WHO} for at in (1, 2)]
    letters, notes = ([json.loads(json.dumps(row)) for row in rows] for _ in range(2))
    for note in notes:
        note["_id"] = note.pop("id")
        note["who"]["big"] = Int64(5)
    found = {"letters": editable(letters, "id", size=50)}
    with (
        Redis.from_url(urls["cache"]) as client,
        running_http(Service(found)) as service,
        running_mongo(Deployment({"notes": notes}, replica_set=True)) as deployment,
    ):
        client.flushdb()
        for row in rows:
            at = row["person_id"]
            client.hset(f"session:{at}", mapping={"person_id": at, "note": NOTE, "who": json.dumps(WHO)})
            client.set(f"profile:{at}", json.dumps({**row, "id": None}).replace('"id": null', '"n": 1.50'))
            client.set(f"draft:{at}", NOTE)
        urls |= {"mail": service.url, "notes": deployment.url}
        yield (opened := Stores(load_text(tmp_path, MAP), urls, client, service, letters, [], deployment))
        opened.close()


def is_masked(who: dict[str, Any], was: dict[str, Any]) -> bool:
    made = who["mails"][0]["to"]
    mails = [{**WHO["mails"][0], "to": made}, *WHO["mails"][1:]]
    return made.startswith("erased-") and who == {**was, "name": None, "mails": mails}


def test_only_what_is_named_is_changed(stores: Stores) -> None:
    before, work = stores.everything(), stores.erasure()
    preview = work.preview()
    assert preview.problems == ()
    assert stores.everything() == before
    names = ("sessions", "profiles", "drafts", "letters", "notes")
    assert fates(preview) == {"people": {"delete": 1}, **{name: {"mask": 1} for name in names}}
    assert {key[1]: part.redacted for key, part in preview.parts.items()} == {"people": 0, **dict.fromkeys(names, 1)}

    assert work.execute(fingerprint=preview.fingerprint).failure == ""
    proof = work.verify()
    assert (proof.count(Fate.DELETE, Fate.MASK), proof.problems) == (0, ())
    after, client, said = stores.everything(), stores.client, NOTE.replace("Ann Example", "[erased]")
    assert all(after["cache"][key] == before["cache"][key] for key in before["cache"] if key.endswith(b"2"))
    assert client.get("draft:1") == said.encode()
    session: dict[bytes, bytes] = client.hgetall("session:1")  # type: ignore[assignment]
    assert session[b"note"] == said.encode()
    assert is_masked(json.loads(session[b"who"]), WHO)
    profile = client.get("profile:1")
    assert isinstance(profile, bytes)
    assert profile.startswith(
        b'{"n": 1.50, "person_id": 1, "note": "For [erased]: ask bob.", "who": {"shade": "grey", '
    )
    assert is_masked(json.loads(profile)["who"], WHO)
    assert stores.letters[0]["note"] == said
    assert is_masked(stores.letters[0]["who"], WHO)
    assert stores.letters[1] == before["mail"][1][1]
    note, other = after["notes"]["notes"]
    assert note["note"] == said
    assert is_masked(note["who"], {**WHO, "big": 5})
    assert type(note["who"]["big"]) is Int64
    assert other == before["notes"]["notes"][1]
    assert list(note["who"]) == list(other["who"])


def test_a_number_that_could_not_be_sent_back_stops_it(stores: Stores) -> None:
    stores.letters[0]["who"]["mails"][1]["at"] = 12345678901234567890123
    before = stores.everything()
    preview = stores.erasure().preview()
    assert preview.problems == ("mail:letters: who: an object in it has a number that cannot be sent back as it came",)
    assert stores.everything() == before
