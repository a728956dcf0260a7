"""The payload of a closed request goes: its texts, identities and steps, and whom it was filed under."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.audit import Target, record
from accounts.models import Tenant
from dsar import queries, restrictions
from dsar.actions import expiry
from dsar.actions.remains import delete
from dsar.actions.retention.batches import BATCH, in_batches, lock
from dsar.actions.trail import note
from dsar.models import (
    AgentAuthority,
    Bundle,
    Certificate,
    Decision,
    Identity,
    InternalNote,
    Message,
    Proposal,
    RequestType,
    Step,
    SubjectRequest,
    VerificationCode,
)

#: What a request says once its texts are gone; date, nature and outcome stay (design.md, Two retentions).
BLANK: Mapping[str, str | dict[str, Any]] = {
    "question": "",
    "answer": "",
    "explanation": "",
    "email": "",
    "residence": "",
    "narrowing": {},
}


def delete_texts(*, now: datetime, size: int = BATCH) -> int:
    """Delete the texts of requests that were closed PAYLOAD_DAYS ago, `size` requests at a time; return of how many.

    What a killed run leaves the next one does. A request waits until its bundles have expired.
    """
    _destroy_keys(now=now)
    _blank_objections(now=now)
    count = 0
    for tenant in Tenant.objects.order_by("pk"):
        for keys in in_batches(_due(now=now).filter(tenant=tenant), size=size):
            count += _delete(tenant, keys, now=now)
    return count


def blank(requests: Sequence[int]) -> int:
    """Delete what requests say and whom they are of, in the caller's transaction; return how many rows went."""
    identities, _ = Identity.objects.filter(subject_request__in=requests).delete()
    said = _delete_conversation(requests)
    Decision.objects.filter(subject_request__in=requests).exclude(reason="").update(reason="")
    Proposal.objects.filter(subject_request__in=requests).update(reason="", end_reason="")
    agents = AgentAuthority.objects.filter(subject_request__in=requests)
    agents.update(name="", organisation="", email="", reason="")
    SubjectRequest.objects.filter(pk__in=requests).update(**BLANK)
    return identities + said


def _delete_conversation(requests: Sequence[int]) -> int:
    """Delete what was written of them, in the caller's transaction; files have gone with the requests' keys."""
    messages, _ = Message.objects.filter(subject_request__in=requests).delete()
    notes, _ = InternalNote.objects.filter(subject_request__in=requests).delete()
    return messages + notes


def _blank_objections(*, now: datetime) -> None:
    """Delete the words of objections that were granted and hold for good; whom to ask before they end stays."""
    granted = SubjectRequest.objects.filter(
        _old(now=now), ~queries.is_held("pk", now=now), type=RequestType.OBJECTION, texts_deleted_at=None
    )
    words = {name: empty for name, empty in BLANK.items() if name != "email"}
    said = Q()
    for name, empty in words.items():
        said |= ~Q(**{name: empty})
    for keys in in_batches(granted.filter(said, restrictions.is_kept(now=now)), size=BATCH):
        Decision.objects.filter(subject_request__in=keys).exclude(reason="").update(reason="")
        _delete_conversation(keys)
        Proposal.objects.filter(subject_request__in=keys).update(reason="", end_reason="")
        SubjectRequest.objects.filter(pk__in=keys).update(**words)


def _old(*, now: datetime) -> Q:
    """Return the condition on requests that were closed so long ago."""
    return Q(closed_at__lte=now - timedelta(days=settings.PAYLOAD_DAYS))


def _due(*, now: datetime) -> QuerySet[SubjectRequest]:
    closed = SubjectRequest.objects.filter(_old(now=now), texts_deleted_at=None, sealed_key=None)
    to_be_fetched = Bundle.objects.filter(purged_at=None).values("subject_request")
    certified = Certificate.objects.filter(purged_at=None).values("subject_request")
    return closed.filter(~restrictions.is_kept(now=now)).exclude(pk__in=to_be_fetched).exclude(pk__in=certified)


def _delete(tenant: Tenant, keys: Sequence[int], *, now: datetime) -> int:
    with transaction.atomic():
        requests = lock(SubjectRequest.objects.filter(pk__in=keys, texts_deleted_at=None), now=now)
        _give_to_accounts(requests)
        steps, _ = Step.objects.filter(subject_request__in=requests).delete()
        codes, _ = VerificationCode.objects.filter(subject_request__in=requests).delete()
        rows = blank(requests) + steps + codes
        SubjectRequest.objects.filter(pk__in=requests).update(texts_deleted_at=now)
        if requests:
            facts = {"requests": len(requests), "rows": rows}
            target = Target("tenant", str(tenant.pk))
            record(tenant=tenant, verb="retention.texts_deleted", by=None, at=now, target=target, facts=facts)
    return len(requests)


def _give_to_accounts(requests: Sequence[int]) -> None:
    """Leave a request with the account that sees it by its proven address (queries.visible_to): that address goes."""
    filed = SubjectRequest.objects.filter(pk__in=requests, account=None, verified_at__isnull=False)
    by_email: dict[str, list[int]] = {}
    for key, email in filed.exclude(email="").values_list("pk", "email"):
        by_email.setdefault(email, []).append(key)
    addresses = EmailAddress.objects.filter(verified=True, email__in=by_email)
    for address, account in addresses.values_list("email", "user"):
        SubjectRequest.objects.filter(pk__in=by_email[address]).update(account=account)


def _destroy_keys(*, now: datetime) -> None:
    """Destroy what expiry has left so long: a bundle without an end, a certificate past its own, a request's key."""
    free = ~queries.is_held("subject_request", now=now)
    over = Q(expires_at=None) | Q(expires_at__lte=now)
    old = SubjectRequest.objects.filter(_old(now=now), texts_deleted_at=None)
    bundles = Bundle.objects.filter(free, over, purged_at=None, subject_request__in=old)
    for bundle in bundles.select_related("subject_request__tenant")[:BATCH]:
        expiry.purge_bundle(bundle, now=now)
    certificates = Certificate.objects.filter(free, over, purged_at=None, subject_request__in=old)
    for certificate in certificates.select_related("subject_request__tenant")[:BATCH]:
        _purge_certificate(certificate, now=now)
    collected = old.filter(~queries.is_held("pk", now=now), sealed_key__isnull=False)
    for subject_request in collected.select_related("tenant")[:BATCH]:
        expiry.purge_collected(subject_request, now=now)


def _purge_certificate(certificate: Certificate, *, now: datetime) -> None:
    """Destroy a certificate's key and delete its bytes."""
    with transaction.atomic():
        kept = Certificate.objects.filter(pk=certificate.pk, purged_at=None)
        if kept.update(sealed_key=None, secret_hash="", purged_at=now) == 1:
            note(certificate.subject_request, "certificate.purged", by=None, at=now)
    delete(f"certificates/{certificate.subject_request.reference}")
