"""The contract on PyMongo over the wire, with a stand-in for the server, and what is particular to documents."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from bson import DBRef, MaxKey, Regex
from bson.binary import Binary, UuidRepresentation
from bson.code import Code
from bson.datetime_ms import DatetimeMS
from bson.decimal128 import Decimal128
from bson.int64 import Int64
from bson.objectid import ObjectId
from bson.timestamp import Timestamp

from dsar.datamap.model import Dataset
from dsar.stores.base import Alternative, Selection
from dsar.stores.mongo import open_store
from dsar.stores.mongo.questions import VALUES
from dsar.values import to_json
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
    test_identical_rows_are_kept_as_often_as_they_occur,
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
    VISITS,
    make_collection,
    make_dataset,
    make_field,
)
from tests.stores.mongo_reading import THINGS, read
from tests.stores.mongo_server import AT, Deployment, Document, running


def shop() -> Dataset:
    return make_dataset(
        make_collection("people", *PEOPLE_FIELDS, source={"collection": "users"}),
        make_collection("members", *MEMBER_FIELDS),
        make_collection("visits", *VISIT_FIELDS),
        make_collection("gone", *VISIT_FIELDS),
    )


def documents(rows: list[dict[str, Any]]) -> list[Document]:
    return [{"_id": ObjectId(), **row} for row in rows]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    held = {"users": PEOPLE, "members": MEMBERS, "visits": VISITS, "strangers": VISITS, "system.views": VISITS}
    with running(Deployment({name: documents(rows) for name, rows in held.items()})) as deployment:
        store = open_store(shop(), deployment.url, {})
        nobody = f"mongodb://127.0.0.1:{deaf_port()}/shop"
        yield World(
            store=store,
            dataset=shop(),
            down=lambda: open_store(shop(), nobody, {"timeout": 0.3}),
            watching=lambda: watching(deployment),
        )
        store.close()


@contextmanager
def watching(deployment: Deployment) -> Iterator[list[str]]:
    """Keep the finds that reach the server, the values of each written as an ellipsis."""
    sent: list[str] = []
    before = len(deployment.commands("find"))
    yield sent
    for command in deployment.commands("find")[before:]:
        asked = json.dumps(command["filter"], default=str)
        parts = [re.sub(r'("\$in": )\[[^]]*\]', r'\1["…"]', asked), json.dumps(command["projection"])]
        if "collation" in command:
            parts.append(json.dumps({"collation": command["collation"]}))
        sent.append(f'db.getCollection("{command["find"]}").find(' + ",\n".join(parts) + ")")


OBJECT_ID = ObjectId("64b000000000000000000001")
SOME_UUID = UUID("12345678-1234-5678-1234-567812345678")


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (OBJECT_ID, "64b000000000000000000001"),
        (Int64(1 << 62), 1 << 62),
        (Decimal128("0.10"), Decimal("0.10")),
        (b"\xff\x00", b"\xff\x00"),
        (Binary(b"\x01", 128), b"\x01"),
        (SOME_UUID, SOME_UUID),
        (Binary.from_uuid(SOME_UUID, UuidRepresentation.PYTHON_LEGACY), SOME_UUID.bytes),
        (datetime(2026, 1, 2, 3, 4, 5, 6000, tzinfo=UTC), datetime(2026, 1, 2, 3, 4, 5, 6000, tzinfo=UTC)),
        (DatetimeMS(1 << 60), {"$date": {"$numberLong": str(1 << 60)}}),
        (Regex("^a", "i"), {"$regularExpression": {"pattern": "^a", "options": "i"}}),
        (Timestamp(7, 1), {"$timestamp": {"t": 7, "i": 1}}),
        (Code("return 1"), {"$code": "return 1"}),
        (MaxKey(), {"$maxKey": 1}),
        (DBRef("users", OBJECT_ID), {"$ref": "users", "$id": "64b000000000000000000001"}),
        ([{"a": [OBJECT_ID, None, 0, "", False]}], [{"a": ["64b000000000000000000001", None, 0, "", False]}]),
        ({"$ne": 1}, {"$ne": 1}),
    ],
    ids=repr,
)
def test_every_type_of_value_arrives_without_loss(deployment: Deployment, stored: Any, expected: Any) -> None:
    deployment.collections["things"] = [{"_id": 1, "key": "a", "value": stored}]
    (row,) = read(deployment, THINGS, by("key", "a"))
    assert row == {"_id": 1, "key": "a", "value": expected}
    assert type(row["value"]) is type(expected)
    to_json(row)  # raises for a type that no bundle can carry


@pytest.mark.parametrize(
    ("stored", "data_type", "wanted"),
    [
        (42, None, "42"),
        ("42", None, 42),
        (42.0, "integer", 42),
        (Decimal128("42"), "integer", 42),
        (2.5, None, Decimal("2.5")),
        (Decimal128("2.5"), None, 2.5),
        (Int64(1 << 62), "string", str(1 << 62)),
        (Decimal128(str(1 << 70)), "integer", 1 << 70),
        (OBJECT_ID, "object_id", str(OBJECT_ID)),
        (str(OBJECT_ID), "object_id", str(OBJECT_ID)),
        (SOME_UUID, None, str(SOME_UUID)),
        (str(SOME_UUID), None, SOME_UUID),
        (b"abc", "string", "abc"),
        (b"\xff", None, b"\xff"),
        (True, "string", "true"),
        ("TRUE", "boolean", True),
        (0, "boolean", False),
        (datetime(2026, 1, 2, tzinfo=UTC), "string", "2026-01-02T00:00:00+00:00"),
        ([1, [OBJECT_ID]], "object_id[]", 1),
    ],
    ids=repr,
)
def test_a_value_is_found_in_every_form_it_is_stored_in(
    deployment: Deployment, stored: Any, data_type: str | None, wanted: Any
) -> None:
    deployment.collections["things"] = [{"_id": 1, "key": stored}, {"_id": 2, "key": "other"}, {"_id": 3}]
    collection = make_collection("things", make_field("_id"), make_field("key", data_type=data_type))
    assert [row["_id"] for row in read(deployment, collection, by("key", wanted))] == [1]


@pytest.mark.parametrize("value", [{"$ne": None}, {"$gt": ""}, {"$regex": ".*"}, {"$where": "1"}, ["$ne"], Regex(".*")])
def test_an_object_as_a_value_is_no_query(deployment: Deployment, value: Any) -> None:
    deployment.collections["things"] = [{"_id": 1, "key": "a"}, {"_id": 2, "key": value}]
    # Hashable, as a value read from another store would have to be to get this far.
    assert read(deployment, THINGS, Alternative(("key",), Values([(value,)]))) == []
    assert not deployment.commands("find")


class Values(frozenset[Any]):
    """A set that also holds what has no hash."""

    def __new__(cls, items: Any) -> Values:
        held = super().__new__(cls)
        held.items = items
        return held

    items: Any

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items)


def test_a_text_that_looks_like_an_operator_is_a_text(deployment: Deployment) -> None:
    texts = ["$where", '{"$ne": null}', "$key", "key", "a\0b"]
    deployment.collections["things"] = [{"_id": at, "key": text} for at, text in enumerate(texts)]
    for at, text in enumerate(texts):
        assert [row["_id"] for row in read(deployment, THINGS, by("key", text))] == [at]


NESTED = make_collection(
    "orders",
    make_field("number"),
    make_field(
        "lines",
        fields=(
            make_field("sku", under="lines", data_type="string"),
            make_field("buyer", under="lines", fields=(make_field("id", under="lines.buyer", data_type="integer"),)),
        ),
    ),
)


def test_nested_paths_and_arrays_are_asked_and_cut(deployment: Deployment) -> None:
    line = {"sku": 7, "buyer": {"id": Int64(1), "name": "canary"}, "note": "canary"}
    deployment.collections["orders"] = [
        {"_id": 1, "number": 1, "lines": [line, {"sku": "x"}], "hidden": "canary"},
        {"_id": 2, "number": 2, "lines": {"buyer": None}},
        {"_id": 3, "number": 3, "lines": None},
    ]
    cut = {"number": 1, "lines": [{"sku": 7, "buyer": {"id": 1}}, {"sku": "x"}]}
    assert read(deployment, NESTED, by("lines.buyer.id", "1")) == [cut]
    assert read(deployment, NESTED, by("lines.sku", "7")) == [cut]
    assert read(deployment, NESTED, by("number", 2, 3)) == [
        {"number": 2, "lines": {"buyer": None}},
        {"number": 3, "lines": None},
    ]
    (find, *_) = deployment.commands("find")
    assert find["projection"] == {"_id": 1, "number": 1, "lines": 1}


def test_a_row_comes_once_however_many_questions_find_it(deployment: Deployment) -> None:
    deployment.collections["things"] = [
        {"_id": at, "key": [at, at + VALUES], "value": at % 7} for at in range(1, 3 * VALUES, 50)
    ]
    found = read(deployment, THINGS, by("key", *range(1, 4 * VALUES)), by("value", 0, 1, 2, 3, 4, 5, 6))
    assert sorted(row["_id"] for row in found) == list(range(1, 3 * VALUES, 50))
    assert len(deployment.commands("find")) == 5


def test_a_question_of_long_values_is_divided(deployment: Deployment) -> None:
    deployment.collections["things"] = [{"_id": 1, "key": "x" * 300_000 + "7"}]
    values = ["x" * 300_000 + str(at) for at in range(20)]
    assert len(read(deployment, THINGS, by("key", *values, "x" * (17 << 20)))) == 1
    assert len(deployment.commands("find")) > 5


def test_batches_are_asked_for_as_they_are_read(deployment: Deployment) -> None:
    deployment.collections["things"] = [{"_id": at, "key": "a"} for at in range(2_500)]
    store = open_store(make_dataset(THINGS), deployment.url, {})
    with store.snapshot() as snapshot:
        batches = snapshot.read(THINGS, Selection((by("key", "a"),)))
        assert len(next(iter(batches))) == 1_000
        assert len(deployment.commands("getMore")) <= 1
        assert sum(len(batch) for batch in batches) == 1_500
    store.close()
    assert len(deployment.commands("getMore")) == 2


def test_emails_are_compared_in_any_case_and_nothing_else_is(deployment: Deployment) -> None:
    people = make_collection("things", make_field("_id"), make_field("email", identity="email"), make_field("key"))
    deployment.collections["things"] = [{"_id": 1, "email": "Ada@X.org", "key": "Ada"}, {"_id": 2, "key": "ada"}]
    found = read(deployment, people, by("email", "ada@x.ORG"), by("key", "ada"))
    assert sorted(row["_id"] for row in found) == [1, 2]
    assert ["collation" in find for find in deployment.commands("find")] == [True, False]


def test_a_replica_set_is_read_in_one_snapshot(deployment: Deployment) -> None:
    deployment.replica_set = True
    deployment.collections["things"] = [{"_id": at, "key": at} for at in range(0, VALUES * 2, 100)]
    assert len(read(deployment, THINGS, by("key", *range(VALUES * 2)))) == 20
    first, second = deployment.commands("find")
    assert first["readConcern"] == {"level": "snapshot"}
    assert second["readConcern"] == {"level": "snapshot", "atClusterTime": AT}
    assert first["lsid"] == second["lsid"]


@pytest.mark.parametrize(("replica_set", "options"), [(False, {}), (True, {"snapshot": False})])
def test_without_a_snapshot_documents_are_read_as_they_are(
    deployment: Deployment, options: Any, *, replica_set: bool
) -> None:
    deployment.replica_set = replica_set
    deployment.collections["things"] = [{"_id": 1, "key": 1}]
    assert len(read(deployment, THINGS, by("key", 1), **options)) == 1
    assert "readConcern" not in deployment.commands("find")[0]
