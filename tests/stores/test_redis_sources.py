"""What a data map and an address may say of keys."""

from __future__ import annotations

from typing import Any

import pytest

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
