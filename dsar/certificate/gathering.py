"""Put a certificate's facts together from what an erasure found, did, and found when it read again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from dsar.certificate.check import check_facts
from dsar.certificate.facts import (
    CollectionFacts,
    ErasureFacts,
    RecipientTold,
    Remains,
    RequestFacts,
    Restoration,
    SearchState,
    Staying,
    StoreFacts,
)
from dsar.certificate.words import masks_of
from dsar.datamap.model import Collection, DataMap, Dataset, RetentionKind
from dsar.fulfilment.erasing.fate import Fate, why_kept
from dsar.fulfilment.erasing.preview import Part, Preview
from dsar.fulfilment.joinkey import CollectionKey
from dsar.wording import N_, words_of

_SKIPPED = N_("The data map says not to process it.")
_THE_PERSONS = (Fate.DELETE, Fate.MASK, Fate.MASKED, Fate.KEEP, Fate.FLAGGED)


@dataclass(frozen=True, slots=True)
class Reading:
    """A dataset read again: when (aware; None if it could not be, `failure` says why), and what was found in it."""

    at: datetime | None
    parts: Mapping[CollectionKey, Part] = field(default_factory=dict)
    failure: str = ""

    @classmethod
    def of(cls, found: Preview, dataset: str, *, at: datetime) -> Self:
        """Return what a verification of everything has found in one dataset."""
        return cls(at=at, parts={key: part for key, part in found.parts.items() if key[0] == dataset})


def facts_of(
    *,
    request: RequestFacts,
    data_map: DataMap,
    preview: Preview,
    done: Mapping[CollectionKey, Part],
    readings: Mapping[str, Reading],
    restoration: Restoration,
    copies: Mapping[str, Restoration],
    issued_at: datetime,
    excluded: Mapping[str, str] | None = None,
    recipients: Iterable[RecipientTold] = (),
    remains: Iterable[Remains] = (),
    fetchable_until: datetime | None = None,
) -> ErasureFacts:
    """Return the facts; every collection of the data map is among them.

    `preview` is what was approved, `done` what was changed (dsar.fulfilment.erasing.erase.Erased), `readings` each
    dataset's second reading, `copies` say of each dataset that was changed whether a copy is kept, `excluded` says why
    whole datasets were left out. Raises ValueError where the parts
    contradict each other or name a collection that the map does not have.
    """
    _check_known(data_map, [preview.parts, done, *(reading.parts for reading in readings.values())])
    telling = _Telling(preview, done, readings, copies, excluded or {})
    facts = ErasureFacts(
        request=request,
        data_map_sha256=data_map.fingerprint,
        stores=tuple(telling.store(dataset) for dataset in data_map.datasets),
        restoration=restoration,
        issued_at=issued_at,
        recipients=tuple(recipients),
        remains=tuple(remains),
        fetchable_until=fetchable_until,
    )
    check_facts(facts)
    return facts


def _check_known(data_map: DataMap, told: Sequence[Mapping[CollectionKey, Part]]) -> None:
    declared = {collection.key for collection in data_map.collections()}
    unknown = sorted({key for parts in told for key in parts} - declared)
    if unknown:
        raise ValueError(f"the data map has no collection {', '.join(':'.join(key) for key in unknown)}")


@dataclass(frozen=True)
class _Telling:
    preview: Preview
    done: Mapping[CollectionKey, Part]
    readings: Mapping[str, Reading]
    copies: Mapping[str, Restoration]
    excluded: Mapping[str, str]

    def store(self, dataset: Dataset) -> StoreFacts:
        reading = self.readings.get(dataset.key)
        return StoreFacts(
            dataset=dataset.key,
            title=dataset.name or dataset.key,
            collections=tuple(self._collection(item, reading) for item in dataset.collections),
            problem=reading.failure if reading else "",
            copy=self.copies.get(dataset.key),
        )

    def _collection(self, collection: Collection, reading: Reading | None) -> CollectionFacts:
        state, reason = self._state(collection)
        found, done = self.preview.parts.get(collection.key), self.done.get(collection.key)
        if state is not SearchState.SEARCHED:
            return _left_out(collection, state, reason, found)
        left = reading.parts.get(collection.key) if reading else None
        masked = done.count(Fate.MASK) if done else 0
        return CollectionFacts(
            name=collection.name,
            title=_title(collection),
            state=state,
            deleted=done.count(Fate.DELETE) if done else 0,
            masked=masked,
            masks=masks_of(done.rule) if done and masked else (),
            redacted=done.redacted if done and masked else 0,
            masked_before=found.count(Fate.MASKED) if found else 0,
            kept=_staying(collection, found, Fate.KEEP),
            flagged=_staying(collection, found, Fate.FLAGGED),
            others=(*_staying(collection, found, Fate.OTHERS), *_staying(collection, found, Fate.DETACH)),
            left=left.to_do if left else 0,
            verified_at=reading.at if reading else None,
        )

    def _state(self, collection: Collection) -> tuple[SearchState, str]:
        if collection.skip_processing:
            return SearchState.EXCLUDED, _SKIPPED
        if collection.dataset in self.excluded:
            return SearchState.EXCLUDED, self.excluded[collection.dataset]
        if collection.key in self.preview.unreached:
            return SearchState.UNREACHED, self.preview.unreached[collection.key]
        return SearchState.SEARCHED, ""


def _title(collection: Collection) -> str:
    """Return the collection's title as the map writes it, whatever is spoken: it is signed."""
    return collection.title or words_of(collection.name)


def _left_out(collection: Collection, state: SearchState, reason: str, found: Part | None) -> CollectionFacts:
    """Return a collection that was not touched; rows that were found there all the same stay for that reason."""
    rows = found.count(*_THE_PERSONS) if found else 0
    kept = (Staying(rows, reason),) if rows else ()
    return CollectionFacts(collection.name, _title(collection), state, reason, kept=kept)


def _staying(collection: Collection, part: Part | None, fate: Fate) -> tuple[Staying, ...]:
    rows = sorted((why, count) for (found, why), count in part.rows.items() if found is fate) if part else []
    return tuple(_stays(collection, why, count) for why, count in rows)


def _stays(collection: Collection, why: str, count: int) -> Staying:
    """Return it with the duty apart, where the reason is the one that names the collection's duty."""
    retention = collection.retention
    if retention is None or retention.kind is not RetentionKind.DUTY or why != why_kept(collection):
        return Staying(rows=count, reason=why)
    reason = why.rpartition(f" ({retention.duty}")[0]
    return Staying(rows=count, reason=reason, duty=retention.duty or "", until=retention.until or "")
