"""What was decided, done to a bundle's contents before they are packed: no file of it can then hold a value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from dsar.bundle.contents import (
    BundleContents,
    CollectionContents,
    Dispute,
    OpenBlocks,
    Redacted,
    UsedIdentity,
)
from dsar.bundle.survey import opened
from dsar.redaction.kinds import Kind
from dsar.redaction.removing import Remover
from dsar.redaction.texts import in_bytes

#: A mark is at most so many times as long as what it stands for, which has two letters or more.
_LONGER = 10


@dataclass(frozen=True, slots=True)
class Accepted:
    """A value, in its folded form, that is to be taken out of a collection, and why."""

    form: str
    kind: Kind
    reason: str
    words: str = ""


def mark(kind: Kind) -> str:
    """Return what stands in the place of a value."""
    return f"[hidden: {'text' if kind is Kind.OTHER else kind.value}]"


def without(contents: BundleContents, accepted: Mapping[tuple[str, str], Sequence[Accepted]]) -> BundleContents:
    """Return the contents without the accepted values; each collection tells how many stood there, and why.

    The rows are read once to count. Raises what reading them raises.
    """
    if not any(accepted.values()):
        return contents
    telling = _Telling({item.form: mark(item.kind) for items in accepted.values() for item in items})
    stores = tuple(
        replace(
            store,
            collections=tuple(
                _collection(item, accepted.get(item.collection.key, ()), telling) for item in store.collections
            ),
        )
        for store in contents.stores
    )
    return replace(
        contents,
        stores=stores,
        exceptions=tuple(map(telling.text, contents.exceptions)),
        unproven_identities=tuple(map(telling.identity, contents.unproven_identities)),
        disputes=tuple(map(telling.dispute, contents.disputes)),
    )


class _Telling:
    """What a bundle tells beside the rows: no value that is hidden anywhere stands in it."""

    def __init__(self, marks: Mapping[str, str]) -> None:
        self._remover = Remover(marks)

    def text(self, text: str) -> str:
        return self._remover.text(text)

    def identity(self, item: UsedIdentity) -> UsedIdentity:
        return replace(item, value=self.text(item.value), proven_by=self.text(item.proven_by))

    def dispute(self, item: Dispute) -> Dispute:
        values = (
            replace(value, held=self.text(value.held), proposed=self.text(value.proposed)) for value in item.values
        )
        return replace(item, words=self.text(item.words), values=tuple(values))

    def redacted(self, items: Iterable[Redacted]) -> Iterator[Redacted]:
        return (replace(item, words=self.text(item.words)) for item in items)


def _collection(item: CollectionContents, accepted: Sequence[Accepted], telling: _Telling) -> CollectionContents:
    item = replace(item, reason=telling.text(item.reason))
    if not (accepted and item.rows):
        return item
    marks = {one.form: mark(one.kind) for one in accepted}
    fields = tuple(in_bytes(item))
    counting = Remover(marks, bytes_fields=fields)
    with opened(item) as blocks:
        for block in blocks:
            counting.block(block)
    return replace(
        item,
        open_blocks=_opening(item, marks, fields),
        size=None if item.size is None else item.size * _LONGER,
        redacted=tuple(telling.redacted(_told(accepted, counting.found))),
    )


def _opening(item: CollectionContents, marks: Mapping[str, str], fields: Sequence[str]) -> OpenBlocks:
    @contextmanager
    def open_blocks() -> Iterator[Iterator[bytes]]:
        remover = Remover(marks, bytes_fields=fields)
        with opened(item) as blocks:
            yield map(remover.block, blocks)

    return open_blocks


def _told(accepted: Sequence[Accepted], found: Counter[str]) -> list[Redacted]:
    """Return what was found, by kind and reason; a value that stands nowhere any more is not told."""
    values: Counter[tuple[str, str, str]] = Counter()
    places: Counter[tuple[str, str, str]] = Counter()
    for item in accepted:
        if found[item.form]:
            key = (item.kind.value, item.reason, item.words)
            values[key] += 1
            places[key] += found[item.form]
    return [Redacted(*key, values=values[key], places=places[key]) for key in sorted(values)]
