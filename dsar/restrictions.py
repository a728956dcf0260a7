"""The one rule of what may be done with a person's data for a purpose. Whatever acts for one asks here.

It never stands in the way of a person's own request, nor of mail about one: those are for no purpose of the company's.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.addresses import address_hash
from accounts.emails import normal_email
from accounts.models import Tenant
from dsar import queries
from dsar.models import Ground, NoticeKind, Purpose, RecipientNotice, Restriction, StopWriting, SubjectRequest

#: The purpose of a restriction of every use.
EVERYTHING = ""
#: Whoever says so wants the data kept.
_PRESERVING = (Ground.UNLAWFUL, Ground.CLAIMS)


def in_force(tenant: Tenant) -> QuerySet[Restriction]:
    """Return the restrictions of a tenant's people that hold now."""
    return Restriction.objects.filter(tenant=tenant, since__isnull=False, ended_at=None)


def of_address(*, tenant: Tenant, email: str) -> QuerySet[Restriction]:
    """Return what holds for an address: asked for under it, or by the account that has it now. Raises KeyringError."""
    own = Q(address_hash=address_hash(tenant, email))
    has_it = Q(
        subject_request__account__emailaddress__email=normal_email(email),
        subject_request__account__emailaddress__verified=True,
    )
    return in_force(tenant).filter(own | has_it).distinct()


def of_person(subject_request: SubjectRequest) -> QuerySet[Restriction]:
    """Return what holds for whoever filed a request."""
    own = queries.of_same_person(subject_request).values("pk")
    return in_force(subject_request.tenant).filter(subject_request__in=own)


def restricted(*, tenant: Tenant, email: str) -> frozenset[str]:
    """Return the purposes that are stopped for an address, EVERYTHING among them. Raises KeyringError."""
    return frozenset(of_address(tenant=tenant, email=email).values_list("purpose", flat=True))


def may_act(*, tenant: Tenant, email: str, purpose: str) -> bool:
    """Return whether data of whoever has the address may be used for a purpose now. Raises KeyringError.

    It may while no restriction forbids it (GDPR Article 18(2)); for a Purpose they must have switched it on, too.
    """
    return purpose in allowed([purpose], tenant=tenant, email=email)


def allowed(purposes: Iterable[str], *, tenant: Tenant, email: str) -> frozenset[str]:
    """Return those of some purposes that may be acted on now. Raises KeyringError."""
    stopped = restricted(tenant=tenant, email=email)
    if EVERYTHING in stopped:
        return frozenset()
    switched_on = queries.switched_on(tenant=tenant, email=email)
    return frozenset(
        purpose
        for purpose in purposes
        if purpose not in stopped and (purpose in switched_on or purpose not in Purpose.values)
    )


def preserving() -> QuerySet[Restriction]:
    """Return the restrictions of every tenant under which data must not be deleted by its age.

    Those of every use, and those whose ground is that the data is to stay: one of a single purpose says nothing of how
    long data is kept.
    """
    kept = Q(purpose=EVERYTHING) | Q(ground__in=_PRESERVING)
    return Restriction.objects.filter(kept, since__isnull=False, ended_at=None)


def is_kept(*, now: datetime) -> Q:
    """Return the condition on requests whose texts stay: a legal hold, or a restriction that needs them.

    A restriction keeps the request that it came of: without it nobody could be told before it is lifted, what stood in
    the stores could not be put back, and recipients not be told of its end. One under which data is kept keeps the
    person's other requests as well.
    """
    told = RecipientNotice.objects.filter(subject_request=OuterRef("subject_request"), kind=NoticeKind.RESTRICTION)
    left = Q(before__isnull=False) | (Q(done_at=None) & Q(Exists(told)))
    to_be_written = StopWriting.objects.filter(left, subject_request=OuterRef("pk"))
    own = Restriction.objects.filter(subject_request=OuterRef("pk"), since__isnull=False, ended_at=None)
    same = Q(subject_request__account=OuterRef("account")) | (
        Q(subject_request__email=OuterRef("email")) & ~Q(subject_request__email="")
    )
    others = preserving().filter(same, tenant=OuterRef("tenant"))
    return Q(queries.is_held("pk", now=now)) | Q(Exists(own)) | Q(Exists(others)) | Q(Exists(to_be_written))
