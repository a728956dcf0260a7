"""Documents of a MongoDB database."""

from dsar.stores.mongo.client import OPTIONS
from dsar.stores.mongo.store import open_store

KIND = "mongo"

__all__ = ["KIND", "OPTIONS", "open_store"]
