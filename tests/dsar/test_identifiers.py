"""What a recipient is told to know the person by: the person's own values of one field, and of nobody else."""

from __future__ import annotations

import pytest

from dsar.actions.telling.identifiers import MOST, TooManyIdentifiersError, identifiers_of
from dsar.datamap.graph import build_graph
from dsar.datamap.model import FieldAddress
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.reach import Reach
from dsar.values import Value
from tests.datamap.sketch import sketch

MAP = sketch(
    "people: id* email=email handle>posts.handle",
    "posts: id* handle=handle",
    "staff: id*>tickets.number email=email",
    "orders: id* person_id<people.id product_id>products.id",
    "tickets: id* number<people.id",
    "products: id*",
    "logins: id* email=email",
)
GRAPH = build_graph(MAP)
PERSON = FieldAddress("app", "people", "id")


def asked(*keys: tuple[str, str, Value, Reach]) -> KeySet:
    found = KeySet()
    for collection, path, value, reach in keys:
        found.add(("app", collection), (path,), (value,), reach)
    return found


def told(address: FieldAddress, *keys: tuple[str, str, Value, Reach]) -> tuple[str, ...]:
    return identifiers_of(address, keys=asked(*keys), graph=GRAPH)


def test_a_key_is_found_where_it_was_asked() -> None:
    keys = [("orders", "person_id", 17, Reach.OWN), ("people", "email", "ann@example.com", Reach.OWN)]
    assert told(PERSON, *keys) == ("17",)
    assert told(FieldAddress("app", "people", "email"), *keys) == ("ann@example.com",)


def test_zero_is_a_value_and_nothing_is_none() -> None:
    assert told(PERSON, ("orders", "person_id", 0, Reach.OWN), ("orders", "person_id", "", Reach.OWN)) == ("0",)
    assert told(PERSON) == ()


def test_what_is_not_the_persons_own_is_not_told() -> None:
    keys = [("orders", "person_id", 17, Reach.OWN), ("orders", "person_id", 18, Reach.FOREIGN)]
    assert told(PERSON, *keys, ("people", "id", 19, Reach.LOOKUP)) == ("17",)
    assert told(FieldAddress("app", "orders", "product_id"), ("products", "id", 5, Reach.LOOKUP)) == ()


def test_a_field_that_is_asked_for_other_values_too_tells_nothing() -> None:
    assert told(PERSON, ("tickets", "number", 3, Reach.OWN)) == (), "it may be the number of one of the staff"
    assert told(FieldAddress("app", "people", "handle"), ("posts", "handle", "ann", Reach.OWN)) == (), "or be given"
    assert told(FieldAddress("app", "people", "email"), ("logins", "email", "ann@example.com", Reach.OWN)) == ()


def test_of_too_many_none_is_told() -> None:
    keys = [("orders", "person_id", number, Reach.OWN) for number in range(MOST + 1)]
    assert len(told(PERSON, *keys[:MOST])) == MOST
    with pytest.raises(TooManyIdentifiersError):
        told(PERSON, *keys)
