"""Keys of a Redis or Valkey server."""

from dsar.stores.redis.client import OPTIONS
from dsar.stores.redis.store import open_store

KIND = "redis"

__all__ = ["KIND", "OPTIONS", "open_store"]
