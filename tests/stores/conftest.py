"""Servers that only these tests start."""

from tests.stores.s3 import s3_url  # noqa: F401
