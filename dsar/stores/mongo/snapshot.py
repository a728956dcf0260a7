"""A view of a database: a snapshot session where the deployment has them, else each document as it is met."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import bson
from pymongo.client_session import ClientSession
from pymongo.collection import Collection as MongoCollection
from pymongo.database import Database

from dsar.datamap.model import Collection, Dataset
from dsar.stores.base import Alternative, Explained, Selection, StoreError, Undeclared
from dsar.stores.batching import BATCH_ROWS, batched
from dsar.stores.matching import Matcher
from dsar.stores.mongo.client import CODEC, Document, translated
from dsar.stores.mongo.explaining import explain
from dsar.stores.mongo.questions import Question, Questions, projection
from dsar.stores.mongo.sampling import sampled_fields, secret_paths
from dsar.stores.mongo.values import plain
from dsar.stores.noticing import Noticed
from dsar.stores.projection import Projector
from dsar.stores.scanning import narrowed
from dsar.values import Row

_ANYTHING = Alternative((), frozenset({()}))


class MongoSnapshot:
    """Reads collections of one dataset; `taken_at` (aware, UTC) is when it was opened."""

    def __init__(
        self,
        dataset: Dataset,
        database: Database[Document],
        names: Mapping[str, str],
        session: ClientSession | None,
    ) -> None:
        self._dataset = dataset
        self._database = database
        self._names = names
        self._session = session
        self._noticed = Noticed(dataset)
        self._sampled = False
        with translated(dataset.key):
            self._existing = collection_names(database)
        self.taken_at = datetime.now(UTC)

    def read(self, collection: Collection, selection: Selection) -> Iterator[Sequence[Row]]:
        projector = Projector(collection, self._noticed)
        for batch in batched(self._matching(collection, selection)):
            yield [projector.project(row) for row in batch]

    def scan(
        self, collection: Collection, fields: Sequence[str], *, since: datetime | None = None
    ) -> Iterator[Sequence[Row]]:
        projector = Projector(narrowed(collection, fields), Noticed(self._dataset))
        wanted = dict.fromkeys(fields, 1) | ({} if "_id" in fields else {"_id": 0})
        with translated(f"{collection.dataset}:{collection.name}"):
            every = self._named(collection).find({}, wanted, batch_size=BATCH_ROWS, session=self._session)
            for batch in batched(every):
                yield [projector.project(plain(document)) for document in batch]

    def count(self, collection: Collection, selection: Selection) -> int:
        return sum(1 for _row in self._matching(collection, selection))

    def undeclared(self) -> tuple[Undeclared, ...]:
        """Return what was noticed; the first call looks at a sample of every collection. Raises StoreError."""
        if not self._sampled:
            with translated(self._dataset.key):
                self._notice()
            self._sampled = True
        return self._noticed.sorted()

    def explain(self, collection: Collection, by: Sequence[tuple[str, ...]]) -> Explained:
        return explain(collection, by, self._names[collection.name])

    def _notice(self) -> None:
        for name in self._existing - set(self._names.values()):
            self._noticed.collection(name)
        for collection in self._dataset.collections:
            name = self._names[collection.name]
            if name in self._existing:
                self._notice_fields(collection, sampled_fields(self._database, name, secret_paths(collection)))

    def _notice_fields(self, collection: Collection, found: Mapping[str, str]) -> None:
        """Note what is not declared; what is inside an object that is declared whole, or is unknown itself, is not."""
        declared = {item.path: item for item in collection.walk()}
        for path in found:
            parent = path.rpartition(".")[0]
            known = not parent or (parent in declared and bool(declared[parent].fields))
            if known and path not in declared and path != "_id":
                self._noticed.field(collection, path)

    def _matching(self, collection: Collection, selection: Selection) -> Iterator[Row]:
        keeps_id = any(item.name == "_id" for item in collection.fields)
        for _document, row in self._found(collection, selection):
            if not keeps_id:
                del row["_id"]
            yield row

    def _found(self, collection: Collection, selection: Selection) -> Iterator[tuple[Document, Row]]:
        """Yield each document and its row once: what a later question would find again is remembered, nothing else."""
        doing = f"{collection.dataset}:{collection.name}"
        questions = Questions(collection, selection)
        only = Matcher(collection, Selection((_ANYTHING,), selection.only))
        seen: set[bytes] = set()
        with translated(doing):
            for question in questions:
                for document in self._find(collection, question):
                    row = plain(document)
                    numbers = questions.numbers(row)
                    if not numbers or not only.matches(row):
                        continue
                    if len(numbers) > 1 and not _is_new(document, seen, doing):
                        continue
                    yield document, row

    def _find(self, collection: Collection, question: Question) -> Iterator[Document]:
        return self._named(collection).find(
            question.filter,
            projection(collection),
            batch_size=BATCH_ROWS,
            collation=question.collation,
            session=self._session,
        )

    def _named(self, collection: Collection) -> MongoCollection[Document]:
        """Return the database's own collection. Raises StoreError if it is not there."""
        name = self._names[collection.name]
        if name not in self._existing:
            what = f"the database has no collection {name!r}; create it, or mend the data map"
            raise StoreError(f"{collection.dataset}:{collection.name}: {what}", retry=False)
        return self._database[name]


def collection_names(database: Database[Document]) -> set[str]:
    """Return the collections and views that this account may read, without the server's own."""
    names = database.list_collection_names(authorizedCollections=True)
    return {name for name in names if not name.startswith("system.")}


def _is_new(document: Document, seen: set[bytes], doing: str) -> bool:
    """Return whether this document, which several questions find, comes for the first time."""
    if "_id" not in document:
        raise StoreError(f"{doing}: a document without _id; a view must keep it", retry=False)
    key = bson.encode({"_id": document["_id"]}, codec_options=CODEC)
    if key in seen:
        return False
    seen.add(key)
    return True
