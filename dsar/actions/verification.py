"""The person proves who asks."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext

from accounts.address_changes import cooling_off_until
from accounts.audit import Actor, together
from accounts.keyring import tenant_hmac_key
from accounts.models import User
from dsar import queries
from dsar.actions.agents.asking import authority_of, link_token
from dsar.actions.correcting import opening as correcting
from dsar.actions.erasing.deciding import open_order
from dsar.actions.fulfilment.planning import begin, columns_for_steps
from dsar.actions.restricting import ending
from dsar.actions.restricting import opening as stopping
from dsar.actions.suspending import due as suspending
from dsar.actions.trail import note
from dsar.deadlines import HOUSE_PROMISE
from dsar.emails import agents as agent_emails
from dsar.emails import requests as emails
from dsar.models import (
    ClockPause,
    DenialReason,
    Gate,
    Identity,
    RequestType,
    Status,
    SubjectRequest,
    VerificationCode,
)
from dsar.models.choices import STOP_TYPES, UNWALKED_TYPES
from dsar.models.transitions import Move, move
from dsar.wording import N_

CODE_LIFETIME = timedelta(minutes=10)
MOST_ATTEMPTS = 3
MOST_CODES = 5
#: What a worker looks at before a person of the team decides.
_LOOKED_AT = frozenset({RequestType.ERASURE, RequestType.RECTIFICATION})
#: A question or a stop is for people; nobody's data is deleted or changed unseen, whatever a policy says.
_ALWAYS_REVIEWED = UNWALKED_TYPES | _LOOKED_AT
LAPSE_AFTER = timedelta(days=14)
REMINDERS_AFTER = (timedelta(days=3), timedelta(days=10))


class CodeRefusedError(Exception):
    """The code does not fit, is used up or too old; the message says what to do, and not which it was."""


class TooManyCodesError(Exception):
    """No further code is mailed for this request."""


def send_code(subject_request: SubjectRequest, *, now: datetime) -> None:
    """Mail a fresh code; codes mailed before are worth nothing from here. Raises TooManyCodesError."""
    if subject_request.codes.count() >= MOST_CODES:
        raise TooManyCodesError(gettext("No more codes can be sent for this request. File it again."))
    code = f"{secrets.randbelow(10**8):08d}"
    with transaction.atomic():
        subject_request.codes.filter(used_at=None).update(used_at=now)
        VerificationCode.objects.create(
            subject_request=subject_request,
            code_hash=_code_hash(subject_request, code),
            sent_at=now,
            expires_at=now + CODE_LIFETIME,
        )
        emails.verify_code(subject_request, code=code, now=now)
        note(subject_request, "request.code_sent", by=None, at=now)


def confirm(subject_request: SubjectRequest, *, code: str, now: datetime) -> None:
    """Prove the address by a mailed code, once. Raises CodeRefusedError or ImpossibleMoveError."""
    refusal = CodeRefusedError(gettext("This code is wrong or no longer valid. Check it, or ask for a new one."))
    if subject_request.status != Status.AWAITING_VERIFICATION:
        raise refusal
    current = subject_request.codes.filter(used_at=None, expires_at__gt=now).last()
    # The attempt is counted before the code is looked at, so that guesses in parallel get no extra ones.
    if current is None or not _count_attempt(current):
        raise refusal
    if not hmac.compare_digest(current.code_hash, _code_hash(subject_request, code.strip())):
        with transaction.atomic():
            note(subject_request, "request.code_refused", by=None, at=now)
        raise refusal
    with transaction.atomic(), together():
        if subject_request.codes.filter(pk=current.pk, used_at=None).update(used_at=now) != 1:
            raise refusal
        if subject_request.type != RequestType.OBJECTION:  # which is told more
            emails.acknowledgement(subject_request, now=now)
        _confirm(subject_request, by=None, how="code", proven_by=N_("a code mailed to the address"), now=now)


def confirm_by_sign_in(subject_request: SubjectRequest, *, account: User, is_fresh: bool, now: datetime) -> None:
    """Prove the address by the signed-in account, whose address allauth has verified.

    `is_fresh`: they have just shown again who they are. Only then is the account hidden that is to be deleted, and not
    shortly after its address was replaced: neither who reads somebody's mail nor who sits down at their screen may make
    it disappear.
    """
    with transaction.atomic(), together():
        by = Actor.subject(account)
        _confirm(subject_request, by=by, how="sign_in", proven_by=N_("signed in with this verified address"), now=now)
        is_settled = cooling_off_until(account, now=now) is None
        if is_fresh and is_settled and subject_request.type == RequestType.ERASURE:
            suspending.hide(subject_request, now=now)


def confirm_for_agent(subject_request: SubjectRequest, *, proven_by: str, now: datetime) -> None:
    """Go on with what an agent filed, once the person or the team has let them; in the caller's transaction."""
    _confirm(subject_request, by=None, how="agent", proven_by=proven_by, now=now)


