"""Rows of JSON, JSON Lines, CSV and Parquet in files: of this machine or of an object store, by fsspec."""

from dsar.stores.objects.files import OPTIONS
from dsar.stores.objects.store import open_store

KIND = "objects"
NOWHERE = "file:///nowhere"

__all__ = ["KIND", "NOWHERE", "OPTIONS", "open_store"]
