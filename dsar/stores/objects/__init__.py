"""JSON and JSON Lines in files: of this machine or of an object store, by fsspec."""

from dsar.stores.objects.files import OPTIONS
from dsar.stores.objects.store import open_store

KIND = "objects"
SCHEMES = ("file", "s3")

__all__ = ["KIND", "OPTIONS", "SCHEMES", "open_store"]
