"""A value that a reviewer saw and the detector did not."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from dsar.actions.delivery.contents import gather
from dsar.actions.delivery.releasing import refuse_own
from dsar.actions.redacting import state
from dsar.actions.redacting.deciding import RedactionError, refuse_telling_words
from dsar.actions.redacting.finding import LOOKED_THROUGH
from dsar.actions.redacting.sealed import Keys
from dsar.actions.trail import note
from dsar.bundle.contents import CollectionContents
from dsar.models import HideReason, RedactionKind, RedactionValue, RedactionVerdict, SubjectRequest
from dsar.redaction.kinds import Kind
from dsar.redaction.looking_up import look_up
from dsar.redaction.own import own_of
from dsar.redaction.suggesting import Suggestion
from dsar.stores.redacting import folded

MOST_CHARACTERS = 500
_FEWEST = 2


def add(
    subject_request: SubjectRequest,
    *,
    text: str,
    where: str,
    kind: str,
    reason: str,
    words: str,
    by: User,
    now: datetime,
) -> int:
    """Hide a text in one collection ("dataset:collection") or, with `where` "", in each that has it; return its places.

    Raises RedactionError, OwnRequestError, ImpossibleMoveError.
    """
    refuse_own(subject_request, by=by)
    value = " ".join(text.split())
    _check(subject_request, value, kind, reason)
    found = _found(subject_request, value, where, Kind(kind))
    places = sum(suggestion.places for _item, suggestion in found)
    if not places:
        raise RedactionError(_("This text stands nowhere there. Copy it from the rows exactly as it is written."))
    with transaction.atomic():
        state.hold_for_release(subject_request)
        for item, suggestion in found:
            if suggestion.places:
                _write(subject_request, item, suggestion, reason=reason, words=words, by=by, now=now)
        refuse_telling_words(subject_request, [words])
        collections = sum(bool(suggestion.places) for _item, suggestion in found)
        note(subject_request, "redaction.added", by=by, at=now, collections=collections, places=places)
    return places


def _check(subject_request: SubjectRequest, value: str, kind: str, reason: str) -> None:
    if subject_request.type not in LOOKED_THROUGH:
        raise RedactionError(_("Nothing is hidden in what a person takes elsewhere: it is what they provided."))
    if sum(map(str.isalnum, value)) < _FEWEST or len(value) > MOST_CHARACTERS:
        raise RedactionError(_("Write at least two letters or digits, and no more than 500."))
    if kind not in RedactionKind.values or reason not in HideReason.values:
        raise RedactionError(_("Say why: the person reads it."))


def _found(
    subject_request: SubjectRequest, value: str, where: str, kind: Kind
) -> list[tuple[CollectionContents, Suggestion]]:
    contents = gather(subject_request, now=subject_request.received_at)
    if own_of(contents).holds(value):
        raise RedactionError(_("This is the person's own, or a part of what is: it cannot be hidden from them."))
    items = [item for store in contents.stores for item in store.collections if _is_meant(item, where)]
    return [(item, look_up(item, value, kind=kind)) for item in items]


def _is_meant(item: CollectionContents, where: str) -> bool:
    return where in ("", ":".join(item.collection.key))


def _write(
    subject_request: SubjectRequest,
    item: CollectionContents,
    suggestion: Suggestion,
    *,
    reason: str,
    words: str,
    by: User,
    now: datetime,
) -> None:
    keys = Keys(subject_request)
    dataset, collection = item.collection.key
    said = {
        "verdict": RedactionVerdict.HIDE,
        "reason": reason,
        "words": words.strip(),
        "decided_by": by,
        "decided_at": now,
    }
    told = {"sealed": keys.seal(suggestion.value, suggestion.contexts), "places": suggestion.places}
    RedactionValue.objects.update_or_create(
        subject_request=subject_request,
        dataset=dataset,
        collection=collection,
        mark=keys.mark(folded(suggestion.value)),
        defaults=said | told,
        create_defaults=said | told | {"kind": suggestion.kind.value, "by_hand": True},
    )
