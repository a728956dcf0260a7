"""The person says what is right."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from accounts.audit import Actor, together
from accounts.models import User
from dsar.actions.correcting.files import read_facts, write_proposals
from dsar.actions.correcting.work import latest_facts
from dsar.actions.fulfilment.planning import look
from dsar.actions.pausing import end_pauses
from dsar.actions.trail import note
from dsar.fulfilment.correcting.proposal import Fact, Proposal
from dsar.fulfilment.correcting.values import ValueRefusedError, as_read, form_of, text_of, value_of, with_plain_ends
from dsar.models import CorrectionOrder, Status, SubjectRequest
from dsar.models.transitions import ImpossibleMoveError

MOST_REASON_CHARACTERS = 5_000


class ProposalError(Exception):
    """What was proposed cannot be taken; `errors` says it of single facts by their numbers, "" of all together."""

    def __init__(self, message: str, errors: Mapping[int, str] | None = None) -> None:
        super().__init__(message)
        self.errors = errors or {}


def what_may_be_corrected(subject_request: SubjectRequest) -> tuple[tuple[Fact, ...], str] | None:
    """Return what the person may correct now, and the sha256 by which the form names it; None where they cannot.

    Raises PayloadGoneError, SealError, ValuesChangedError.
    """
    open_orders = CorrectionOrder.objects.filter(subject_request=subject_request, proposed_at=None)
    step = latest_facts(list(subject_request.steps.all()))
    if subject_request.status != Status.AWAITING_REVIEW or step is None or not open_orders.exists():
        return None
    return read_facts(subject_request, step), step.report["facts_sha256"]


def propose(
    subject_request: SubjectRequest,
    *,
    texts: Mapping[int, str],
    reason: str,
    shown: str,
    by: User,
    now: datetime,
    proof: bytes | None = None,
) -> None:
    """Take what the person wrote for facts, by their numbers, and have a worker look where each is held.

    `shown` is the sha256 of what they saw; a `reason` or a file as `proof` says why. Raises ProposalError,
    ProofRefusedError, ImpossibleMoveError.
    """
    found = what_may_be_corrected(subject_request)
    if found is None:
        raise ImpossibleMoveError(gettext("You have told us already what is wrong, or this request is closed."))
    facts, sha256 = found
    if sha256 != shown:
        raise ProposalError(gettext("What we hold was looked up anew: look at it again."))
    proposals = _read(facts, texts)
    if not proposals:
        raise ProposalError(gettext("Nothing is changed yet: write what is right into the field that is wrong."))
    if not (reason.strip() or proof) or len(reason) > MOST_REASON_CHARACTERS:
        said = gettext("Say why, in %(n)s characters at most, or add a file.")
        raise ProposalError(said % {"n": MOST_REASON_CHARACTERS})
    path, proposed = write_proposals(subject_request, proposals, reason.strip(), proof)
    with transaction.atomic(), together():
        orders = CorrectionOrder.objects.filter(subject_request=subject_request, proposed_at=None)
        if orders.update(proposed_at=now, path=path, proposals_sha256=proposed) != 1:
            raise ImpossibleMoveError(gettext("You have told us already what is wrong."))
        _go_on(subject_request, now=now)
        note(subject_request, "correction.proposed", by=Actor.subject(by), at=now, proposals=len(proposals))
        look(subject_request, now=now)


def _read(facts: tuple[Fact, ...], texts: Mapping[int, str]) -> list[Proposal]:
    """Return what differs from what is held. Raises ProposalError."""
    proposals, errors = [], {}
    for number, fact in enumerate(facts):
        text = texts.get(number)
        if text is None or _is_as_held(text, fact):
            continue
        try:
            after = value_of(text, fact.data_type, fact.length)
        except ValueRefusedError as error:
            errors[number] = str(error)
            continue
        if form_of(after, fact.data_type) != form_of(fact.value, fact.data_type):
            proposals.append(Proposal(fact, after))
    if errors:
        raise ProposalError(gettext("Some of it cannot be written so."), errors)
    return proposals


def _is_as_held(text: str, fact: Fact) -> bool:
    """Tell whether a field was left as its form shows it, or as it would in English."""
    held = (tell(fact.value, fact.data_type) for tell in (as_read, text_of))
    return with_plain_ends(text) in map(with_plain_ends, held)


def _go_on(subject_request: SubjectRequest, *, now: datetime) -> None:
    """Let the clock go on; what it stood still is added to the term of the house promise."""
    waiting = SubjectRequest.objects.filter(pk=subject_request.pk, status=Status.AWAITING_REVIEW)
    if waiting.update(due_at=end_pauses(subject_request, now=now)) != 1:
        raise ImpossibleMoveError(gettext("This request is closed."))
