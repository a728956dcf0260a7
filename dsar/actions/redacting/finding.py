"""Look through what was collected for other people, and list what is found for a reviewer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime

from dsar.actions.redacting.sealed import Keys, Marked
from dsar.actions.trail import note
from dsar.bundle.contents import BundleContents
from dsar.models import (
    RedactionReview,
    RedactionValue,
    RedactionVerdict,
    RequestType,
    StepKind,
    StepState,
    SubjectRequest,
)
from dsar.redaction.own import own_of
from dsar.redaction.suggesting import Key, Suggested, Suggestion, suggest

#: Requests whose bundle is looked through. Not portability: what somebody has provided themself, they take as it is.
LOOKED_THROUGH = frozenset({RequestType.ACCESS})
_BATCH = 500

Found = Mapping[Key, Suggested]


def look(subject_request: SubjectRequest, contents: BundleContents, *, progress: Callable[[str], None]) -> Found | None:
    """Return what the rows hold of other people; None where nobody asks, or what was found before still stands.

    Raises what reading the rows raises.
    """
    if subject_request.type not in LOOKED_THROUGH or not _is_new(subject_request):
        return None
    keys, marks = Keys(subject_request), defaultdict[Key, set[str]](set)
    for dataset, collection, mark in subject_request.redaction_values.values_list("dataset", "collection", "mark"):
        marks[dataset, collection].add(mark)
    known = {key: Marked(keys, found) for key, found in marks.items()}
    return suggest(contents, own=own_of(contents), known=lambda key: known.get(key, ()), progress=progress)


def _is_new(subject_request: SubjectRequest) -> bool:
    """Tell whether rows were collected since they were looked through."""
    review = RedactionReview.objects.filter(subject_request=subject_request).first()
    if review is None:
        return True
    collected = subject_request.steps.filter(kind=StepKind.COLLECT, state=StepState.DONE)
    return collected.filter(finished_at__gt=review.looked_at).exists()


def write(subject_request: SubjectRequest, found: Found, *, now: datetime) -> None:
    """List what was found, in the caller's transaction. What was decided before stays decided."""
    keys, before = Keys(subject_request), _before(subject_request)
    beyond = {":".join(key): item.beyond for key, item in found.items() if item.beyond}
    new, changed = list[RedactionValue](), list[RedactionValue]()
    for key, item in found.items():
        for form, suggestion in item.suggestions.items():
            row = before.pop((*key, keys.mark(form)), None)
            (new if row is None else changed).append(
                _filled(row or _row(subject_request, key, keys.mark(form)), keys, suggestion)
            )
    RedactionValue.objects.bulk_create(new, batch_size=_BATCH)
    RedactionValue.objects.bulk_update(changed, ["sealed", "places"], batch_size=_BATCH)
    _forget(before)
    RedactionReview.objects.update_or_create(
        subject_request=subject_request, defaults={"looked_at": now, "beyond": beyond}
    )
    note(
        subject_request,
        "redaction.suggested",
        by=None,
        at=now,
        values=len(new),
        collections=sum(bool(item.suggestions) for item in found.values()),
        beyond=sum(beyond.values()),
    )


def _before(subject_request: SubjectRequest) -> dict[tuple[str, str, str], RedactionValue]:
    return {(row.dataset, row.collection, row.mark): row for row in subject_request.redaction_values.all()}


def _row(subject_request: SubjectRequest, key: Key, mark: str) -> RedactionValue:
    return RedactionValue(subject_request=subject_request, dataset=key[0], collection=key[1], mark=mark)


def _filled(row: RedactionValue, keys: Keys, suggestion: Suggestion) -> RedactionValue:
    row.kind = row.kind or suggestion.kind.value
    row.places = suggestion.places
    row.sealed = keys.seal(suggestion.value, suggestion.contexts)
    return row


def _forget(left: Mapping[tuple[str, str, str], RedactionValue]) -> None:
    """Delete what is not found any more, but for what a reviewer has hidden or added."""
    gone = [row.pk for row in left.values() if not row.by_hand and row.verdict != RedactionVerdict.HIDE]
    RedactionValue.objects.filter(pk__in=gone).delete()
