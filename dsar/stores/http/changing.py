"""A snapshot in which rows can be changed: one request for each row, all of them when its block ends.

A service knows no transaction. A dry run finds out that each request is described and can be written; what the service
says to it, only the deed can tell. One that fails leaves what was done before it done, and the rest to another erasure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from dsar.datamap.erasure import Mask, Strategy
from dsar.datamap.model import Collection, Dataset
from dsar.stores.base import ForbiddenError, Selection, StoreError
from dsar.stores.casting import cast
from dsar.stores.http.client import HttpClient, Request
from dsar.stores.http.described import Described
from dsar.stores.http.options import HttpOptions
from dsar.stores.http.requests import can_stand, make_url
from dsar.stores.http.snapshot import HttpSnapshot
from dsar.stores.http.source import Source
from dsar.stores.inside import Inside, by_field
from dsar.stores.masking import masked_within
from dsar.stores.matching import Key, Matcher, fields_by_path, key_of
from dsar.values import Row, Value, at_path, plain_json, value_to_json


@dataclass(frozen=True, slots=True)
class _Change:
    """A request for one row; `doing` names dataset, collection, method and path for messages."""

    request: Request
    doing: str
    creates: bool = False


class HttpChanging(HttpSnapshot):
    """Deletes and masks rows of one dataset; `end` does it. Memory: the rows that were read, which are one person's.

    A service can be asked by some fields only, and rows are named by others: selected are rows that were read before.
    """

    def __init__(
        self, dataset: Dataset, client: HttpClient, options: HttpOptions, sources: Mapping[str, Source]
    ) -> None:
        super().__init__(dataset, client, options, sources)
        self._met: dict[str, dict[Key, Row]] = {}
        self._changes: dict[tuple[str, Key], _Change] = {}

    def delete(self, collection: Collection, selection: Selection) -> int:
        described = self._sources[collection.name].delete
        return self._change(collection, selection, "delete", described, lambda _row: b"")

    def mask(self, collection: Collection, selection: Selection, masks: Mapping[str, Mask], *, key: bytes) -> int:
        where = f"{collection.dataset}:{collection.name}"

        def body(row: Row) -> bytes:
            return value_to_json(
                {
                    name: _masked(row.get(name), inside, key=key, where=f"{where}: {name}")
                    for name, inside in by_field(masks).items()
                    if name in row or _is_whole(inside)
                }
            )

        return self._change(collection, selection, "update", self._sources[collection.name].update, body)

    def end(self, *, commits: bool) -> None:
        """Send the requests, in the order in which they were asked for. Raises ForbiddenError, StoreError."""
        for done, change in enumerate(self._changes.values() if commits else ()):
            try:
                (self._client.create if change.creates else self._client.change)(change.request, change.doing)
            except ForbiddenError as error:
                raise ForbiddenError(f"{error}{self._left(done)}", done=done) from error
            except StoreError as error:
                raise StoreError(f"{error}{self._left(done)}", retry=error.retry, done=done) from error

    def _left(self, done: int) -> str:
        return f"; {done} of {len(self._changes)} rows of this service are changed" if done else ""

    def _matching(self, collection: Collection, selection: Selection) -> Iterator[Row]:
        met = self._met.setdefault(collection.name, {})
        for row in super()._matching(collection, selection):
            if (key := primary_of(collection, row)) is not None:
                met[key] = row
            yield row

    def _change(
        self,
        collection: Collection,
        selection: Selection,
        name: str,
        described: Described | None,
        body: Callable[[Row], bytes],
    ) -> int:
        """Note the requests for the rows that match; return how many were not noted before."""
        where = f"{collection.dataset}:{collection.name}"
        if described is None:
            raise ForbiddenError(f"{where}: the data map describes no request for it: write '{name}' into its source")
        rows = 0
        for key, row in self._selected(collection, selection):
            place = (collection.name, key)
            if place not in self._changes:
                self._changes[place] = self._described(collection, described, row, body(row))
                rows += 1
        return rows

    def _selected(self, collection: Collection, selection: Selection) -> Iterator[tuple[Key, Row]]:
        if collection.name not in self._met:
            for _row in self._matching(collection, selection):
                pass  # it is remembered
        matcher = Matcher(collection, selection)
        return ((key, row) for key, row in self._met.get(collection.name, {}).items() if matcher.matches(row))

    def _described(
        self, collection: Collection, described: Described, row: Row, body: bytes, *, creates: bool = False
    ) -> _Change:
        doing = f"{collection.dataset}:{collection.name}: {described.method} {described.path}"
        fields = fields_by_path(collection)
        texts = {name: cast(cast(row.get(name), fields[name].data_type), "string") for name in described.names}
        if not can_stand(described, texts):
            raise ForbiddenError(f"{doing}: the values of a row cannot stand in an address")
        url = make_url(self._options.base, described, texts)
        headers = {"Content-Type": described.content_type} if body else {}
        known_by = _idempotency_key(described.method, str(url), body, dict(sorted(row.items())))
        return _Change(Request(described.method, url, {**headers, "Idempotency-Key": known_by}, body), doing, creates)


def _is_whole(inside: Inside) -> bool:
    """Whether it masks a field whatever stands there: what is redacted, or is inside, must be there."""
    return isinstance(inside, Mask) and inside.strategy is not Strategy.REDACT


def _masked(value: Value, inside: Inside, *, key: bytes, where: str) -> Value:
    """Return what is sent of a field: the whole object, where something in it is masked. Raises ForbiddenError."""
    found = masked_within(value, inside, key=key, where=where)
    if isinstance(found, dict | list) and _has_exact(found):
        raise ForbiddenError(f"{where}: an object in it has a number that cannot be sent back as it came")
    return found


def _has_exact(value: Value) -> bool:
    """Whether there is a number that JSON is not written with here (dsar.values)."""
    if isinstance(value, dict | list):
        return any(map(_has_exact, value.values() if isinstance(value, dict) else value))
    return isinstance(value, Decimal) or (isinstance(value, int) and not isinstance(plain_json(value), int))


def _idempotency_key(*parts: object) -> str:
    """Return what tells a request that is sent again from another one (draft-ietf-httpapi-idempotency-key-header).

    It is made from collection and key, which are the address, from the body, and from the whole row: of one that has
    been made anew since, with the same key, a service must not say that it is gone already.
    """
    return f'"{hashlib.sha256(value_to_json(list(parts))).hexdigest()}"'


def primary_of(collection: Collection, row: Row) -> Key | None:
    """Return the values of a row's primary key in the form in which they are compared."""
    fields = fields_by_path(collection)
    paths = collection.primary_key
    values = tuple(next(iter(at_path(row, path)), None) for path in paths)
    return key_of(values, tuple(fields[path] for path in paths)) if paths else None
