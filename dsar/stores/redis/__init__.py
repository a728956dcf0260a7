"""Keys of a Redis or Valkey server."""

from dsar.stores.redis.client import OPTIONS
from dsar.stores.redis.store import open_store

KIND = "redis"
SCHEMES = ("redis", "rediss", "unix")

__all__ = ["KIND", "OPTIONS", "SCHEMES", "open_store"]
