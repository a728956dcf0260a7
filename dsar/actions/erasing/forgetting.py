"""What this portal itself holds of somebody whose data is erased: all of it goes, but for the bare register."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from accounts.models import OutgoingEmail, Tenant, User
from dsar import queries
from dsar.actions import expiry, preferences
from dsar.actions.correcting import disputes
from dsar.actions.purging import choosing
from dsar.actions.restricting import ending as restricting
from dsar.actions.retention.texts import BLANK, blank
from dsar.actions.telling.calling_off import call_off
from dsar.actions.trail import note
from dsar.models import (
    AcceptedMap,
    Bundle,
    Decision,
    LegalHold,
    NoticeKind,
    PreferenceChange,
    Proposal,
    PurgeApproval,
    RecipientNotice,
    SettingChange,
    SubjectRequest,
)
from dsar.models.choices import FINAL_STATUSES

#: The last message to a person: its row goes as soon as it has left.
LAST_EMAIL = "erasure_done"
ERASED_SINCE = "The person was erased before they were told of it."
#: What nobody is told any more once the data is erased.
_OVERTAKEN = (NoticeKind.CORRECTION, NoticeKind.RESTRICTION, NoticeKind.RESTRICTION_LIFTED)
_TEXTS = {**BLANK, "account": None}


def forget_person(subject_request: SubjectRequest, *, now: datetime) -> bool:
    """Forget the person of a fulfilled erasure in this tenant, in the caller's transaction; return if an account ended.

    Of closed requests date, nature and outcome stay, and all of one under legal hold. Somebody who works here, asks
    another company, or has asked something else since, keeps the account for that.
    """
    tenant, email, account = subject_request.tenant, subject_request.email, subject_request.account
    for bundle in Bundle.objects.filter(subject_request__in=_closed(subject_request, now=now), purged_at=None):
        expiry.purge_bundle(bundle, now=now)
    disputes.forget(subject_request, now=now)
    restricting.forget(subject_request, now=now)
    _call_off(subject_request, now=now)
    closed = list(_closed(subject_request, now=now).values_list("pk", flat=True))
    blank(closed)
    SubjectRequest.objects.filter(pk__in=closed).update(account=None)
    preferences.forget(tenant=tenant, email=email, now=now)
    if account is not None:
        choosing.forget(tenant=tenant, account=account, now=now)
    _forget_messages(tenant, email)
    ends = account is not None and not _is_needed(account, tenant)
    if account is not None and ends:
        account.delete()
    note(subject_request, "erasure.forgotten", by=None, at=now, requests=len(closed), account=ends)
    if subject_request.pk in closed:  # else a legal hold is on the erasure itself
        for name, value in _TEXTS.items():
            setattr(subject_request, name, value)
    return ends


def forget_last_messages() -> int:
    """Delete the rows of last messages that have left; return how many."""
    gone, _ = OutgoingEmail.objects.filter(kind=LAST_EMAIL, sent_at__isnull=False).delete()
    return gone


def _closed(subject_request: SubjectRequest, *, now: datetime) -> QuerySet[SubjectRequest]:
    """Return the person's closed requests but for what is under legal hold."""
    closed = queries.of_same_person(subject_request).filter(status__in=FINAL_STATUSES)
    return closed.filter(~queries.is_held("pk", now=now))


def _forget_messages(tenant: Tenant, email: str) -> None:
    """Delete what was sent and what waits, but for the last message."""
    OutgoingEmail.objects.filter(tenant=tenant, to__iexact=email).exclude(kind=LAST_EMAIL).delete()


def _call_off(subject_request: SubjectRequest, *, now: datetime) -> None:
    """Send nobody any more what was right of the person, or stopped: whoever had got data of theirs is to erase it."""
    theirs = RecipientNotice.objects.filter(subject_request__in=queries.of_same_person(subject_request))
    waiting = theirs.filter(kind__in=_OVERTAKEN, told_at=None, given_up_at=None)
    for notice in waiting.select_related("subject_request__tenant"):
        call_off(notice, ERASED_SINCE, now=now)


def _is_needed(account: User, tenant: Tenant) -> bool:
    # What somebody has decided over others stays, and names them.
    deciders = (Decision, LegalHold, AcceptedMap, PurgeApproval, Proposal, SettingChange)
    decided = any(model.objects.filter(by=account).exists() for model in deciders)
    decided = decided or LegalHold.objects.filter(ended_by=account).exists()
    decided = decided or Proposal.objects.filter(ended_by=account).exists()  # who confirms is a Decision's second, too
    elsewhere = PreferenceChange.objects.filter(account=account).exclude(tenant=tenant)
    return (
        account.memberships.exists()
        or account.is_staff
        or decided
        or account.subject_requests.exists()
        or elsewhere.exists()
        or queries.visible_to(account=account, tenant=tenant).exists()
    )
