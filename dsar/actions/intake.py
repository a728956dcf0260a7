"""A request comes in."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_lazy

from accounts.address_changes import cooling_off_until
from accounts.audit import Actor, together
from accounts.emails import has_control_characters, normal_email
from accounts.models import Tenant, User
from dsar import queries
from dsar.actions import narrowing, preferences, verification
from dsar.actions.agents import opening
from dsar.actions.agents.asking import Agent, AgentError, check
from dsar.actions.proofs import ProofRefusedError
from dsar.actions.restricting import opening as stopping
from dsar.actions.trail import note
from dsar.bundle.part import WHOLE, Part
from dsar.deadlines import BY_RESIDENCE, HOUSE_PROMISE, Choice, regime_of
from dsar.emails import requests as emails
from dsar.models import ClockPause, RequestType, Status, SubjectRequest
from dsar.models.choices import STOP_TYPES, UNWALKED_TYPES, WRITTEN_TYPES
from dsar.wording import N_

#: What is fulfilled today; the form offers these and nothing else.
OFFERED_TYPES = (
    RequestType.ACCESS,
    RequestType.PORTABILITY,
    RequestType.RECTIFICATION,
    RequestType.ERASURE,
    RequestType.OBJECTION,
    RequestType.RESTRICTION,
    RequestType.HUMAN_REVIEW,
    RequestType.ENQUIRY,
)
MOST_QUESTION_CHARACTERS = 5_000
#: Unconfirmed requests under one address within a day; a person needs one, somebody who floods a mailbox many.
MOST_UNCONFIRMED = 5
#: Two questions are two; and whoever has objected to one use may object to another meanwhile.
_SEVERAL_AT_ONCE = WRITTEN_TYPES | {RequestType.OBJECTION}
_NOTHING_WRITTEN = {
    RequestType.APPEAL: gettext_lazy("Say what is wrong or missing."),
    RequestType.ENQUIRY: gettext_lazy("Write your question."),
    RequestType.HUMAN_REVIEW: gettext_lazy("Say which decision it is about, and what is wrong with it."),
}
#: Crockford's base 32: no letter that is read as a digit. 10 of them are 50 bits.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class FilingError(Exception):
    """The filing cannot be taken; the message says why, for the person."""


class AlreadyOpenError(FilingError):
    """The person has an open request of this type: `subject_request`."""

    def __init__(self, subject_request: SubjectRequest) -> None:
        super().__init__(gettext("You already have an open request of this kind."))
        self.subject_request = subject_request


@dataclass(frozen=True, slots=True)
class Filing:
    """What the form asks for. `token` is made once per draft: the same token files the same request.

    `question` is what was written, where something has to be: a question, or what is wrong with a decision.
    `purposes` and `ground` say what is to be stopped and why, of a stop or an objection (dsar.models.Restriction).
    `residence` is where the person says that they live, "" if they do not say. `part` is what of their data they want.
    `appeal_of` and `granted_by` link the request to another (dsar.models.SubjectRequest). `agent` is who files it for
    the person, where that is not themself.
    """

    type: RequestType
    email: str
    token: str
    question: str = ""
    language: str = "en"
    residence: str = ""
    purposes: tuple[str, ...] = ()
    ground: str = ""
    part: Part = WHOLE
    appeal_of: SubjectRequest | None = None
    granted_by: SubjectRequest | None = None
    agent: Agent | None = None


def file_request(
    *, tenant: Tenant, filing: Filing, account: User | None, now: datetime, is_fresh: bool = False
) -> SubjectRequest:
    """File a request, start its clocks and acknowledge it; filed twice with one token it is one request.

    With `account` (signed in, its address verified) it goes on at once; without, a code is mailed to the
    address first. `is_fresh`: whoever is signed in has just shown again who they are. Raises FilingError.
    """
    filed = SubjectRequest.objects.filter(tenant=tenant, filing_token=filing.token).first()
    if filed is not None:
        return filed
    email = _check(tenant=tenant, filing=filing, account=account, now=now)
    law = _whose_law(tenant=tenant, filing=filing, now=now)
    with transaction.atomic(), together():
        subject_request = _create(
            tenant=tenant, filing=filing, regime=law.regime, email=email, account=account, now=now
        )
        by = Actor.subject(account) if account else None
        note(subject_request, "request.filed", by=by, at=now, type=str(filing.type), **_told(law))
        if account is not None:
            preferences.adopt(tenant=tenant, account=account)
        if filing.agent is not None and filing.type not in STOP_TYPES:
            return _begin_for_agent(subject_request, filing.agent, now=now)
        if filing.type in STOP_TYPES and not _ask_to_stop(subject_request, filing, by=by, now=now):
            # An opt-out is done by then.
            return _begin_for_agent(subject_request, filing.agent, now=now) if filing.agent else subject_request
        if account is None:
            ClockPause.objects.create(
                subject_request=subject_request, reason=N_("waiting for the code that was mailed"), started_at=now
            )
            verification.send_code(subject_request, now=now)
        else:
            if filing.type != RequestType.OBJECTION:  # which is told more
                emails.acknowledgement(subject_request, now=now)
            verification.confirm_by_sign_in(subject_request, account=account, is_fresh=is_fresh, now=now)
    return subject_request


def _begin_for_agent(subject_request: SubjectRequest, agent: Agent, *, now: datetime) -> SubjectRequest:
    """Have the person asked, or the team look. Raises FilingError."""
    try:
        opening.begin(subject_request, agent, now=now)
    except ProofRefusedError as error:
        raise FilingError(str(error)) from error
    return subject_request


def _ask_to_stop(subject_request: SubjectRequest, filing: Filing, *, by: Actor | None, now: datetime) -> bool:
    """Write what is to be stopped; return whether somebody has to decide it. Raises FilingError."""
    try:
        return stopping.ask(subject_request, purposes=filing.purposes, ground=filing.ground, by=by, now=now)
    except stopping.NotAskedError as error:
        raise FilingError(str(error)) from error


def _check(*, tenant: Tenant, filing: Filing, account: User | None, now: datetime) -> str:
    if filing.type not in OFFERED_TYPES and filing.appeal_of is None:
        raise FilingError(gettext("This kind of request is not offered yet."))
    if filing.type in WRITTEN_TYPES and not filing.question.strip():
        raise FilingError(str(_NOTHING_WRITTEN[filing.type]))
    if filing.type in STOP_TYPES:
        _check_stop(filing)
    if len(filing.question) > MOST_QUESTION_CHARACTERS:
        said = gettext("Your question is longer than %(n)s characters.")
        raise FilingError(said % {"n": number_format(MOST_QUESTION_CHARACTERS, force_grouping=True)})
    _check_part(filing, tenant)
    _check_agent(filing)
    if filing.residence not in BY_RESIDENCE:
        raise FilingError(gettext("Choose where you live from the list, or leave it open."))
    email = normal_email(account.email if account else filing.email)
    if has_control_characters(filing.email) or "@" not in email or len(email) > 254:
        raise FilingError(gettext("This is not an email address."))
    if account is not None:
        _check_account(tenant=tenant, filing=filing, account=account, now=now)
    elif queries.unconfirmed_since(tenant, email, now - timedelta(days=1)) >= MOST_UNCONFIRMED:
        raise FilingError(gettext("Too many requests for this address have come unconfirmed. Try again tomorrow."))
    return email


def _check_part(filing: Filing, tenant: Tenant) -> None:
    try:
        narrowing.check(filing.part, request_type=filing.type, tenant=tenant)
    except narrowing.PartError as error:
        raise FilingError(str(error)) from error


def _check_account(*, tenant: Tenant, filing: Filing, account: User, now: datetime) -> None:
    if filing.type == RequestType.ERASURE and cooling_off_until(account, now=now) is not None:
        raise FilingError(gettext("The address of your account was changed a short while ago, so a deletion waits."))
    if filing.type in _SEVERAL_AT_ONCE:
        return
    open_one = queries.open_request(tenant=tenant, account=account, request_type=filing.type)
    if open_one is not None:
        raise AlreadyOpenError(open_one)


def _check_agent(filing: Filing) -> None:
    if filing.agent is None:
        return
    try:
        check(filing.agent, request_type=filing.type, person=filing.email)
    except AgentError as error:
        raise FilingError(str(error)) from error


def _check_stop(filing: Filing) -> None:
    words = filing.question.strip()
    try:
        stopping.check(kind=filing.type, purposes=filing.purposes, ground=filing.ground, words=words)
    except stopping.NotAskedError as error:
        raise FilingError(str(error)) from error


def _whose_law(*, tenant: Tenant, filing: Filing, now: datetime) -> Choice:
    return regime_of(
        residence=filing.residence,
        defaults=queries.policy(tenant).regimes,
        kind=queries.kind_of(filing.type),
        received_at=now,
        zone=tenant.time_zone,
    )


def _told(law: Choice) -> dict[str, str]:
    """Return for the trail why it is this law, and which of the policy's were weighed: the policy may change later on.

    A law that follows from a residence is not named: the trail outlives the request, and it would tell where one lives.
    """
    weighed = {"law_weighed": ".".join(law.weighed)} if law.weighed else {}
    return {"law_by": str(law.reason), **weighed}


def _create(
    *, tenant: Tenant, filing: Filing, regime: str, email: str, account: User | None, now: datetime
) -> SubjectRequest:
    return SubjectRequest.objects.create(
        reference=new_reference(),
        tenant=tenant,
        account=account,
        email=email,
        type=filing.type,
        status=Status.AWAITING_VERIFICATION,
        question=filing.question.strip() if filing.type in UNWALKED_TYPES else "",
        language=filing.language,
        residence=filing.residence,
        appeal_of=filing.appeal_of,
        granted_by=filing.granted_by,
        narrowing={} if filing.part.is_whole else filing.part.document(),
        regime=regime,
        filing_token=filing.token,
        received_at=now,
        due_at=now + HOUSE_PROMISE,
        expected_at=queries.expected_at(tenant=tenant, request_type=filing.type, now=now),
    )


def new_reference() -> str:
    """Return a fresh reference such as R-7K3Q-92XD-4M: 50 random bits, safe to read aloud."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(10))
    return f"R-{letters[:4]}-{letters[4:8]}-{letters[8:]}"
