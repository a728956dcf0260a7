"""Rows of files that are past their time: file after file is read, and written anew without them."""

from __future__ import annotations

from collections.abc import Iterator

from dsar.datamap.model import Collection
from dsar.stores.base import StoreError
from dsar.stores.expiring import Expiry
from dsar.stores.objects.changing.change import Medium
from dsar.stores.objects.changing.snapshot import ObjectsChanging


def delete_expired(changing: ObjectsChanging, medium: Medium, collection: Collection, expiry: Expiry) -> Iterator[int]:
    """Yield after each file that had such rows how many are gone from it.

    A file that somebody else changes meanwhile is left to the next run. Raises StoreError for it once all are done.
    """
    busy: StoreError | None = None
    for file, values in changing.paths(collection):
        changing.forget()
        try:
            with medium.changing():
                rows = changing.delete_in(file, values, collection, expiry.everything, expiry.is_to_go)
                changing.finish(commits=True)
        except StoreError as error:
            if not error.retry:
                raise
            busy = error
            continue
        if rows:
            yield rows
    if busy is not None:
        raise busy