def lapse(*, now: datetime) -> int:
    """Close requests that were never confirmed in 14 days, remind of the others twice; return how many closed."""
    unconfirmed = SubjectRequest.objects.filter(status=Status.AWAITING_VERIFICATION).select_related("tenant")
    waiting = unconfirmed.exclude(agent__proof_path__gt="")  # there the team has to look at a permission
    for share, after in enumerate(REMINDERS_AFTER, start=1):
        for subject_request in waiting.filter(received_at__lte=now - after, received_at__gt=now - LAPSE_AFTER):
            _remind(subject_request, number=share, now=now)
    old = list(waiting.filter(received_at__lte=now - LAPSE_AFTER))
    for subject_request in old:
        _lapse(subject_request, now=now)
    return len(old)


def _remind(subject_request: SubjectRequest, *, number: int, now: datetime) -> None:
    with transaction.atomic():
        _, created = subject_request.warnings.get_or_create(clock="verify", percent=number, defaults={"given_at": now})
        authority = authority_of(subject_request) if created else None
        if authority is not None:
            agent_emails.agent_asked(subject_request, authority=authority, token=link_token(subject_request), now=now)
        elif created:
            emails.verification_reminder(subject_request, closes_at=subject_request.received_at + LAPSE_AFTER, now=now)


def _lapse(subject_request: SubjectRequest, *, now: datetime) -> None:
    with transaction.atomic():
        move(
            subject_request,
            by=Move.LAPSE,
            to=Status.DENIED,
            denial_reason=DenialReason.INSUF_VERIFICATION,
            closed_at=now,
        )
        subject_request.pauses.filter(ended_at=None).update(ended_at=now)
        if subject_request.type in STOP_TYPES:
            ending.withdraw(subject_request, by=None, now=now)
        note(subject_request, "request.denied", by=None, at=now, reason=str(DenialReason.INSUF_VERIFICATION))
        authority = authority_of(subject_request)
        if authority is None:
            emails.denied(subject_request, now=now)
        else:  # the person has been asked three times, and asked for nothing
            agent_emails.agent_told(subject_request, authority=authority, state="lapsed", now=now)


def _confirm(subject_request: SubjectRequest, *, by: Actor | None, how: str, proven_by: str, now: datetime) -> None:
    Identity.objects.create(
        subject_request=subject_request,
        kind="email",
        value=subject_request.email,
        proven_by=proven_by,
        proven_at=now,
    )
    stopped = _end_pause(subject_request, now=now)
    gate = queries.policy(subject_request.tenant).gate(subject_request.type)
    is_looked_at = subject_request.type in _LOOKED_AT
    reviewed = gate is Gate.BEFORE_FULFILMENT or subject_request.type in _ALWAYS_REVIEWED
    move(
        subject_request,
        by=Move.CONFIRM,
        to=Status.AWAITING_REVIEW if reviewed else Status.FULFILLING,
        verified_at=now,
        due_at=subject_request.received_at + HOUSE_PROMISE + stopped,
        expected_at=_expected_at(subject_request, now=now),
        **({} if reviewed and not is_looked_at else columns_for_steps(subject_request.tenant)),
    )
    note(subject_request, "request.verified", by=by, at=now, how=how)
    if subject_request.type == RequestType.ERASURE:
        open_order(subject_request, now=now)  # the team is told once there is a preview
    elif subject_request.type == RequestType.RECTIFICATION:
        correcting.open_order(subject_request, now=now)  # the person is asked once everything was looked at
    elif reviewed:
        if subject_request.type == RequestType.OBJECTION:
            stopping.begin(subject_request, now=now)
        emails.review_needed(subject_request, now=now)
    else:
        begin(subject_request, now=now)


def _expected_at(subject_request: SubjectRequest, *, now: datetime) -> datetime:
    """Return when it will likely be done; filed and verified at once, it was told that just now."""
    if subject_request.received_at == now:
        return subject_request.expected_at
    return queries.expected_at(tenant=subject_request.tenant, request_type=subject_request.type, now=now)


def _end_pause(subject_request: SubjectRequest, *, now: datetime) -> timedelta:
    """End what pauses the clock; return how long it stood still in all. Nothing paused it before it was filed."""
    if subject_request.received_at == now:
        return timedelta()
    pauses = list(ClockPause.objects.filter(subject_request=subject_request))
    if any(pause.ended_at is None for pause in pauses):
        subject_request.pauses.filter(ended_at=None).update(ended_at=now)
    return sum(((pause.ended_at or now) - pause.started_at for pause in pauses), timedelta())


def _count_attempt(code: VerificationCode) -> bool:
    counted = VerificationCode.objects.filter(pk=code.pk, used_at=None, attempts__lt=MOST_ATTEMPTS)
    return counted.update(attempts=F("attempts") + 1) == 1


def _code_hash(subject_request: SubjectRequest, code: str) -> str:
    key = tenant_hmac_key(subject_request.tenant, "verification-code")
    return hmac.new(key, f"{subject_request.pk}:{code}".encode(), hashlib.sha256).hexdigest()
