"""What must hold before a certificate is signed: it tells of everything once, and does not contradict itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from dsar.certificate.facts import CollectionFacts, ErasureFacts, Restoration, RestorationState, SearchState, StoreFacts
from dsar.datamap.erasure import Strategy

_SHA256 = re.compile(r"[0-9a-f]{64}")


class FactsError(ValueError):
    """The facts of an erasure contradict each other: nothing is signed. The message tells all that is wrong."""


def check_facts(facts: ErasureFacts) -> None:
    """Raise FactsError unless the facts can be signed."""
    wrong = [*_moments(facts), *_prints(facts), *_stores(facts), *_restoration(facts)]
    if wrong:
        raise FactsError("; ".join(wrong))


def _moments(facts: ErasureFacts) -> Iterator[str]:
    asked = facts.request
    named = {
        "received": asked.received_at,
        "verified": asked.verified_at,
        "approved": asked.approved_at,
        "erased": asked.erased_at,
        "issued": facts.issued_at,
    }
    others = [item.verified_at for item in facts.collections()]
    others += [told.told_at for told in facts.recipients] + [told.until for told in facts.remains]
    others += [facts.restoration.until, facts.fetchable_until]
    others += [store.copy.until for store in facts.stores if store.copy]
    if any(moment is not None and moment.utcoffset() is None for moment in [*named.values(), *others]):
        yield "a moment has no time zone"
        return
    for (before, earlier), (after, later) in pairwise(named.items()):
        if earlier > later:
            yield f"{after} before it was {before}"
    again = [item.verified_at for item in facts.collections() if item.verified_at]
    if again and min(again) < asked.erased_at:
        yield "read again before it was erased"
    if again and max(again) > facts.issued_at:
        yield "issued before it was read again"


def _prints(facts: ErasureFacts) -> Iterator[str]:
    for name, text in (("data map", facts.data_map_sha256), ("plan", facts.request.plan_sha256)):
        if not _SHA256.fullmatch(text):
            yield f"the fingerprint of the {name} is no sha256"


def _stores(facts: ErasureFacts) -> Iterator[str]:
    told = Counter((store.dataset, item.name) for store in facts.stores for item in store.collections)
    yield from (f"{':'.join(key)} is told of {times} times" for key, times in sorted(told.items()) if times > 1)
    for store in facts.stores:
        for item in store.collections:
            yield from (f"{store.dataset}:{item.name} {text}" for text in _collection(item))


def _collection(item: CollectionFacts) -> Iterator[str]:
    counts = [item.deleted, item.masked, item.redacted, item.masked_before, item.left]
    counts += [told.rows for told in (*item.kept, *item.flagged, *item.others)]
    if min(counts) < 0:
        yield "has a negative count"
    if item.state is not SearchState.SEARCHED and not item.reason:
        yield f"is {item.state} without a reason"
    if item.state is not SearchState.SEARCHED and (item.deleted or item.masked or item.left or item.verified_at):
        yield f"is {item.state}, and yet something was done in it"
    if bool(item.masked) != bool(item.masks):
        yield "is masked without saying how, or says how and has nothing masked"
    if item.redacted and not any(mask.strategy == Strategy.REDACT for mask in item.masks):
        yield "counts what was redacted, and nothing was"
    if any(not told.reason for told in (*item.kept, *item.flagged, *item.others)):
        yield "keeps rows without a reason"


def _restoration(facts: ErasureFacts) -> Iterator[str]:
    if (facts.restoration.until is not None) != (facts.restoration.state is RestorationState.KEPT):
        yield "a window for restoring has an end if, and only if, there is one"
    for store in facts.stores:
        yield from (f"{store.dataset} {text}" for text in _copy(store, facts.restoration))
    kept = any(store.copy and store.copy.state is RestorationState.KEPT for store in facts.stores)
    if kept != (facts.restoration.state is RestorationState.KEPT):
        yield "a copy is kept on the whole if, and only if, one is kept of a store"


def _copy(store: StoreFacts, whole: Restoration) -> Iterator[str]:
    told = store.copy
    if store.changed != (told is not None):
        yield "says of a copy if, and only if, something was changed in it"
    if told is None:
        return
    if told.until != (whole.until if told.state is RestorationState.KEPT else None):
        yield "has a copy with another end than that of the whole"
    if bool(told.why) != (told.state is RestorationState.NONE):
        yield "has no copy and does not say why, or has one and says why not"
