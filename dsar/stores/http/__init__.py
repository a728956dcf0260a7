"""Resources of HTTP APIs that answer in JSON, described in the data map."""

from dsar.stores.http.options import OPTIONS
from dsar.stores.http.store import open_store

KIND = "http"
SCHEMES = ("http", "https")

__all__ = ["KIND", "OPTIONS", "SCHEMES", "open_store"]
