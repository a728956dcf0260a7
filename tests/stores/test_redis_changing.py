"""Erasing keys on a real Valkey: the contract of changes, and what is particular to keys."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis import Redis

from dsar.datamap.choices import Choice
from dsar.datamap.erasure import Erasure, ErasureAction, Mask, Strategy
from dsar.datamap.model import Collection
from dsar.datamap.states import State, StateKind
from dsar.stores.base import ForbiddenError, Selection, StoreConfigError, StoreError
from dsar.stores.redis import changing as redis_changing
from dsar.stores.redis import open_store
from dsar.stores.redis.changing import RedisChanging
from dsar.stores.redis.source import read_source
from dsar.stores.redis.store import RedisStore
from dsar.stores.redis.writing import masking
from tests.stores.changing_contract import *  # noqa: F403
from tests.stores.changing_contract import FIXED, HMAC, KEY, NULL, Erasable, in_block
from tests.stores.contract import by
from tests.stores.maps import make_collection, make_dataset, make_field
from tests.stores.test_redis import keys, seed, shop

#: A database of the server that no other test uses.
ERASED = 5

Opening = Callable[..., RedisStore]


@pytest.fixture
def client(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(f"{redis_url}/{ERASED}") as client:
        client.flushdb()
        yield client


@pytest.fixture
def opening(redis_url: str) -> Iterator[Opening]:
    """Open stores of collections; all are closed at the end."""
    opened: list[RedisStore] = []

    def opening(*collections: Collection, account: str = "") -> RedisStore:
        url = redis_url.replace("redis://", f"redis://{account}")
        opened.append(open_store(make_dataset(*collections), f"{url}/{ERASED}", {}))
        return opened[-1]

    yield opening
    for store in opened:
        store.close()


@pytest.fixture
def erasable(client: Redis, opening: Opening) -> Erasable:
    seed(client)
    return Erasable(opening(*shop().collections), shop())


def do(client: Redis, *words: Any) -> None:
    client.execute_command(*words)  # type: ignore[no-untyped-call]


VALUES = (make_field("value"),)
STRINGS = keys("s:{name}", "string", *VALUES)


def named(*names: str) -> Selection:
    return Selection((by("name", *names),))


@pytest.mark.parametrize(
    ("kind", "fill", "change"),
    [
        ("string", ("set", "k:a", "1"), ("incr", "k:a")),
        ("json", ("set", "k:a", "{}"), ("set", "k:a", '{"a": 1}')),
        ("hash", ("hset", "k:a", "one", "1"), ("hset", "k:a", "two", "")),
        ("list", ("rpush", "k:a", "1", "2"), ("lset", "k:a", 0, "12")),
        ("set", ("sadd", "k:a", "1", "2"), ("sadd", "k:a", "3")),
        ("zset", ("zadd", "k:a", 1, "one"), ("zincrby", "k:a", 0.5, "one")),
        (
            "string",
            ("set", "k:a", "1"),
            ("eval", "redis.call('DEL', KEYS[1]) redis.call('RPUSH', KEYS[1], '1')", 1, "k:a"),
        ),
    ],
    ids=["string", "json", "hash", "list", "set", "zset", "type"],
)
def test_a_key_goes_only_as_it_was_read(
    client: Redis, opening: Opening, kind: str, fill: tuple[Any, ...], change: tuple[Any, ...]
) -> None:
    do(client, *fill)
    client.copy("k:a", "k:b")
    collection = keys("k:{name}", kind)
    store, asked = opening(collection), named("a", "b")
    with pytest.raises(StoreError, match="shop: 1 keys have changed since they were read; nothing was changed") as told:
        in_block(
            store.changing(commits=True),
            lambda changing: changing.delete(collection, asked),
            lambda _changing: do(client, *change),
        )
    assert told.value.retry is True
    assert client.exists("k:a", "k:b") == 2
    with store.changing(commits=True) as changing:
        if kind != "string" or client.type("k:a") == b"string":
            assert changing.delete(collection, asked) == 2


def test_a_key_that_became_anothers_after_it_was_sorted_stays(client: Redis, opening: Opening) -> None:
    fields = (make_field("name"), make_field("person_id"))
    sessions = make_collection("sessions", *fields, source={"key": "s:{name}", "type": "hash"})
    client.hset("s:a", "person_id", "1")
    with pytest.raises(StoreError, match="shop:sessions: 1 keys have changed since they were read; nothing was"):
        in_block(
            opening(sessions).changing(commits=True),
            lambda changing: list(changing.read(sessions, Selection((by("person_id", "1"),)))),
            lambda _changing: client.hset("s:a", "person_id", "2"),
            lambda changing: changing.delete(sessions, named("a")),
        )
    assert client.hget("s:a", "person_id") == b"2"


def test_a_dry_run_tells_what_changed_too(client: Redis, opening: Opening) -> None:
    client.set("s:a", "1")
    with pytest.raises(StoreError, match="have changed since"):
        in_block(
            opening(STRINGS).changing(commits=False),
            lambda changing: changing.delete(STRINGS, named("a")),
            lambda _changing: client.set("s:a", "2"),
        )


def test_a_key_that_has_gone_by_itself_is_gone(client: Redis, opening: Opening) -> None:
    client.mset({"s:a": "1", "s:b": "1"})
    with opening(STRINGS).changing(commits=True) as changing:
        assert changing.delete(STRINGS, named("a")) == 1
        assert changing.mask(STRINGS, named("b"), {"value": FIXED}, key=KEY) == 1
        client.flushdb()
    assert client.dbsize() == 0


@pytest.mark.parametrize(
    ("kind", "fill", "field", "expected"),
    [
        ("string", ("set", "k:a", "mine"), "value", b"gone"),
        ("hash", ("hset", "k:a", "value", "mine", b"\xff", b"\xfe"), "value", {b"value": b"gone", b"\xff": b"\xfe"}),
        (
            "json",
            ("set", "k:a", ' { "n": 1.0000000000000000000010, "value": ["mine", {}], "é": "\\u00e9"} '),
            "value",
            ' { "n": 1.0000000000000000000010, "value": "gone", "é": "\\u00e9"} '.encode(),
        ),
        ("json", ("set", "k:a", "{ }"), "value", b'{ "value":"gone"}'),
        ("json", ("set", "k:a", '{"a":[1,"}"] }\n'), "value", b'{"a":[1,"}"] ,"value":"gone"}'),
        ("json", ("set", "k:a", '{"value":1,"value":2}'), "value", b'{"value":"gone","value":"gone"}'),
    ],
    ids=["string", "hash", "json", "empty", "absent", "twice"],
)
def test_a_mask_leaves_the_rest_and_the_time_to_live(
    client: Redis, opening: Opening, kind: str, fill: tuple[Any, ...], field: str, expected: Any
) -> None:
    do(client, *fill)
    client.expire("k:a", 500)
    collection = keys("k:{name}", kind, make_field(field))
    for _ in range(2):
        with opening(collection).changing(commits=True) as changing:
            assert changing.mask(collection, named("a"), {field: FIXED}, key=KEY) == 1
        assert (client.hgetall("k:a") if kind == "hash" else client.get("k:a")) == expected
    assert 490 < client.ttl("k:a") <= 500


def test_typed_values_are_written_as_they_are_read(client: Redis, opening: Opening) -> None:
    fields = [make_field(name, data_type=name) for name in ("integer", "float", "boolean")]
    collection = keys("k:{name}", "hash", *fields)
    client.hset("k:a", mapping={"integer": "7", "float": "7.5", "boolean": "1", "rest": "x"})
    masks = {"integer": 0, "float": -0.5, "boolean": False}
    store = opening(collection)
    with store.changing(commits=True) as changing:
        written = {name: Mask(Strategy.FIXED, value) for name, value in masks.items()}
        assert changing.mask(collection, named("a"), written, key=KEY) == 1
    with store.snapshot() as snapshot:
        assert list(snapshot.read(collection, named("a"))) == [[{"name": "a", **masks}]]


def test_a_hash_is_made_of_single_values_only(client: Redis, opening: Opening) -> None:
    client.set("k:a", '{"value": {"canary": 1}}')
    collection = keys("k:{name}", "json", *VALUES)
    with pytest.raises(ForbiddenError, match="shop:keys: value: 'hmac' is of single values") as told:
        in_block(
            opening(collection).changing(commits=False),
            lambda changing: changing.mask(collection, named("a"), {"value": HMAC}, key=KEY),
        )
    assert "canary" not in str(told.value)


def test_a_script_whose_answer_was_lost_may_be_sent_again(client: Redis, opening: Opening) -> None:
    client.mset({"s:a": "1", "s:b": "1"})
    client.hset("h:a", mapping={"value": "1", "rest": "2"})
    hashes = make_collection("hashes", make_field("name"), *VALUES, source={"key": "h:{name}", "type": "hash"})
    with opening(STRINGS, hashes).changing(commits=True) as changing:
        changing.delete(STRINGS, named("a"))
        changing.mask(STRINGS, named("b"), {"value": FIXED}, key=KEY)
        changing.mask(hashes, named("a"), {"value": NULL}, key=KEY)
        changing.end(commits=True)
    assert (client.keys("s:*"), client.get("s:b")) == ([b"s:b"], b"gone")
    assert client.hgetall("h:a") == {b"rest": b"2"}


def test_one_key_of_two_collections_is_not_changed_in_two_ways(client: Redis, opening: Opening) -> None:
    client.set("s:a", "1")
    twin = make_collection("twin", make_field("name"), *VALUES, source={"key": "s:{name}", "type": "string"})
    store = opening(STRINGS, twin)
    with pytest.raises(StoreError, match="shop:twin: keys is the same keys, and an erasure changes both"):
        in_block(
            store.changing(commits=True),
            lambda changing: changing.delete(STRINGS, named("a")),
            lambda changing: changing.mask(twin, named("a"), {"value": FIXED}, key=KEY),
        )
    assert client.get("s:a") == b"1"
    with store.changing(commits=True) as changing:
        assert changing.delete(STRINGS, named("a")) == changing.delete(twin, named("a")) == 1
    assert client.dbsize() == 0


def test_more_keys_than_one_script_takes(client: Redis, opening: Opening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_changing, "MOST_KEYS", 3)
    names = [str(number) for number in range(10)]
    client.mset({f"s:{name}": name for name in names})
    store = opening(STRINGS)
    with pytest.raises(StoreError, match="nothing was changed"):
        in_block(
            store.changing(commits=True),
            lambda changing: changing.delete(STRINGS, named(*names)),
            lambda _changing: client.set("s:7", "x"),
        )
    assert client.dbsize() == 10
    with store.changing(commits=True) as changing:
        assert changing.delete(STRINGS, named(*names)) == 10
    assert client.dbsize() == 0


def test_a_key_that_changes_between_two_scripts_stays_and_what_is_done_is_told(
    client: Redis, opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    names, run = [str(number) for number in range(10)], RedisChanging._run

    def run_and_be_late(self: RedisChanging, part: Any, *, commits: bool, done: int) -> None:
        run(self, part, commits=commits, done=done)
        if commits and done == 3:
            client.mset({f"s:{name}": "another's" for name in names if client.exists(f"s:{name}")})

    monkeypatch.setattr(redis_changing, "MOST_KEYS", 3)
    monkeypatch.setattr(RedisChanging, "_run", run_and_be_late)
    client.mset({f"s:{name}": name for name in names})
    with pytest.raises(StoreError, match="3 keys have changed since they were read; 6 keys before them are") as told:
        in_block(opening(STRINGS).changing(commits=True), lambda changing: changing.delete(STRINGS, named(*names)))
    assert (told.value.retry, told.value.done) == (True, 6)
    assert client.dbsize() == 4


@pytest.mark.parametrize("lacks", ["-unlink", "-hdel", "-eval"])
def test_a_right_that_the_account_lacks_is_told_by_the_dry_run(client: Redis, opening: Opening, lacks: str) -> None:
    client.set("s:a", "1")
    client.hset("h:a", mapping={"value": "1", "rest": "2"})
    hashes = make_collection("hashes", make_field("name"), *VALUES, source={"key": "h:{name}", "type": "hash"})
    rights = ["+@read", "+type", "+multi", "+exec", "+discard", "+select", "+eval", "+unlink", "+hset", "+hdel", lacks]
    client.acl_setuser("eraser", enabled=True, passwords=["+pw"], keys=["*"], commands=rights, reset=True)
    store = opening(STRINGS, hashes, account="eraser:pw@")
    steps: list[Callable[[Any], object]] = [
        lambda changing: changing.delete(STRINGS, named("a")),
        lambda changing: changing.mask(hashes, named("a"), {"value": NULL}, key=KEY),
    ]
    try:
        with pytest.raises(StoreError, match="access is denied"):
            in_block(store.changing(commits=False), *steps)
        client.acl_setuser("eraser", commands=[lacks.replace("-", "+")])
        in_block(store.changing(commits=True), *steps)
    finally:
        client.acl_deluser("eraser")
    assert (client.exists("s:a"), client.hgetall("h:a")) == (0, {b"rest": b"2"})


@pytest.mark.parametrize(
    ("kind", "field", "mask", "message"),
    [
        ("list", "values", NULL, r"a list is masked by deleting it: write \{action: delete\}"),
        ("string", "value", NULL, r"'value' of a string cannot be masked so: write \{action: delete\}"),
        ("string", "other", FIXED, "'other' of a string cannot be masked so"),
        ("hash", "name", FIXED, "'name' is no part of the value"),
        ("json", "ttl_seconds", NULL, "'ttl_seconds' is no part of the value"),
        (
            "hash",
            "other",
            Mask(Strategy.FIXED, 7),
            "declare the data_type of 'other', or write its fixed value as text",
        ),
    ],
)
def test_a_mask_that_cannot_be_written_is_refused_with_its_place(
    kind: str, field: str, mask: Mask, message: str
) -> None:
    names = dict.fromkeys(["name", field])
    rule = Erasure(ErasureAction.MASK, masks={field: mask})
    source = {"key": "k:{name}", "type": kind}
    collection = make_collection("keys", *map(make_field, names), source=source, erasure=rule)
    with pytest.raises(StoreConfigError, match=rf"shop\.yml:7: shop:keys: erasure: {message}"):
        open_store(make_dataset(collection), "redis://127.0.0.1/0", {})


@pytest.mark.parametrize("kind", StateKind)
@pytest.mark.parametrize(
    ("of", "field", "message"),
    [
        ("list", "values", "a list holds no state"),
        ("zset", "values", "a zset holds no state"),
        ("string", "other", "'other' is no part of the value"),
        ("hash", "name", "'name' is no part of the value"),
        ("json", "ttl_seconds", "'ttl_seconds' is no part of the value"),
    ],
)
def test_a_state_that_cannot_be_written_is_refused_with_its_place(
    kind: StateKind, of: str, field: str, message: str
) -> None:
    names = dict.fromkeys(["name", field])
    said: dict[str, Any] = {str(kind): State({field: "x"})}
    collection = make_collection("keys", *map(make_field, names), source={"key": "k:{name}", "type": of}, **said)
    with pytest.raises(StoreConfigError, match=rf"shop\.yml:7: shop:keys: {kind}: {message}"):
        open_store(make_dataset(collection), "redis://127.0.0.1/0", {})


@pytest.mark.parametrize(
    ("of", "field", "message"),
    [
        ("set", "values", "a set holds no choice"),
        ("string", "other", "'other' is no part of the value"),
        ("hash", "name", "'name' is no part of the value"),
        ("json", "ttl_seconds", "'ttl_seconds' is no part of the value"),
    ],
)
def test_a_choice_that_cannot_be_written_is_refused_with_its_place(of: str, field: str, message: str) -> None:
    names = dict.fromkeys(["name", field])
    choices = {"tips": Choice(field, "on", "off")}
    collection = make_collection(
        "keys", *map(make_field, names), source={"key": "k:{name}", "type": of}, choices=choices
    )
    with pytest.raises(StoreConfigError, match=rf"shop\.yml:7: shop:keys: choices: {message}"):
        open_store(make_dataset(collection), "redis://127.0.0.1/0", {})


@pytest.mark.parametrize(("of", "field"), [("hash", "state"), ("json", "state"), ("string", "value")])
def test_a_choice_in_a_value_is_taken(of: str, field: str) -> None:
    names = dict.fromkeys(["name", field])
    choices = {"tips": Choice(field, "on", "off", {"name": ("x",)})}
    collection = make_collection(
        "keys", *map(make_field, names), source={"key": "k:{name}", "type": of}, choices=choices
    )
    assert open_store(make_dataset(collection), "redis://127.0.0.1/0", {}).kind == "redis"


JSON_SOURCE = read_source(keys("k:{name}", "json"))
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(), inside, max_size=3),
    max_leaves=6,
)


@pytest.mark.thorough
@settings(deadline=None, max_examples=100)
@given(
    held=st.dictionaries(st.sampled_from(["a", "b", "é", '"', ""]) | st.text(), JSON_VALUES, max_size=5),
    masked=st.sets(st.sampled_from(["a", "b", "é", '"', ""])),
    is_ascii=st.booleans(),
    indent=st.none() | st.integers(0, 3),
)
def test_a_document_loses_the_masked_values_and_keeps_all_else(
    held: dict[str, Any], masked: set[str], indent: int | None, *, is_ascii: bool
) -> None:
    written = json.dumps(held, ensure_ascii=is_ascii, indent=indent).encode("utf-8", "surrogatepass")
    masks = {name: Mask(Strategy.FIXED, "gone") if name != "b" else NULL for name in masked}
    change = masking(b"", written, keys("k:{name}", "json"), JSON_SOURCE, masks, key=KEY)
    expected = {**held, **dict.fromkeys(masked - {"b"}, "gone"), **({"b": None} if "b" in masked & set(held) else {})}
    assert json.loads(change.words[0]) == expected
    assert masked or change.words[0] == written
