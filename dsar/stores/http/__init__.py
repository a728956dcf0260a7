"""Resources of HTTP APIs that answer in JSON, described in the data map."""

from dsar.stores.http.options import OPTIONS
from dsar.stores.http.store import open_store

KIND = "http"
NOWHERE = "https://nowhere.invalid"

__all__ = ["KIND", "NOWHERE", "OPTIONS", "open_store"]
