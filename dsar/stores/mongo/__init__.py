"""Documents of a MongoDB database."""

from dsar.stores.mongo.client import OPTIONS
from dsar.stores.mongo.store import open_store

KIND = "mongo"
SCHEMES = ("mongodb",)  # mongodb+srv is the same scheme with another way to find the hosts

__all__ = ["KIND", "OPTIONS", "SCHEMES", "open_store"]
