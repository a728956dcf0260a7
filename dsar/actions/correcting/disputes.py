"""What a person says of a value that was not corrected goes with every later bundle of theirs."""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from dsar import payloads, queries
from dsar.actions.correcting.files import Proposed, read_proposals
from dsar.actions.correcting.work import order_of, shown
from dsar.actions.remains import delete
from dsar.actions.trail import note
from dsar.bundle.contents import Dispute, DisputedValue
from dsar.fulfilment.correcting.preview import Preview
from dsar.fulfilment.correcting.values import text_of
from dsar.models import DisputeStatement, SubjectRequest

#: As long as the register of requests.
KEPT = timedelta(days=730)


def leave(subject_request: SubjectRequest, *, approved: Collection[int], now: datetime) -> bool:
    """Write a statement of what was refused, in the caller's transaction; return whether anything was.

    `approved` are the numbers of the lines that are written. What no row holds any more is not disputed.
    """
    proposed = read_proposals(subject_request, order_of(subject_request))
    disputed = _disputed(proposed, shown(list(subject_request.steps.all())), approved)
    if not disputed:
        return False
    key, path = payloads.new_sealed_key(), f"disputes/{subject_request.reference}/statement.age"
    document = {"words": proposed.reason, "values": disputed}
    payloads.put(path, io.BytesIO(json.dumps(document).encode()), key=payloads.open_key(key))
    DisputeStatement.objects.create(
        subject_request=subject_request, path=path, sealed_key=key, made_at=now, expires_at=now + KEPT
    )
    note(subject_request, "dispute.stated", by=None, at=now, values=len(disputed))
    return True


def _disputed(proposed: Proposed, preview: Preview | None, approved: Collection[int]) -> list[dict[str, Any]]:
    """Return what was proposed and is not written wherever it could be; without a preview, all of it."""
    numbers = set(range(len(proposed.proposals)))
    if preview is not None:
        refused = {
            line.proposal
            for at, line in enumerate(preview.lines)
            if line.rows and not line.stays and at not in approved
        }
        numbers &= refused
    return [
        {
            "place": [*proposal.fact.place.key, proposal.fact.place.path],
            "held": text_of(proposal.fact.value, proposal.fact.data_type),
            "proposed": text_of(proposal.after, proposal.fact.data_type),
        }
        for number, proposal in enumerate(proposed.proposals)
        if number in numbers
    ]


def of_person(subject_request: SubjectRequest, *, now: datetime) -> tuple[Dispute, ...]:
    """Return every statement that goes with a bundle of this request. Raises PayloadGoneError, SealError."""
    return tuple(map(_read, _statements(subject_request).filter(expires_at__gt=now)))


def _statements(subject_request: SubjectRequest) -> QuerySet[DisputeStatement]:
    return DisputeStatement.objects.filter(subject_request__in=queries.of_same_person(subject_request), purged_at=None)


def _read(statement: DisputeStatement) -> Dispute:
    document = json.loads(payloads.read(statement.path, key=payloads.open_key(statement.sealed_key)))
    values = tuple(_value(item) for item in document["values"])
    return Dispute(document["words"], values, statement.made_at)


def _value(item: Mapping[str, Any]) -> DisputedValue:
    dataset, collection, path = item["place"]
    return DisputedValue(dataset, collection, path, item["held"], item["proposed"])


def forget(subject_request: SubjectRequest, *, now: datetime) -> None:
    """Destroy every statement of the person, in the caller's transaction: their data goes, and the dispute with it."""
    for statement in _statements(subject_request):
        _purge(statement, now=now)


def purge(*, now: datetime) -> int:
    """Destroy statements that are past their time; return how many. What is under legal hold stays."""
    free = ~queries.is_held("subject_request", now=now)
    old = list(DisputeStatement.objects.filter(free, expires_at__lte=now, purged_at=None))
    for statement in old:
        _purge(statement, now=now)
    return len(old)


def _purge(statement: DisputeStatement, *, now: datetime) -> None:
    """Destroy the key, then delete the bytes: after the first, no byte matters."""
    DisputeStatement.objects.filter(pk=statement.pk).update(sealed_key=None, purged_at=now)
    delete(statement.path)
