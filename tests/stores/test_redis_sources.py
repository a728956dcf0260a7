"""What a data map and an address may say of keys."""

from __future__ import annotations

from typing import Any

import pytest

from dsar.datamap.erasure import Erasure, ErasureAction
from dsar.stores.base import StoreConfigError
from dsar.stores.redis import open_store
from tests.stores.maps import make_collection, make_dataset, make_field


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"key": "s:{name}"}, "'type' is missing"),
        ({"type": "hash"}, "'key' is missing"),
        ({"key": "s:{name}", "type": "stream"}, "'type' must be one of hash, json"),
        ({"key": "s:{other}", "type": "hash"}, r"\{other\} is no field of the collection; declare it"),
        ({"key": "s:{}", "type": "hash"}, "write each placeholder as"),
        ({"key": "", "type": "hash"}, "'key' must not be empty"),
        ({"key": "s", "type": "hash", "ttl": 1}, "unknown key 'ttl'"),
    ],
)
def test_a_wrong_source_is_refused_with_its_place(source: dict[str, Any], message: str) -> None:
    collection = make_collection("keys", make_field("name"), source=source)
    with pytest.raises(StoreConfigError, match=rf"shop\.yml:7: shop:keys: source: .*{message}"):
        open_store(make_dataset(collection), "redis://127.0.0.1/0", {})


def test_an_address_that_would_decode_bytes_is_refused() -> None:
    with pytest.raises(StoreConfigError, match="take decode_responses out"):
        open_store(make_dataset(), "redis://127.0.0.1/0?decode_responses=True", {})


@pytest.mark.parametrize(("kind", "name"), [("hash", "name"), ("string", "value"), ("set", "values")])
def test_what_is_no_field_of_a_value_cannot_be_let_go_of(kind: str, name: str) -> None:
    """A part of the key's own name, and a value that is but one."""
    rule = Erasure(ErasureAction.DELETE, detach=(name,))
    fields = dict.fromkeys(("name", name))
    collection = make_collection(
        "keys", *map(make_field, fields), source={"key": "s:{name}", "type": kind}, erasure=rule
    )
    with pytest.raises(StoreConfigError, match=f"erasure: no key lets go of '{name}'"):
        open_store(make_dataset(collection), "redis://127.0.0.1/0", {})
