"""Documents taken whole before an erasure, as BSON, and put back where it was a mistake."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import bson
from pymongo import InsertOne, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database

from dsar.datamap.erasure import Mask
from dsar.datamap.model import Collection, Dataset
from dsar.stores.base import Selection
from dsar.stores.batching import batched
from dsar.stores.inside import Inside, by_field
from dsar.stores.masks import is_without, made_of, told
from dsar.stores.mongo.changing import MongoChanging, changed_since
from dsar.stores.mongo.client import CODEC, Document, translated
from dsar.stores.mongo.values import plain
from dsar.stores.restorable import PutBack, RawRow, WrittenBack

#: Documents of one question.
_MOST = 500
#: Stands for a document of which values come back.
_WRITTEN = "written"


class MongoRestoring(MongoChanging):
    """Memory: what is put back, until the end."""

    knows_rows = True

    def __init__(
        self, dataset: Dataset, database: Database[Document], names: Mapping[str, str], session: ClientSession | None
    ) -> None:
        super().__init__(dataset, database, names, session)
        self._taken: set[tuple[str, bytes]] = set()
        #: What comes back, by its place; of a document that was masked only that it does.
        self._back: dict[tuple[str, bytes], str] = {}

    def restores(self, collection: Collection) -> bool:
        return True

    def take(
        self, collection: Collection, selection: Selection, masks: Mapping[str, Mask]
    ) -> Iterator[Sequence[RawRow]]:
        where = f"{collection.dataset}:{collection.name}"
        for found in batched(self._found(collection, selection), _MOST):
            read = {self._place(collection, document): document for document, _row in found}
            new = {place: document for place, document in read.items() if place not in self._taken}
            self._taken |= new.keys()
            whole = self._whole(collection, [document["_id"] for document in new.values()])
            others = [place for place, document in new.items() if not _holds(whole.get(place), document)]
            if others:
                raise changed_since(where, len(others), done=0)
            if whole:
                yield [{"document": _spelt(document)} for document in whole.values()]

    def put_back(self, collection: Collection, rows: Iterable[Sequence[RawRow]], *, is_sure: bool = True) -> PutBack:
        written = there = left = 0
        for batch in rows:
            wanted = [_read(row) for row in batch]
            found = self._whole(collection, [document["_id"] for document in wanted])
            for document in wanted:
                place = self._place(collection, document)
                there_now = self._back.get(place) or (_spelt(found[place]) if place in found else "")
                if there_now:
                    there, left = there + (there_now == _spelt(document)), left + (there_now != _spelt(document))
                else:
                    self._back[place] = _spelt(document)
                    self._writes.setdefault(place[0], []).append(InsertOne(document))
                    written += 1
        return PutBack(written, there, left)

    def write_back(
        self, collection: Collection, rows: Iterable[Sequence[RawRow]], masks: Mapping[str, Mask]
    ) -> WrittenBack:
        written = left = 0
        for batch in rows:
            wanted = [_read(row) for row in batch]
            found = self._whole(collection, [document["_id"] for document in wanted])
            for document in wanted:
                place = self._place(collection, document)
                if place in self._back:
                    continue  # a later block had read what stood there last
                done = self._unmask(place, document, found.get(place), by_field(masks))
                written, left = written + done.written, left + done.left
        return WrittenBack(written, left)

    def _unmask(
        self, place: tuple[str, bytes], before: Document, now: Document | None, masks: Mapping[str, Inside]
    ) -> WrittenBack:
        names, written, left = list[str](), 0, 0
        for name, inside in masks.items():
            if before.get(name) is None and is_without(inside):
                continue
            is_as_it_was = now is not None and _part(now, name) == _part(before, name)
            if now is None or not (is_as_it_was or _is_made(now.get(name), before.get(name), inside)):
                left += 1
                continue
            written += 1
            if not is_as_it_was:
                names.append(name)
        if names and now is not None:
            same = {name: {"$eq": now[name]} if name in now else {"$exists": False} for name in names}
            gone = {name: "" for name in names if name not in before}
            change = {"$set": {name: before[name] for name in names if name in before}, "$unset": gone}
            update = UpdateOne(
                {"_id": {"$eq": now["_id"]}, **same}, {key: part for key, part in change.items() if part}
            )
            self._writes.setdefault(place[0], []).append(update)
            self._back[place] = _WRITTEN
        return WrittenBack(written, left)

    def _whole(self, collection: Collection, ids: Sequence[Any]) -> dict[tuple[str, bytes], Document]:
        """Return the documents with these identities, every field of them."""
        with translated(f"{collection.dataset}:{collection.name}"):
            found = self._named(collection).find({"_id": {"$in": list(ids)}}, session=self._session)
            return {self._place(collection, document): document for document in found}


def _is_made(now: Any, before: Any, inside: Inside) -> bool:
    return told(plain(now)) == told(plain(made_of(before, inside)))


def _holds(document: Document | None, part: Document) -> bool:
    return document is not None and all(_part(document, name) == _part(part, name) for name in part)


def _part(document: Document, name: str) -> bytes:
    """Return a field as BSON, which tells 1 from 1.0; nothing where it is not there."""
    return bson.encode({name: document[name]}, codec_options=CODEC) if name in document else b""


def _spelt(document: Document) -> str:
    return base64.b64encode(bson.encode(document, codec_options=CODEC)).decode("ascii")


def _read(row: RawRow) -> Document:
    return bson.decode(base64.b64decode(row["document"]), CODEC)
