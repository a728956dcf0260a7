"""Rows of SQL databases, read with SQLAlchemy Core."""

from dsar.stores.sql.engines import OPTIONS
from dsar.stores.sql.store import open_store

KIND = "sql"
SCHEMES = ("sqlite", "postgresql", "mysql", "mariadb", "mssql", "oracle")

__all__ = ["KIND", "OPTIONS", "SCHEMES", "open_store"]
