"""The contract on a real Valkey, and what is particular to keys. Keys have no NULL, no missing table and no twins."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import orjson
import pytest
from redis import Redis
from redis.exceptions import ResponseError

from dsar.datamap.model import Collection, Dataset
from dsar.stores.base import Alternative, Selection, StoreError, Undeclared
from dsar.stores.redis import open_store
from dsar.values import Row
from tests.servers import deaf_port
from tests.stores.contract import (  # noqa: F401
    World,
    by,
    test_a_collection_that_is_gone_is_named,
    test_a_fixed_filter_holds_for_every_alternative,
    test_a_hostile_value_matches_nothing_else,
    test_a_row_that_matches_in_many_ways_comes_once,
    test_a_server_that_is_down_is_worth_another_try,
    test_a_snapshot_says_when_it_was_taken,
    test_alternatives_are_united,
    test_an_email_matches_in_any_case,
    test_every_part_of_a_group_must_match_falsy_ones_too,
    test_falsy_values_match_and_arrive,
    test_nothing_asked_is_nothing_found,
    test_null_equals_nothing,
    test_secrets_and_undeclared_values_never_come,
    test_text_finds_an_integer_key_only_as_it_is_written,
    test_the_store_tells_what_it_holds,
    test_thousands_of_values_in_one_selection,
    test_what_is_sent_is_told_without_asking,
    test_what_is_told_is_what_is_sent,
    test_what_is_undeclared_is_named,
)
from tests.stores.maps import (
    MEMBER_FIELDS,
    MEMBERS,
    PEOPLE,
    PEOPLE_FIELDS,
    VISIT_FIELDS,
    make_collection,
    make_dataset,
    make_field,
)
from tests.stores.redis_watching import watching
from tools import processes
from tools.processes import free_port
from tools.valkey import valkey_command

#: Databases of the server that no other test uses.
SHOP, OWN = 11, 12


def shop() -> Dataset:
    return make_dataset(
        make_collection("people", *PEOPLE_FIELDS, source={"key": "people:{person_id}", "type": "hash"}),
        make_collection("members", *MEMBER_FIELDS, source={"key": "member:{org_id}:{person_id}", "type": "json"}),
        make_collection("gone", *VISIT_FIELDS, source={"key": "gone:{person_id}", "type": "hash"}),
        ignore=("lock*",),
    )


def spell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return orjson.dumps(value) if isinstance(value, dict) else value


def seed(client: Redis) -> None:
    for person in PEOPLE:
        fields: dict[Any, Any] = {name: spell(value) for name, value in person.items() if value is not None}
        client.hset(f"people:{fields.pop('person_id')}", mapping=fields)
    for member in MEMBERS:
        key = f"member:{member['org_id']}:{member['person_id']}"
        client.set(key, orjson.dumps({"role": member["role"]}))


@pytest.fixture(scope="module")
def world(redis_url: str) -> Iterator[World]:
    url = f"{redis_url}/{SHOP}"
    with Redis.from_url(url) as client:
        client.flushdb()
        seed(client)
        client.mset({"strangers:1": "x", "strangers:2": "y", "lock-nightly": "z", "lock:a:b": "z"})
    store = open_store(shop(), url, {})
    yield World(
        store=store,
        dataset=shop(),
        down=lambda: open_store(shop(), f"redis://127.0.0.1:{deaf_port()}/0", {}),
        gone=None,
        keeps_null=False,
        watching=lambda: watching(url),
    )
    store.close()


@pytest.fixture
def client(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(f"{redis_url}/{OWN}") as client:
        client.flushdb()
        yield client


def keys(key: str, kind: str, *fields: Any) -> Collection:
    return make_collection("keys", make_field("name"), *fields, source={"key": key, "type": kind})


def read(redis_url: str, collection: Collection, *alternatives: Alternative) -> list[Row]:
    store = open_store(make_dataset(collection), f"{redis_url}/{OWN}", {})
    try:
        with store.snapshot() as snapshot:
            return [row for batch in snapshot.read(collection, Selection(alternatives)) for row in batch]
    finally:
        store.close()


def test_every_type_of_value_is_a_row(client: Redis, redis_url: str) -> None:
    client.set("s:a", b"\xff\x00")
    client.rpush("l:a", "2", "1", "1")
    client.sadd("set:a", "b", "a")
    client.zadd("z:a", {"7": 1, "high": 2.5})
    client.hset("h:a", mapping={"count": "0", "ratio": "x", "on": "1", "raw": b"\xff"})
    typed = [make_field("count", data_type="integer"), make_field("ratio", data_type="float")]
    typed += [make_field("on", data_type="boolean"), make_field("raw", data_type="string")]
    member = make_field("member", under="members", data_type="integer")
    members = make_field("members", fields=(member, make_field("score", under="members")))
    rows = [
        read(redis_url, keys("s:{name}", "string", make_field("value")), by("name", "a")),
        read(redis_url, keys("l:{name}", "list", make_field("values", data_type="integer[]")), by("name", "a")),
        read(redis_url, keys("set:{name}", "set", make_field("values")), by("values", "b")),
        read(redis_url, keys("z:{name}", "zset", members), by("name", "a")),
        read(redis_url, keys("h:{name}", "hash", *typed), by("count", 0)),
    ]
    assert rows == [
        [{"value": b"\xff\x00", "name": "a"}],
        [{"values": [2, 1, 1], "name": "a"}],
        [{"values": ["a", "b"], "name": "a"}],
        [{"members": [{"member": 7, "score": 1.0}, {"member": "high", "score": 2.5}], "name": "a"}],
        [{"count": 0, "ratio": "x", "on": True, "raw": b"\xff", "name": "a"}],
    ]


def test_an_empty_string_is_a_value_and_no_key_is_none(client: Redis, redis_url: str) -> None:
    client.set("s:a", "")
    found = read(redis_url, keys("s:{name}", "string", make_field("value")), by("name", "a", "b"))
    assert found == [{"value": "", "name": "a"}]


def test_a_declared_time_to_live_is_told(client: Redis, redis_url: str) -> None:
    client.set("s:a", "1", ex=500)
    client.set("s:b", "1")
    fields = (make_field("value"), make_field("ttl_seconds", data_type="integer"))
    found = {
        row["name"]: row["ttl_seconds"]
        for row in read(redis_url, keys("s:{name}", "string", *fields), by("value", "1"))
    }
    assert 490 < found["a"] <= 500
    assert found["b"] is None


def test_a_value_cannot_build_another_key(client: Redis, redis_url: str) -> None:
    client.mset({"user:7:secrets": "x", "user:7": "mine", "user:*": "star", "user:[a]": "class"})
    collection = keys("user:{name}", "string", make_field("value"))
    assert read(redis_url, collection, by("name", "7:secrets")) == []
    assert read(redis_url, collection, by("name", "*")) == [{"value": "star", "name": "*"}]
    assert read(redis_url, collection, by("name", "[a]", "?")) == [{"value": "class", "name": "[a]"}]


@pytest.mark.parametrize(
    ("key", "data_type", "value"),
    [("k:1.0", "float", 1.0), ("k:True", "boolean", True), (b"k:\xff", None, b"\xff")],
)
def test_a_key_is_found_however_it_is_spelt(
    client: Redis, redis_url: str, key: Any, data_type: str | None, value: Any
) -> None:
    client.set(key, "mine")
    fields = (make_field("part", data_type=data_type), make_field("value"))
    collection = make_collection("keys", *fields, source={"key": "k:{part}", "type": "string"})
    rows = read(redis_url, collection, by("part", value))
    assert [row["value"] for row in rows] == ["mine"]


def test_glob_letters_in_a_pattern_stand_for_themselves(client: Redis, redis_url: str) -> None:
    client.mset({"a*[x]:1": "mine", "abcx:1": "another"})
    assert read(redis_url, keys("a*[x]:{name}", "string", make_field("value")), by("value", "mine", "another")) == [
        {"value": "mine", "name": "1"}
    ]


def test_whole_keys_are_built_not_searched_for(client: Redis, redis_url: str) -> None:
    client.mset({f"s:{number}": number for number in range(50)})
    client.config_resetstat()
    assert len(read(redis_url, keys("s:{name}", "string", make_field("value")), by("name", *range(5000)))) == 50
    assert "cmdstat_scan" not in client.info("commandstats")
    assert "cmdstat_keys" not in client.info("commandstats")


def test_a_key_of_another_type_is_named_without_its_value(client: Redis, redis_url: str) -> None:
    client.rpush("s:canary", "x")
    with pytest.raises(
        StoreError, match=r"shop:keys: s:\{name\} should be a string, and a key of it is a list"
    ) as caught:
        read(redis_url, keys("s:{name}", "string"), by("name", "canary"))
    assert caught.value.retry is False
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("text", ["[1]", "canary", "5"])
def test_text_that_is_no_json_object_is_refused(client: Redis, redis_url: str, text: str) -> None:
    client.set("j:a", text)
    with pytest.raises(StoreError, match=r"j:\{name\}: a value is not the JSON object") as caught:
        read(redis_url, keys("j:{name}", "json"), by("name", "a"))
    assert "canary" not in str(caught.value)


IDENTIFIERS = ["a\nb", "\r\n", "\n", " ", "*", "[a-z]*", "a?c", "\\\\*", "\0", "{a}", "ключ", "$0", "'; FLUSHALL", "%"]


@pytest.mark.parametrize("value", IDENTIFIERS, ids=ascii)
@pytest.mark.parametrize("by_scan", [False, True], ids=["built", "scanned"])
def test_a_hostile_identifier_finds_its_own_key_only(
    client: Redis, redis_url: str, value: str, *, by_scan: bool
) -> None:
    for name in [*IDENTIFIERS, "abc", "b", "x"]:
        client.set(f"k:{name}", f"of {name}")
    client.set(f"k:{value}:more", "canary")
    # The spelling of an email is not known, so its key is looked for among all.
    field = make_field("name", identity="email" if by_scan else None)
    collection = make_collection("keys", field, make_field("value"), source={"key": "k:{name}", "type": "string"})
    assert read(redis_url, collection, by("name", value)) == [{"value": f"of {value}", "name": value}]


@pytest.mark.parametrize("path", ["name", "value"], ids=["built", "scanned"])
def test_a_key_that_goes_between_finding_and_reading_is_no_error(client: Redis, redis_url: str, path: str) -> None:
    client.mset({f"s:{number}": str(number) for number in range(5_000)})
    collection = keys("s:{name}", "string", make_field("value"), make_field("ttl_seconds"))
    store = open_store(make_dataset(collection), f"{redis_url}/{OWN}", {})
    with store.snapshot() as snapshot:
        batches = snapshot.read(collection, Selection((by(path, *map(str, range(5_000))),)))
        first = next(iter(batches))
        client.flushdb()
        rest = [row for batch in batches for row in batch]
    store.close()
    assert len(first) == 1_000
    assert len(first) + len(rest) < 5_000


def test_a_key_that_is_named_twice_comes_once(client: Redis, redis_url: str) -> None:
    client.mset({"s:a": "1", "s:b": "2"})
    collection = keys("s:{name}", "string", make_field("value"))
    found = read(redis_url, collection, by("name", "a"), by("name", "b", "a"))
    assert sorted(row["name"] for row in found) == ["a", "b"]


def test_a_scan_over_a_table_that_shrinks_names_keys_twice_and_they_come_once(client: Redis, redis_url: str) -> None:
    client.mset({f"s:{number}": "mine" for number in range(20_000)})
    collection = keys("s:{name}", "string", make_field("value"))
    store = open_store(make_dataset(collection), f"{redis_url}/{OWN}", {})
    with store.snapshot() as snapshot:
        batches = snapshot.read(collection, Selection((by("value", "mine"),)))
        names = [row["name"] for row in next(iter(batches))]
        kept = {*names, *(str(number) for number in range(100))}
        client.delete(*(f"s:{number}" for number in range(20_000) if str(number) not in kept))
        names += [row["name"] for batch in batches for row in batch]
    store.close()
    assert len(names) == len(set(names))
    assert kept <= set(names)


@pytest.mark.parametrize("kind", ["hash", "json", "list", "set", "zset", "string"])
def test_every_type_says_when_a_key_is_another(client: Redis, redis_url: str, kind: str) -> None:
    client.xadd("s:canary", {"field": "value"})
    with pytest.raises(StoreError, match=rf"should be a {kind}, and a key of it is a stream") as caught:
        read(redis_url, keys("s:{name}", kind), by("name", "canary"))
    assert caught.value.retry is False


def test_names_and_members_that_are_no_text_stay_bytes(client: Redis, redis_url: str) -> None:
    client.hset("h:a", mapping={b"\xff": "1", "ok": b"\x00\xfe"})
    client.zadd("z:a", {b"\xff": float("inf")})
    client.sadd("set:a", b"\xff", "text")
    fields = (make_field("\\xff"), make_field("ok"))
    members = make_field(
        "members", fields=(make_field("member", under="members"), make_field("score", under="members"))
    )
    assert read(redis_url, keys("h:{name}", "hash", *fields), by("name", "a")) == [
        {"name": "a", "\\xff": "1", "ok": b"\x00\xfe"}
    ]
    assert read(redis_url, keys("z:{name}", "zset", members), by("name", "a")) == [
        {"name": "a", "members": [{"member": b"\xff", "score": float("inf")}]}
    ]
    assert read(redis_url, keys("set:{name}", "set", make_field("values")), by("name", "a")) == [
        {"name": "a", "values": ["text", b"\xff"]}
    ]


@pytest.fixture
def reader(client: Redis) -> Iterator[str]:
    """An account that may read strings below `s:` and do nothing else."""
    rights = ["+get", "+scan", "+type", "+ttl", "+select"]
    client.acl_setuser("reader", enabled=True, passwords=["+pw"], keys=["s:*"], commands=rights, reset=True)
    yield "reader:pw@"
    client.acl_deluser("reader")


def test_an_account_that_may_only_read_is_enough_and_more_is_said_to_be_denied(
    client: Redis, redis_url: str, reader: str
) -> None:
    client.set("s:a", "1")
    url = redis_url.replace("redis://", f"redis://{reader}")
    assert read(url, keys("s:{name}", "string", make_field("value")), by("name", "a")) == [{"name": "a", "value": "1"}]
    for collection in (keys("other:{name}", "string"), keys("s:{name}", "hash")):
        with pytest.raises(StoreError, match="shop:keys: access is denied") as caught:
            read(url, collection, by("name", "a"))
        assert caught.value.retry is False
    with pytest.raises(StoreError, match="shop: access is denied"):
        read(url.replace("pw@", "wrong@"), keys("s:{name}", "string"), by("name", "a"))


def test_a_node_of_a_cluster_is_refused(tmp_path: Path) -> None:
    port = free_port()
    command = [
        *valkey_command(port=port, folder=tmp_path),
        "--cluster-enabled",
        "yes",
        "--cluster-port",
        str(free_port()),
    ]
    server = processes.start(command, output=subprocess.DEVNULL)
    store = open_store(make_dataset(), f"redis://127.0.0.1:{port}/0", {})
    try:
        processes.wait_until(lambda: processes.answers(port), seconds=10, what="Valkey")
        refused = "shop: this server is in cluster mode, which is not supported"
        with pytest.raises(StoreError, match=refused) as caught, store.snapshot():
            pass
        assert caught.value.retry is False
    finally:
        store.close()
        processes.stop(server)


def test_a_server_that_is_busy_is_worth_another_try(client: Redis, redis_url: str) -> None:
    client.config_set("busy-reply-threshold", 1)
    endless = "while redis.call('EXISTS', 'never') == 0 do end"
    script = Thread(target=run_until_killed, args=(client, endless))
    script.start()
    try:
        time.sleep(0.1)
        with pytest.raises(StoreError, match="the server answers BUSY") as caught:
            read(redis_url, keys("s:{name}", "string"), by("name", "a"))
        assert caught.value.retry is True
    finally:
        client.script_kill()
        script.join()
        client.config_set("busy-reply-threshold", 5_000)


def run_until_killed(client: Redis, script: str) -> None:
    with pytest.raises(ResponseError, match="killed"):
        client.eval(script, 0)


def test_keys_of_other_patterns_are_named_by_their_prefix(client: Redis, redis_url: str) -> None:
    client.mset({"s:a": "1", "s:a:b": "2", "other:ada@example.org": "3", "ada@example.org": "4", "lock:x": "5"})
    dataset = make_dataset(keys("s:{name}", "string"), ignore=("lock:*",))
    store = open_store(dataset, f"{redis_url}/{OWN}", {})
    with store.snapshot() as snapshot:
        found = snapshot.undeclared()
    store.close()
    assert found == (Undeclared("(keys without a prefix)"), Undeclared("other"), Undeclared("s"))


def test_a_key_of_odd_bytes_is_named_in_text(client: Redis, redis_url: str) -> None:
    """A manifest is JSON: the prefix that Java's serialization writes must not break it."""
    client.set(b"\xac\xedt:user", "1")
    store = open_store(make_dataset(keys("s:{name}", "string")), f"{redis_url}/{OWN}", {})
    with store.snapshot() as snapshot:
        assert snapshot.undeclared() == (Undeclared("??t"),)
    store.close()
