"""A snapshot in which documents can be changed: noted until its block ends, then written in one transaction.

A standalone server has no transactions: there a dry run only reads, and what was written before an error stays. In both
a document is changed only while its declared fields are what was read: it may have become another person's since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import bson
from pymongo import DeleteOne, InsertOne, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from dsar.datamap.erasure import Mask, Strategy
from dsar.datamap.model import Collection, Dataset
from dsar.stores.base import ForbiddenError, Selection, StoreError
from dsar.stores.inside import Inside, by_field, replaced
from dsar.stores.masking import masked
from dsar.stores.mongo.client import CODEC, Document, translated
from dsar.stores.mongo.snapshot import MongoSnapshot
from dsar.stores.mongo.values import plain
from dsar.values import Row

#: The server's error codes for what its rules forbid, and what those are.
_FORBIDDEN = {11000: "a unique index", 121: "the collection's validator", 66: "a field that never changes"}

#: A write of one document; None where it has been noted already, or nothing is to be written.
_Write = DeleteOne | UpdateOne | InsertOne[Document]
_Writing = Callable[[Document], _Write | None]


@dataclass(frozen=True, slots=True)
class _Noted:
    """By which of the map's collections a document is changed, and whether it is deleted."""

    name: str
    deletes: bool


class MongoChanging(MongoSnapshot):
    """Deletes and masks documents of one dataset; `end` does it. Memory: the declared fields of each."""

    def __init__(
        self,
        dataset: Dataset,
        database: Database[Document],
        names: Mapping[str, str],
        session: ClientSession | None,
    ) -> None:
        super().__init__(dataset, database, names, session)
        self._states: dict[tuple[str, bytes], bytes] = {}
        self._noted: dict[tuple[str, bytes], _Noted] = {}
        self._writes: dict[str, list[_Write]] = {}

    def delete(self, collection: Collection, selection: Selection) -> int:
        return self._change(collection, selection, lambda document: DeleteOne(_as_read(document)), deletes=True)

    def mask(self, collection: Collection, selection: Selection, masks: Mapping[str, Mask], *, key: bytes) -> int:
        where = f"{collection.dataset}:{collection.name}"

        insides = by_field(masks)

        def write(document: Document) -> _Write | None:
            values = {
                name: _masked(document.get(name), inside, key=key, where=f"{where}: {name}")
                for name, inside in insides.items()
            }
            written = {name: value for name, value in values.items() if name in document or value is not None}
            return UpdateOne(_as_read(document), {"$set": written}) if written else None

        return self._change(collection, selection, write, deletes=False)

    def end(self, *, commits: bool) -> None:
        """Write what was noted; without a transaction only if it `commits`. Raises ForbiddenError, StoreError."""
        if self._session is None and not commits:
            return
        stays, done = self._session is None, 0
        for name, writes in self._writes.items():
            where = f"{self._dataset.key}: {name}"
            with translated(where), _refused(where, done=done, stays=stays):
                result = self._database[name].bulk_write(writes, session=self._session)
            met = result.deleted_count + result.matched_count + result.inserted_count
            done += met
            if met != len(writes):
                raise changed_since(where, len(writes) - met, done=done if stays else 0)

    def _found(self, collection: Collection, selection: Selection) -> Iterator[tuple[Document, Row]]:
        for document, row in super()._found(collection, selection):
            state = sha256(bson.encode(document, codec_options=CODEC)).digest()
            if self._states.setdefault(self._place(collection, document), state) != state:
                raise changed_since(f"{collection.dataset}:{collection.name}", 1, done=0)
            yield document, row

    def _change(self, collection: Collection, selection: Selection, write: _Writing, *, deletes: bool) -> int:
        """Note the writes for the documents that match; return how many were not noted before."""
        rows, wanted = 0, _Noted(collection.name, deletes)
        for document, _row in self._found(collection, selection):
            place = self._place(collection, document)
            known = self._noted.setdefault(place, wanted)
            if known is not wanted:
                if known == wanted:
                    continue  # an earlier selection has met it
                if not known.deletes or not deletes:
                    what = f"{known.name} is the same documents, and an erasure changes both"
                    raise StoreError(f"{collection.dataset}:{collection.name}: {what}", retry=False)
            elif (written := write(document)) is not None:
                self._writes.setdefault(place[0], []).append(written)
            rows += 1
        return rows

    def _place(self, collection: Collection, document: Document) -> tuple[str, bytes]:
        return self._names[collection.name], bson.encode({"_id": document["_id"]}, codec_options=CODEC)


def _masked(value: Any, inside: Inside, *, key: bytes, where: str) -> Any:
    """Return what is written of a field; all that is not masked keeps its type of BSON."""

    def instead(mask: Mask, found: Any) -> Any:
        is_kept = mask.strategy is Strategy.REDACT
        return masked(found if is_kept else plain(found), mask, key=key, where=where)

    return replaced(value, inside, instead)


def _as_read(document: Document) -> dict[str, Any]:
    """Return the filter for the document as it was read; `$eq`, since a regular expression would match others."""
    return {name: {"$eq": value} for name, value in document.items()}


@contextmanager
def _refused(where: str, *, done: int, stays: bool) -> Iterator[None]:
    """Raise what the server's rules forbid as ForbiddenError; its own words may quote a value.

    `done` documents were changed before, and `stays` tells whether these and others of the same bulk remain so.
    """
    try:
        yield
    except BulkWriteError as error:
        errors = (error.details or {}).get("writeErrors") or [{}]
        done = (
            (done + sum((error.details or {}).get(name, 0) for name in ("nRemoved", "nMatched", "nInserted")))
            if stays
            else 0
        )
        left = f"; {done} documents before it are changed" if done else ""
        code = errors[0].get("code")
        if code in _FORBIDDEN:
            raise ForbiddenError(f"{where}: {_FORBIDDEN[code]} forbids it{left}", done=done) from error
        raise StoreError(f"{where}: the server answers error {code}{left}", retry=False, done=done) from error


def changed_since(where: str, documents: int, *, done: int) -> StoreError:
    what = f"{done} others are changed" if done else "nothing was changed"
    return StoreError(
        f"{where}: {documents} documents have changed since they were read; {what}", retry=True, done=done
    )
