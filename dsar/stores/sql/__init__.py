"""Rows of SQL databases, read with SQLAlchemy Core."""

from dsar.stores.sql.engines import OPTIONS
from dsar.stores.sql.store import open_store

KIND = "sql"
NOWHERE = "postgresql://nowhere/app"

__all__ = ["KIND", "NOWHERE", "OPTIONS", "open_store"]
