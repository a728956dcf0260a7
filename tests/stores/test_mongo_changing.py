"""Erasing documents by PyMongo over the wire, on the stand-in: the contract of changes, and what is particular."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from bson import Regex
from bson.decimal128 import Decimal128
from bson.objectid import ObjectId

from dsar.datamap.erasure import Erasure, ErasureAction
from dsar.stores.base import ForbiddenError, Selection, StoreConfigError, StoreError
from dsar.stores.mongo import open_store
from dsar.stores.mongo.store import MongoStore
from tests.stores.changing_contract import *  # noqa: F403
from tests.stores.changing_contract import FIXED, HMAC, KEY, NULL, Erasable, in_block
from tests.stores.contract import by
from tests.stores.maps import MEMBERS, PEOPLE, make_collection, make_dataset, make_field
from tests.stores.mongo_reading import THINGS
from tests.stores.mongo_server import Deployment
from tests.stores.test_mongo import documents, shop

pytestmark = pytest.mark.thorough

Opening = Callable[..., MongoStore]


@pytest.fixture
def opening(deployment: Deployment) -> Iterator[Opening]:
    """Open stores of collections; all are closed at the end."""
    opened: list[MongoStore] = []

    def opening(*collections: Any) -> MongoStore:
        opened.append(open_store(make_dataset(*collections), deployment.url, {}))
        return opened[-1]

    yield opening
    for store in opened:
        store.close()


@pytest.fixture(params=[False, True], ids=["standalone", "replica set"])
def either(request: pytest.FixtureRequest, deployment: Deployment) -> Deployment:
    deployment.replica_set = request.param
    deployment.collections["things"] = [{"_id": name, "key": "mine", "value": name} for name in "abc"]
    return deployment


@pytest.fixture
def erasable(either: Deployment, opening: Opening) -> Erasable:
    either.collections = {"users": documents(copy.deepcopy(PEOPLE)), "members": documents(copy.deepcopy(MEMBERS))}
    return Erasable(opening(*shop().collections), shop())


def named(*names: Any) -> Selection:
    return Selection((by("_id", *names),))


def left(deployment: Deployment) -> list[Any]:
    return [document["_id"] for document in deployment.collections["things"]]


def test_a_document_goes_only_as_it_was_read(either: Deployment, opening: Opening) -> None:
    def change(_changing: Any) -> None:
        either.collections["things"][1]["value"] = "another's"

    with pytest.raises(StoreError) as told:
        in_block(
            opening(THINGS).changing(commits=True),
            lambda changing: changing.delete(THINGS, named("a", "b", "c")),
            change,
        )
    assert told.value.retry is True
    assert "canary" not in str(told.value)
    if either.replica_set:
        assert left(either) == ["a", "b", "c"], str(told.value)
        assert str(told.value) == "shop: things: the server answers WriteConflict"
    else:
        assert left(either) == ["b"]
        assert told.value.done == 2
        assert str(told.value) == "shop: things: 1 documents have changed since they were read; 2 others are changed"


def test_a_document_that_became_anothers_after_it_was_sorted_stays(deployment: Deployment, opening: Opening) -> None:
    deployment.collections["things"] = [{"_id": "a", "key": "mine"}]
    with pytest.raises(StoreError, match="shop:things: 1 documents have changed since they were read; nothing was"):
        in_block(
            opening(THINGS).changing(commits=True),
            lambda changing: list(changing.read(THINGS, Selection((by("key", "mine"),)))),
            lambda _changing: deployment.collections["things"][0].update(key="another's"),
            lambda changing: changing.delete(THINGS, named("a")),
        )
    assert left(deployment) == ["a"]


@pytest.mark.parametrize(
    "value",
    [
        {"b": 1, "a": [2, {}]},
        [1, 2],
        Regex("^m"),
        Decimal128("1.10"),
        None,
        1 << 40,
        "m",
        ObjectId("64b000000000000000000001"),
        b"\xff",
        float("inf"),
    ],
    ids=repr,
)
def test_a_document_is_known_again_whatever_it_holds(either: Deployment, opening: Opening, value: Any) -> None:
    either.collections["things"][0]["value"] = value
    with opening(THINGS).changing(commits=True) as changing:
        assert changing.delete(THINGS, named("a")) == 1
    assert left(either) == ["b", "c"]


def test_a_regular_expression_is_compared_and_not_searched_for(deployment: Deployment, opening: Opening) -> None:
    deployment.collections["things"] = [{"_id": "a", "value": Regex("^m")}]
    with pytest.raises(StoreError, match="1 documents have changed since they were read"):
        in_block(
            opening(THINGS).changing(commits=True),
            lambda changing: changing.delete(THINGS, named("a")),
            lambda _changing: deployment.collections["things"][0].update(value="mine"),
        )
    assert left(deployment) == ["a"]


def test_a_mask_writes_no_field_that_was_not_there(either: Deployment, opening: Opening) -> None:
    either.collections["things"] = [{"_id": "a", "key": "mine", "more": 1}, {"_id": "b", "more": 2}]
    with opening(THINGS).changing(commits=True) as changing:
        assert changing.mask(THINGS, named("a", "b"), {"key": HMAC, "value": NULL}, key=KEY) == 2
    one, two = either.collections["things"]
    assert (one["key"][:7], sorted(one)) == ("erased-", ["_id", "key", "more"])
    assert two == {"_id": "b", "more": 2}


@pytest.mark.parametrize(("code", "words"), [(11000, "a unique index"), (121, "the collection's validator")])
def test_what_a_server_forbids_is_told_without_a_value(
    either: Deployment, opening: Opening, code: int, words: str
) -> None:
    either.rules = lambda document: code if document["_id"] == "b" else None
    before = copy.deepcopy(either.collections["things"])
    with pytest.raises(ForbiddenError, match=f"shop: things: {words} forbids it") as told:
        in_block(
            opening(THINGS).changing(commits=True),
            lambda changing: changing.mask(THINGS, named("a", "b"), {"value": FIXED}, key=KEY),
        )
    assert "canary" not in str(told.value)
    changed = [item["_id"] for item, old in zip(either.collections["things"], before, strict=True) if item != old]
    assert changed == ([] if either.replica_set else ["a"])
    assert told.value.done == len(changed)
    assert ("1 documents before it are changed" in str(told.value)) is bool(changed)


def test_a_dry_run_tries_it_where_there_are_transactions(either: Deployment, opening: Opening) -> None:
    either.rules = lambda _document: 121
    steps = [lambda changing: changing.mask(THINGS, named("a"), {"value": FIXED}, key=KEY)]
    if either.replica_set:
        with pytest.raises(ForbiddenError):
            in_block(opening(THINGS).changing(commits=False), *steps)
        assert [len(either.commands(name)) for name in ("commitTransaction", "abortTransaction")] == [0, 1]
    else:
        in_block(opening(THINGS).changing(commits=False), *steps)
        assert either.commands("update") == []
    assert either.collections["things"][0]["value"] == "a"


def test_everything_is_one_transaction_at_the_majority(deployment: Deployment, opening: Opening) -> None:
    deployment.replica_set = True
    deployment.collections["things"] = [{"_id": "a", "key": "mine"}]
    with opening(THINGS).changing(commits=True) as changing:
        assert len(list(changing.read(THINGS, named("a")))) == 1
        assert changing.delete(THINGS, named("a")) == 1
    sent = [command for command in deployment.asked if "txnNumber" in command]
    assert [next(iter(command)) for command in sent] == ["find", "find", "delete", "commitTransaction"]
    assert len({(command["lsid"]["id"], command["txnNumber"]) for command in sent}) == 1
    assert sent[0]["readConcern"]["level"] == "snapshot"
    assert sent[-1]["writeConcern"] == {"w": "majority"}


def test_one_document_of_two_collections_is_not_changed_in_two_ways(either: Deployment, opening: Opening) -> None:
    twin = make_collection("twin", *THINGS.fields, source={"collection": "things"})
    store = opening(THINGS, twin)
    with pytest.raises(StoreError, match="shop:twin: things is the same documents, and an erasure changes both"):
        in_block(
            store.changing(commits=True),
            lambda changing: changing.delete(THINGS, named("a")),
            lambda changing: changing.mask(twin, named("a"), {"value": FIXED}, key=KEY),
        )
    assert left(either) == ["a", "b", "c"]
    with store.changing(commits=True) as changing:
        assert changing.delete(THINGS, named("a")) == changing.delete(twin, named("a")) == 1
        assert changing.delete(THINGS, named("a", "b")) == 1
    assert left(either) == ["c"]


def test_a_masked_id_is_refused_with_its_place() -> None:
    rule = Erasure(ErasureAction.MASK, masks={"_id": FIXED})
    collection = make_collection("things", make_field("_id"), erasure=rule)
    with pytest.raises(StoreConfigError, match=r"shop\.yml:7: shop:things: erasure: '_id' of a document never changes"):
        open_store(make_dataset(collection), "mongodb://127.0.0.1/shop", {})
