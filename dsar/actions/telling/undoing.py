"""An erasure was undone: whoever was told of it, or may have been, is told that."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.audit import together
from accounts.models import OutgoingEmail, Tenant
from dsar.actions.telling import notices
from dsar.actions.telling.calling_off import call_off
from dsar.actions.telling.tellings import Telling, concerned
from dsar.emails import recipients as recipient_emails
from dsar.models import NoticeKind, SubjectRequest
from dsar.tenantmap import tenant_map

NOT_NEEDED = "The erasure was undone before they were told of it."


def tell_undone(
    tenant: Tenant, reference: str, *, datasets: Collection[str] | None, now: datetime
) -> tuple[Telling, ...]:
    """Tell the recipients of these datasets, or of all, each once however often it is asked; return who is told now.

    A webhook that nobody has tried to reach yet is not told anything any more. Raises DataMapError, StoreConfigError.
    """
    subject_request = SubjectRequest.objects.filter(tenant=tenant, reference=reference).first()
    if subject_request is None:
        return ()
    with transaction.atomic(), together():
        # Two that undo the same at once would tell twice.
        SubjectRequest.objects.select_for_update(no_key=True).get(pk=subject_request.pk)
        found = tuple(_to_tell(subject_request, datasets, now=now))
        notices.write(subject_request, found, _message(subject_request, now=now), now=now)
    return found


def _to_tell(subject_request: SubjectRequest, datasets: Collection[str] | None, *, now: datetime) -> Iterator[Telling]:
    rows = {(row.kind, row.system, row.name): row for row in subject_request.recipient_notices.all()}
    data_map = tenant_map(subject_request.tenant).platform.data_map
    keys = {item.key for item in data_map.collections() if datasets is None or item.dataset in datasets}
    for item in concerned(data_map, keys):
        who = (item.system, item.recipient.name)
        told = rows.get((NoticeKind.ERASURE, *who))
        if told is None or told.given_up_at or (NoticeKind.ERASURE_UNDONE, *who) in rows:
            continue
        if not call_off(told, NOT_NEEDED, now=now):
            yield item


def _message(subject_request: SubjectRequest, *, now: datetime) -> notices.Message[Telling]:
    def email(item: Telling, receipt_path: str) -> OutgoingEmail:
        return recipient_emails.recipient_undone(
            subject_request, to=item.recipient.email, receipt_path=receipt_path, undone_at=now, now=now
        )

    return notices.Message(NoticeKind.ERASURE_UNDONE, now, email, _data)


def _data(_item: Telling) -> dict[str, Any]:
    """Return nothing more: the reference is that of the erasure, and whose it was was forgotten with it."""
    return {}
