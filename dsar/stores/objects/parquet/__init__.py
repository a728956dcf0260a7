"""Rows of Parquet. Imported when a file of it is first read: Arrow takes a fifth of a second to import."""

from dsar.stores.objects.parquet.reading import describe_parquet, number_parquet, read_parquet
from dsar.stores.objects.parquet.rewriting import rewrite_parquet

__all__ = ["describe_parquet", "number_parquet", "read_parquet", "rewrite_parquet"]
