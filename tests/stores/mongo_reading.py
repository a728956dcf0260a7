"""Reads a collection of a deployment through the store."""

from __future__ import annotations

from typing import Any

from dsar.datamap.model import Collection
from dsar.stores.base import Alternative, Selection
from dsar.stores.mongo import open_store
from dsar.values import Row
from tests.stores.maps import make_collection, make_dataset, make_field
from tests.stores.mongo_server import Deployment

THINGS = make_collection("things", make_field("_id", primary_key=True), make_field("key"), make_field("value"))


def read(deployment: Deployment, collection: Collection, *alternatives: Alternative, **options: Any) -> list[Row]:
    store = open_store(make_dataset(collection), deployment.url, options)
    try:
        with store.snapshot() as snapshot:
            return [row for batch in snapshot.read(collection, Selection(alternatives)) for row in batch]
    finally:
        store.close()
