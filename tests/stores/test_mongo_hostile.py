"""MongoDB on a bad day: errors, lost connections, documents that nobody declared, mistakes in a map."""

from __future__ import annotations

from typing import Any

import bson
import pytest
from bson.int64 import Int64

from dsar.stores.base import Selection, StoreConfigError, StoreError, Undeclared
from dsar.stores.mongo import open_store
from tests.stores.contract import by
from tests.stores.maps import (
    make_collection,
    make_dataset,
    make_field,
)
from tests.stores.mongo_reading import THINGS
from tests.stores.mongo_server import Deployment, Document


def failure(code: int, name: str) -> Document:
    return {"ok": 0.0, "code": code, "codeName": name, "errmsg": "canary is not allowed"}


@pytest.mark.parametrize(
    ("moods", "retry", "message"),
    [
        ([failure(13, "Unauthorized")], False, "access is denied"),
        ([failure(2, "BadValue")], False, "the server answers BadValue"),
        ([failure(50, "MaxTimeMSExpired")], True, "the server answers MaxTimeMSExpired"),
        ([failure(43, "CursorNotFound")], True, "the server answers CursorNotFound"),
        ([failure(246, "SnapshotUnavailable")] * 2, True, "the server answers SnapshotUnavailable"),
        ([failure(10107, "NotWritablePrimary")] * 2, True, "NotPrimaryError"),
        ([None] * 2, True, "AutoReconnect"),
    ],
    ids=lambda item: str(item)[:40],
)
def test_errors_say_what_is_wrong_and_quote_no_value(
    deployment: Deployment, moods: list[Document | None], message: str, *, retry: bool
) -> None:
    deployment.collections["things"] = [{"_id": 1, "key": "canary"}]
    store = open_store(make_dataset(THINGS), deployment.url, {"timeout": 2})
    with store.snapshot() as snapshot:
        deployment.moods = list(moods)
        with pytest.raises(StoreError, match=f"shop:things: {message}$") as caught:
            list(snapshot.read(THINGS, Selection((by("key", "canary"),))))
    store.close()
    assert caught.value.retry is retry
    assert "canary" not in str(caught.value)


def test_one_lost_connection_is_made_good_by_the_driver(deployment: Deployment) -> None:
    deployment.collections["things"] = [{"_id": 1, "key": 1}]
    store = open_store(make_dataset(THINGS), deployment.url, {})
    with store.snapshot() as snapshot:
        deployment.moods = [None]
        assert snapshot.count(THINGS, Selection((by("key", 1),))) == 1
    store.close()


def test_a_cursor_that_is_lost_halfway_is_no_result(deployment: Deployment) -> None:
    deployment.collections["things"] = [{"_id": at, "key": 1} for at in range(1_500)]
    store = open_store(make_dataset(THINGS), deployment.url, {})
    with store.snapshot() as snapshot:
        batches = snapshot.read(THINGS, Selection((by("key", 1),)))
        next(iter(batches))
        deployment.moods = [None] * 3
        with pytest.raises(StoreError) as caught:
            list(batches)
    store.close()
    assert caught.value.retry is True


def test_text_that_is_no_unicode_is_an_error_not_another_text(deployment: Deployment) -> None:
    deployment.collections["things"] = []
    cursor = {"id": Int64(0), "ns": "shop.things", "firstBatch": [{"_id": 1, "key": "a", "value": "canary"}]}
    store = open_store(make_dataset(THINGS), deployment.url, {})
    with store.snapshot() as snapshot:
        deployment.moods = [bson.encode({"ok": 1.0, "cursor": cursor}).replace(b"canary", b"canar\xff")]
        with pytest.raises(StoreError, match=r"shop:things: InvalidBSON$") as caught:
            list(snapshot.read(THINGS, Selection((by("key", "a"),))))
    store.close()
    assert caught.value.retry is False


def test_documents_tell_what_the_map_does_not(deployment: Deployment) -> None:
    secret = make_field("token", secret=True)
    collection = make_collection(
        "things", make_field("key"), make_field("open", data_type="object"), secret, ignore=("cache_*",)
    )
    known = {"key": [{"inside": 1}], "open": {"anything": 1}, "token": "canary", "cache_x": 1}
    deployment.collections["things"] = [{"_id": 1, **known}, {"_id": 2, "late": {"a": [{"b": 1}]}}]
    store = open_store(make_dataset(collection), deployment.url, {})
    with store.snapshot() as snapshot:
        assert snapshot.undeclared() == (Undeclared("things", "late"),)
    (found,) = store.introspect()
    store.close()
    assert found.primary_key == ("_id",)
    assert found.fields["late.a.b"] == "int"
    assert "token" not in found.fields
    assert all({"$project": {"token": 0}} in item["pipeline"] for item in deployment.commands("aggregate"))


@pytest.mark.parametrize(
    ("source", "name", "message"),
    [
        ({"table": "x"}, "key", "source: unknown key 'table'; write one of collection"),
        ({"collection": 5}, "key", "source: 'collection' must be text"),
        ({"collection": "system.users"}, "key", "'collection' must be the name of a collection"),
        ({"collection": ""}, "key", "'collection' must be the name of a collection"),
        ({}, "$where", r"the field '\$where' cannot be read"),
    ],
)
def test_a_wrong_source_is_refused_with_its_place(source: dict[str, Any], name: str, message: str) -> None:
    collection = make_collection("things", make_field(name), source=source)
    with pytest.raises(StoreConfigError, match=rf"shop\.yml:7: shop:things: .*{message}"):
        open_store(make_dataset(collection), "mongodb://127.0.0.1/shop", {})


@pytest.mark.parametrize(
    ("url", "options", "message"),
    [
        ("mongodb://127.0.0.1", {}, "names no database"),
        ("mongodb://me:hun/ter2@127.0.0.1/shop", {}, "not an address that PyMongo takes"),
        ("mongodb://127.0.0.1/shop?tls=maybe", {}, "not an address that PyMongo takes"),
        ("mongodb://127.0.0.1/shop", {"snapshot": "no"}, "'snapshot' must be true or false"),
        ("mongodb://127.0.0.1/shop", {"timeout": 0}, "option 'timeout' must be a number"),
        ("mongodb://127.0.0.1/shop", {"time": 0}, "unknown option 'time'"),
    ],
)
def test_a_wrong_address_or_option_is_refused(url: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(StoreConfigError, match=message) as caught:
        open_store(make_dataset(), url, options)
    assert "ter2" not in str(caught.value)


def test_a_name_that_the_dns_resolves_is_not_asked_for_before_it_is_needed() -> None:
    open_store(make_dataset(), "mongodb+srv://cluster.example.invalid/shop", {}).close()
