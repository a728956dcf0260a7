"""Rows of Parquet. Imported when a file of it is first read: Arrow takes a fifth of a second to import."""

from dsar.stores.objects.parquet.reading import describe_parquet, number_parquet, read_parquet
from dsar.stores.objects.parquet.returning import make_parquet, pick_parquet, print_parquet, print_row, return_parquet
from dsar.stores.objects.parquet.rewriting import rewrite_parquet

__all__ = [
    "describe_parquet",
    "make_parquet",
    "number_parquet",
    "pick_parquet",
    "print_parquet",
    "print_row",
    "read_parquet",
    "return_parquet",
    "rewrite_parquet",
]
