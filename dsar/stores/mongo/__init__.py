"""Documents of a MongoDB database."""

from dsar.stores.mongo.client import OPTIONS
from dsar.stores.mongo.store import open_store

KIND = "mongo"
NOWHERE = "mongodb://nowhere/app"

__all__ = ["KIND", "NOWHERE", "OPTIONS", "open_store"]
