"""Keys of a Redis or Valkey server."""

from dsar.stores.redis.client import OPTIONS
from dsar.stores.redis.store import open_store

KIND = "redis"
NOWHERE = "redis://nowhere"

__all__ = ["KIND", "NOWHERE", "OPTIONS", "open_store"]
