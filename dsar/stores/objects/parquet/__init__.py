"""Rows of Parquet. Imported when a file of it is first read: Arrow takes a fifth of a second to import."""

from dsar.stores.objects.parquet.reading import describe_parquet, read_parquet

__all__ = ["describe_parquet", "read_parquet"]
