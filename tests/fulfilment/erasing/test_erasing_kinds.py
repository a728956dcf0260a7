"""One erasure over a SQL database, a Redis server, an HTTP service and the stand-in for MongoDB, all at once."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from sqlalchemy import create_engine, text

from dsar.datamap.graph import build_graph
from dsar.datamap.model import DataMap
from dsar.fulfilment.engine import Work
from dsar.fulfilment.erasing.erase import Erasure, NotErasableError
from dsar.fulfilment.erasing.fate import Fate
from dsar.fulfilment.erasing.preview import Preview
from dsar.fulfilment.scope import Scope
from dsar.stores import http, mongo, redis, sql
from dsar.stores.base import OpenStore, Store
from tests.datamap.maps import load_text
from tests.stores.http_server import Asked, Reply, Service, editable
from tests.stores.http_server import running as running_http
from tests.stores.mongo_server import Deployment
from tests.stores.mongo_server import running as running_mongo

MAP = """
dataset:
- fides_key: shop
  collections:
  - name: people
    meta: {erasure: {action: delete}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
- fides_key: cache
  collections:
  - name: sessions
    meta: {erasure: {action: delete}, source: {key: "session:{id}", type: hash}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: string}}
    - &person
      name: person_id
      fides_meta: {data_type: integer, references: [{dataset: shop, field: people.id, direction: from}]}
    - {name: page}
  - name: profiles
    meta:
      source: {key: "profile:{person_id}", type: json}
      erasure: {action: mask, fields: {name: random, city: null, plan: {strategy: fixed, value: none}}}
    fields:
    - name: person_id
      fides_meta:
        primary_key: true
        data_type: integer
        references: [{dataset: shop, field: people.id, direction: from}]
    - {name: name}
    - {name: city}
    - {name: plan, fides_meta: {data_type: string}}
