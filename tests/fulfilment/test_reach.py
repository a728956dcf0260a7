"""Whose a row is, by its identity fields."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dsar.fulfilment.reach import Owner, OwnerRule, normal_form
from dsar.values import Row, Value
from tests.stores.maps import make_collection, make_field

MESSAGES = make_collection(
    "messages",
    make_field("author", identity="email", data_type="string"),
    make_field("account", identity="user_id", data_type="integer"),
    make_field("phone", identity="phone"),
    make_field("nick", identity="nick"),
    make_field("readers", fields=(make_field("mail", under="readers", identity="email"),)),
)
PROVEN = {
    "email": frozenset({"ann@x", "jos\u00e9@x"}),
    "user_id": frozenset({"42", "no number"}),
    "nick": frozenset({"ann"}),
}


@pytest.mark.parametrize(
    ("row", "owner"),
    [
        ({}, Owner.UNSAID),
        ({"author": None, "account": None}, Owner.UNSAID),
        ({"author": ""}, Owner.UNSAID),
        ({"author": "Ann@X"}, Owner.PERSON),
        ({"author": " ann@x "}, Owner.PERSON),
        ({"author": "ann+shop@x"}, Owner.ANOTHER),
        ({"author": "an.n@x"}, Owner.ANOTHER),
        ({"author": "jose\u0301@x"}, Owner.PERSON),
        ({"author": "jose@x"}, Owner.ANOTHER),
        ({"author": "bob@x", "account": 42}, Owner.PERSON),
        ({"account": "42"}, Owner.PERSON),
        ({"account": " 42"}, Owner.ANOTHER),
        ({"nick": "ann"}, Owner.PERSON),
        ({"nick": " ann"}, Owner.ANOTHER),
        ({"author": 7}, Owner.ANOTHER),
        ({"account": Decimal("42.00")}, Owner.PERSON),
        ({"account": 0}, Owner.ANOTHER),
        ({"account": "not a number either"}, Owner.ANOTHER),
        ({"phone": "+49 30 1"}, Owner.UNSAID),
        ({"author": "bob@x", "readers": [{"mail": "cleo@x"}, {"mail": "ann@x"}]}, Owner.PERSON),
        ({"readers": [{"mail": "cleo@x"}, {}]}, Owner.ANOTHER),
    ],
)
def test_whose_a_row_is(row: Row, owner: Owner) -> None:
    assert OwnerRule(MESSAGES, PROVEN).owner(row) is owner


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("email", " Ann@X.Example ", "ann@x.example"),
        ("email", "", None),
        ("email", None, None),
        ("user_id", 0, "0"),
        ("user_id", " Ann ", " Ann "),
        ("user_id", {"a": 1}, None),
        ("email", "\ud800@x", None),
    ],
)
def test_an_identity_has_one_form(kind: str, value: Value, expected: str | None) -> None:
    assert normal_form(kind, value) == expected
