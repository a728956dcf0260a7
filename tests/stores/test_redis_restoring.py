"""Keys put back on a real Valkey: the contract of restoring, and what is particular to keys."""

from __future__ import annotations

import time
from typing import Any

import pytest
from redis import Redis

from dsar.datamap.erasure import Erasure, ErasureAction
from dsar.stores.base import Selection, StoreError
from dsar.stores.restorable import PutBack, WrittenBack
from tests.stores.changing_contract import FIXED, HMAC, KEY, NULL, Erasable, in_block
from tests.stores.contract import by
from tests.stores.maps import make_collection, make_dataset, make_field
from tests.stores.restoring_contract import *  # noqa: F403
from tests.stores.restoring_contract import delete, put_back
from tests.stores.test_redis import keys, seed, shop
from tests.stores.test_redis_changing import Opening, client, do, opening  # noqa: F401


@pytest.fixture
def erasable(client: Redis, opening: Opening) -> Erasable:  # noqa: F811
    seed(client)
    return Erasable(opening(*shop().collections), shop(), lambda: dumped(client))


def dumped(client: Any) -> dict[bytes, Any]:  # noqa: F811
    """Return every key with its value; the order of a set's or a hash's parts is nobody's."""
    read = {
        b"hash": client.hgetall,
        b"string": client.get,
        b"list": lambda key: client.lrange(key, 0, -1),
        b"set": client.smembers,
        b"zset": lambda key: client.zrange(key, 0, -1, withscores=True),
    }
    return {key: read[client.type(key)](key) for key in client.keys("*")}


FILLS: dict[str, tuple[Any, ...]] = {
    "string": ("set", "k:a", b"\xff\x00"),
    "json": ("set", "k:a", ' { "n": 1.0000000000000000000010 } '),
    "hash": ("hset", "k:a", b"\xff", b"\xfe", "two", ""),
    "list": ("rpush", "k:a", "1", "2", "1"),
    "set": ("sadd", "k:a", "1", "2"),
    "zset": ("zadd", "k:a", 1.5, "one", "-inf", "two"),
}


def world(opening: Opening, kind: str, *names: str) -> Erasable:  # noqa: F811
    collection = keys("k:{person_id}", kind, *map(make_field, names))
    fields = [make_field("person_id", primary_key=True), *map(make_field, names)]
    collection = make_collection("people", *fields, source=collection.source)
    return Erasable(opening(collection), make_dataset(collection))


@pytest.mark.parametrize("kind", FILLS)
def test_a_key_of_each_type_comes_back_with_the_time_it_had_left(
    client: Redis,  # noqa: F811
    opening: Opening,  # noqa: F811
    kind: str,
) -> None:
    do(client, *FILLS[kind])
    client.expire("k:a", 500)
    before = dumped(client)
    erasable = world(opening, kind)
    taken = delete(erasable, "a")  # type: ignore[arg-type]
    assert client.dbsize() == 0
    assert put_back(erasable, taken) == PutBack(written=1)
    assert dumped(client) == before
    assert 490 < client.ttl("k:a") <= 500
    assert put_back(erasable, taken) == PutBack(there=1)


def test_a_key_that_would_have_expired_by_now_stays_away(client: Redis, opening: Opening) -> None:  # noqa: F811
    client.set("k:a", "1", px=60)
    erasable = world(opening, "string")
    taken = delete(erasable, "a")  # type: ignore[arg-type]
    time.sleep(0.08)
    assert put_back(erasable, taken) == PutBack(there=1)
    assert client.dbsize() == 0


@pytest.mark.parametrize("new", [("set", "k:a", "other"), ("rpush", "k:a", "1")], ids=["value", "type"])
def test_a_key_that_others_have_set_since_is_left(
    client: Redis,  # noqa: F811
    opening: Opening,  # noqa: F811
    new: tuple[str, ...],
) -> None:
    client.mset({"k:a": "1", "k:b": "2"})
    erasable = world(opening, "string")
    taken = delete(erasable, "a", "b")  # type: ignore[arg-type]
    do(client, *new)
    after = dumped(client)[b"k:a"]
    assert put_back(erasable, taken) == PutBack(written=1, left=1)
    assert dumped(client) == {b"k:a": after, b"k:b": b"2"}


def test_a_key_that_comes_while_it_is_put_back_is_not_overwritten(client: Redis, opening: Opening) -> None:  # noqa: F811
    client.mset({"k:a": "1", "k:b": "2"})
    erasable = world(opening, "string")
    taken = delete(erasable, "a", "b")  # type: ignore[arg-type]
    with pytest.raises(StoreError, match="1 keys have changed since they were read; nothing was changed"):
        in_block(
            erasable.changing(),
            lambda changing: changing.put_back(erasable.dataset.collection("people"), taken),
            lambda _changing: client.set("k:b", "new"),
        )
    assert dumped(client) == {b"k:b": b"new"}


def test_a_script_whose_answer_was_lost_puts_back_once(client: Redis, opening: Opening) -> None:  # noqa: F811
    client.rpush("k:a", "1")
    erasable = world(opening, "list")
    taken = delete(erasable, "a")  # type: ignore[arg-type]
    with erasable.changing() as changing:
        assert changing.put_back(erasable.dataset.collection("people"), taken) == PutBack(written=1)
        changing.end(commits=True)
    assert client.lrange("k:a", 0, -1) == [b"1"]


@pytest.mark.parametrize(
    ("kind", "fill"),
    [
        ("string", ("set", "k:a", "mine")),
        ("hash", ("hset", "k:a", "value", "mine", b"\xff", b"\xfe")),
        ("hash", ("hset", "k:a", b"\xff", b"\xfe")),
        ("hash", ("hset", "k:a", "value", "mine")),
        ("json", ("set", "k:a", ' { "n": 1.0000000000000000000010, "value": 1e3, "\u00e9": "\\u00e9"} ')),
        ("json", ("set", "k:a", '{"value":1,"a":2,"value":2.0}')),
        ("json", ("set", "k:a", '{"a":[1,"}"] }\n')),
        ("json", ("set", "k:a", "{ }")),
    ],
)
@pytest.mark.parametrize("mask", [FIXED, NULL, HMAC], ids=["fixed", "null", "hmac"])
def test_a_masked_value_comes_back_as_it_was_spelt(
    client: Redis,  # noqa: F811
    opening: Opening,  # noqa: F811
    kind: str,
    fill: tuple[Any, ...],
    mask: Any,
) -> None:
    if kind == "string" and mask is NULL:
        mask = FIXED  # a string cannot be nothing
    do(client, *fill)
    client.expire("k:a", 500)
    before = dumped(client)
    rule = Erasure(ErasureAction.MASK, masks={"value": mask})
    fields = (make_field("name"), make_field("value"))
    collection = make_collection("keys", *fields, source={"key": "k:{name}", "type": kind}, erasure=rule)
    store, asked = opening(collection), Selection((by("name", "a"),))
    with store.changing(commits=True) as changing:
        taken = list(changing.take(collection, asked, rule.masks))
        assert changing.mask(collection, asked, rule.masks, key=KEY) == 1
    for _ in range(2):
        with store.changing(commits=True) as changing:
            assert changing.write_back(collection, taken, rule.masks) in (WrittenBack(1), WrittenBack())
        assert dumped(client) == before
    assert 490 < client.ttl("k:a") <= 500