- fides_key: mail
  collections:
  - name: contacts
    meta:
      erasure: {action: delete}
      source:
        path: /contacts
        query: {email: "{email}"}
        rows: data
        delete: {method: DELETE, path: "/contacts/{id}"}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
  - name: letters
    meta:
      erasure: {action: mask, fields: {subject: hmac}}
      source: {path: "/letters", rows: data, update: {method: PATCH, path: "/letters/{id}"}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - *person
    - {name: subject, fides_meta: {data_type: string}}
- fides_key: notes
  collections:
  - name: notes
    meta: {erasure: {action: mask, by: [person_id], fields: {text: hmac, email: null}}}
    fields:
    - {name: _id, fides_meta: {primary_key: true, data_type: object_id}}
    - *person
    - {name: email, fides_meta: {data_type: string}}
    - {name: text, fides_meta: {data_type: string}}
  - name: drafts
    meta: {erasure: {action: delete}}
    fields:
    - {name: _id, fides_meta: {primary_key: true, data_type: object_id}}
    - *person
"""
#: A database of the server that no other test uses.
OWN = 7
_OPEN: dict[str, OpenStore] = {
    "shop": sql.open_store,
    "cache": redis.open_store,
    "mail": http.open_store,
    "notes": mongo.open_store,
}


@dataclass
class Stores:
    """Everything of two people, 1 and 2, in four kinds of stores."""

    data_map: DataMap
    urls: dict[str, str]
    client: Redis
    service: Service
    letters: list[dict[str, Any]]
    contacts: list[dict[str, Any]]
    deployment: Deployment
    opened: dict[str, Store] = field(default_factory=dict)

    def erasure(self) -> Erasure:
        identities = {"email": frozenset({"ann@example.org"})}
        return Erasure(
            Work(self.data_map, build_graph(self.data_map), identities, self.open_store, Scope(self.data_map))
        )

    def everything(self) -> dict[str, Any]:
        with create_engine(self.urls["shop"]).connect() as connection:
            people = [tuple(row) for row in connection.execute(text("select id from people"))]
        return copy.deepcopy(
            {
                "people": people,
                "cache": {key: self.client.dump(key) for key in self.client.scan_iter()},
                "mail": (self.contacts, self.letters),
                "notes": self.deployment.collections,
            }
        )

    def open_store(self, key: str) -> Store:
        if key not in self.opened:
            options = {"rate": 10_000} if key == "mail" else {}
            self.opened[key] = _OPEN[key](self.data_map.dataset(key), self.urls[key], options)
        return self.opened[key]

    def close(self) -> None:
        while self.opened:
            self.opened.popitem()[1].close()


@pytest.fixture
def stores(tmp_path: Path, redis_url: str) -> Iterator[Stores]:
    urls = {"shop": f"sqlite:///{tmp_path}/shop.db", "cache": f"{redis_url}/{OWN}"}
    with create_engine(urls["shop"]).begin() as connection:
        connection.execute(text("create table people (id bigint primary key, email text)"))
        connection.execute(text("insert into people values (1, 'Ann@example.org'), (2, 'bob@example.org')"))
    contacts = [{"id": at, "email": "ann@example.org" if at % 2 else "bob@example.org"} for at in range(1, 9)]
    letters = [{"id": at, "person_id": 1 + at % 2, "subject": f"Letter {at}"} for at in range(4)]
    found = {"contacts": editable(contacts, "id", size=50), "letters": editable(letters, "id", size=50)}
    notes = [{"_id": at, "person_id": 1 + at % 2, "email": "x@example.org", "text": f"Note {at}"} for at in range(4)]
    drafts = [{"_id": at, "person_id": 1 + at % 2} for at in range(4)]
    with (
        Redis.from_url(urls["cache"]) as client,
        running_http(Service(found)) as service,
        running_mongo(Deployment({"notes": notes, "drafts": drafts}, replica_set=True)) as deployment,
    ):
        client.flushdb()
        for at in (1, 2):
            client.hset(f"session:{at}", mapping={"person_id": at, "page": "/"})
            client.set(
                f"profile:{at}", f'{{"name": "Somebody {at}", "city": "Ulm", "plan": "gold", "n": 1.50}}', ex=900
            )
        urls |= {"mail": service.url, "notes": deployment.url}
        stores = Stores(load_text(tmp_path, MAP), urls, client, service, letters, contacts, deployment)
        yield stores
        stores.close()


def fates(preview: Preview) -> dict[str, dict[str, int]]:
    return {key[1]: {str(fate): count for (fate, _), count in part.rows.items()} for key, part in preview.parts.items()}


def test_everything_goes_from_every_kind_of_store(stores: Stores) -> None:
    before, work = stores.everything(), stores.erasure()
    preview = work.preview()
    assert preview.problems == ()
    assert fates(preview) == {
        "people": {"delete": 1},
        "sessions": {"delete": 1},
        "profiles": {"mask": 1},
        "contacts": {"delete": 4},
        "letters": {"mask": 2},
        "notes": {"mask": 2},
        "drafts": {"delete": 2},
    }
    assert stores.everything() == before, "a preview changes nothing"

    erased = work.execute(fingerprint=preview.fingerprint)
    assert (erased.failure, len(erased.done)) == ("", 7)
    proof = work.verify()
    assert (proof.count(Fate.DELETE, Fate.MASK), proof.problems) == (0, ())
    assert fates(proof) == {"profiles": {"masked": 1}, "letters": {"masked": 2}, "notes": {"masked": 2}}

    after = stores.everything()
    assert after["people"] == [(2,)]
    assert set(after["cache"]) == {b"session:2", b"profile:1", b"profile:2"}
    assert all(after["cache"][key] == before["cache"][key] for key in (b"session:2", b"profile:2"))
    assert 0 < stores.client.ttl("profile:1") <= 900
    assert b'"city": null, "plan": "none", "n": 1.50}' in stores.client.get("profile:1")  # type: ignore[operator]
    assert [row["id"] for row in stores.contacts] == [2, 4, 6, 8]
    assert [row for row in stores.letters if row["person_id"] == 2] == [
        row for row in before["mail"][1] if row["person_id"] == 2
    ]
    assert [row for row in after["notes"]["notes"] if row["person_id"] == 2] == [
        row for row in before["notes"]["notes"] if row["person_id"] == 2
    ]
    assert [row["person_id"] for row in after["notes"]["drafts"]] == [2, 2]


def test_a_service_that_stops_half_way_is_gone_on_with(stores: Stores) -> None:
    ordinary = stores.service.resources["contacts"]
    stores.service.resources["contacts"] = lambda asked: (
        Reply(None, 422) if asked.target == "/contacts/5" else ordinary(asked)
    )
    work = stores.erasure()
    erased = work.execute(fingerprint=work.preview().fingerprint)
    assert "mail:contacts: DELETE /contacts/{id}: 422" in erased.failure
    assert [row["id"] for row in stores.contacts] == [2, 4, 5, 6, 7, 8]

    stores.service.resources["contacts"] = ordinary
    again = work.preview()
    assert fates(again)["contacts"] == {"delete": 2}
    assert work.execute(fingerprint=again.fingerprint).failure == ""
    assert [row["id"] for row in stores.contacts] == [2, 4, 6, 8]
    assert work.verify().count(Fate.DELETE, Fate.MASK) == 0


def test_a_request_that_is_not_described_stops_all_before_anything_is_done(stores: Stores, tmp_path: Path) -> None:
    (tmp_path / "less").mkdir()
    less = MAP.replace('\n        delete: {method: DELETE, path: "/contacts/{id}"}', "")
    stores.data_map, before = load_text(tmp_path / "less", less), stores.everything()
    work = stores.erasure()
    preview = work.preview()
    assert preview.problems == (
        "mail:contacts: the data map describes no request for it: write 'delete' into its source",
    )
    with pytest.raises(NotErasableError):
        work.execute(fingerprint=preview.fingerprint)
    assert stores.everything() == before


def test_nobody_is_asked_to_change_anything_by_a_preview(stores: Stores) -> None:
    stores.erasure().preview()
    asked: list[Asked] = stores.service.asked
    assert {item.method for item in asked} == {"GET"}
    sent = [next(iter(command)) for command in stores.deployment.asked]
    assert (sent.count("abortTransaction"), sent.count("commitTransaction")) == (1, 0)
