"""Rows of a real HTTP service made anew: the contract of restoring, and what is particular to a service."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from dsar.datamap.erasure import Erasure, ErasureAction, Mask, Strategy
from dsar.datamap.model import Collection
from dsar.stores.base import ForbiddenError, StoreConfigError, StoreError
from dsar.stores.http import open_store
from dsar.stores.restorable import PutBack
from tests.stores.changing_contract import Erasable
from tests.stores.http_server import Reply, Service, editable
from tests.stores.maps import MEMBERS, PEOPLE, make_collection, make_dataset, make_field
from tests.stores.restoring_contract import *  # noqa: F403
from tests.stores.restoring_contract import delete, put_back
from tests.stores.test_http_changing import FAST, MEMBER, PERSON, sent, service  # noqa: F401


def made_by(collection: Collection, **described: Any) -> Collection:
    create = {"method": "POST", "path": f"/{collection.name}", **described}
    return replace(collection, source={**collection.source, "create": create})


@pytest.fixture
def erasable(service: Service) -> Iterator[Erasable]:  # noqa: F811
    people, members = copy.deepcopy(PEOPLE), copy.deepcopy(MEMBERS)
    service.resources |= {
        "people": editable(people, "person_id"),
        "members": editable(members, "org_id", "person_id"),
    }
    dataset = make_dataset(made_by(PERSON), made_by(MEMBER))
    store = open_store(dataset, service.url, FAST)
    yield Erasable(store, dataset, lambda: sorted(map(json.dumps, (*people, *members))))
    store.close()


def test_a_row_that_others_made_since_is_left(erasable: Erasable, service: Service) -> None:  # noqa: F811
    taken = delete(erasable, 0, 1)
    rows: list[dict[str, Any]] = [{"person_id": 0, "nickname": "new"}, {"person_id": 3}]
    service.resources["people"] = editable(rows, "person_id")
    assert put_back(erasable, taken) == PutBack(written=1, left=1)
    assert rows[0]["nickname"] == "new"
    assert [asked.method for asked in sent(service)][-1:] == ["POST"]


def test_only_what_the_map_names_is_sent(service: Service) -> None:  # noqa: F811
    rows = [{"person_id": 1, "email": "a@example.org", "nickname": "x", "made_at": "then"}]
    service.resources["people"] = editable(rows, "person_id")
    dataset = make_dataset(made_by(PERSON, fields=["person_id", "email"]))
    with closing(open_store(dataset, service.url, FAST)) as store:
        erasable = Erasable(store, dataset)
        taken = delete(erasable, 1)
        assert put_back(erasable, taken) == PutBack(written=1)
        assert rows == [{"person_id": 1, "email": "a@example.org"}]
        assert put_back(erasable, taken) == PutBack(there=1)


def test_without_a_request_that_makes_one_it_is_said_that_a_row_cannot_be_put_back(service: Service) -> None:  # noqa: F811
    with closing(open_store(make_dataset(PERSON), service.url, FAST)) as store:
        assert not store.restores(PERSON)


@pytest.mark.parametrize(("status", "error"), [(404, StoreError), (409, ForbiddenError), (403, StoreError)])
def test_what_the_service_says_to_it_is_told(erasable: Erasable, service: Service, status: int, error: Any) -> None:  # noqa: F811
    taken = delete(erasable, 0, 1)
    answer = service.resources["people"]
    service.resources["people"] = lambda asked: Reply({}, status) if asked.method == "POST" else answer(asked)
    with pytest.raises(error, match=f"shop:people: POST /people: {status}"):
        put_back(erasable, taken)
    service.resources["people"] = answer
    assert put_back(erasable, taken) == PutBack(written=2)


@pytest.mark.parametrize(
    ("described", "message"),
    [
        ({"method": "PATCH"}, "source: create: 'method' must be one of POST, PUT"),
        ({"fields": "email"}, "source: create: 'fields' must be a list of names"),
        ({"fields": ["emial"]}, "emial"),
        ({"body": {}}, "source: 'create' must hold 'method' and 'path', and may hold 'content_type' and 'fields'"),
    ],
)
def test_a_mistake_in_the_map_is_told_with_its_place(described: dict[str, Any], message: str) -> None:
    with pytest.raises(StoreConfigError, match=message):
        open_store(make_dataset(made_by(PERSON, **described)), "http://127.0.0.1", FAST)


@pytest.mark.parametrize(
    ("rule", "restores"),
    [
        (Erasure(ErasureAction.DELETE), False),  # nothing says how a row is made
        (Erasure(ErasureAction.KEEP, detach=("nickname",)), True),
        (Erasure(ErasureAction.MASK, masks={"nickname": Mask(Strategy.NULL)}), True),
        (Erasure(ErasureAction.MASK, masks={"email": Mask(Strategy.NULL)}), False),  # it would not be found again
        (Erasure(ErasureAction.KEEP, detach=("email",)), False),
    ],
)
def test_it_is_said_of_each_rule_whether_its_rows_come_back(service: Service, rule: Erasure, *, restores: bool) -> None:  # noqa: F811
    update = {"method": "PATCH", "path": "/people/{person_id}"}
    source = {"path": "/people", "query": {"email": "{email}"}, "rows": "data", "update": update}
    fields = (make_field("person_id", primary_key=True), make_field("email"), make_field("nickname"))
    collection = make_collection("people", *fields, source=source, erasure=rule)
    with closing(open_store(make_dataset(collection), service.url, FAST)) as store:
        assert store.restores(collection) is restores
