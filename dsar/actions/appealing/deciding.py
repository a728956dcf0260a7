"""Another reviewer decides an appeal: the answer stands, or the work is done again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from accounts.audit import together
from accounts.models import User
from dsar.actions import intake
from dsar.actions.delivery.releasing import refuse_own
from dsar.actions.trail import note
from dsar.bundle.part import read_part
from dsar.emails import appeals as emails
from dsar.models import Decision, DecisionKind, Outcome, RequestType, Status, SubjectRequest
from dsar.models.choices import APPEAL_OUTCOMES, STOP_TYPES
from dsar.models.transitions import Move, move


class AppealError(Exception):
    """The decision lacks something or does not fit; the message says what, for the reviewer."""


def decide(subject_request: SubjectRequest, *, outcome: str, text: str, by: User, now: datetime) -> None:
    """Decide an appeal and say why; granted, what was asked for is filed anew, with clocks of its own.

    Raises OwnRequestError (also for whoever decided what it is against), AppealError or ImpossibleMoveError.
    """
    refuse_own(subject_request, by=by)
    if subject_request.type != RequestType.APPEAL:
        raise AppealError(gettext("This request is no appeal."))
    if outcome not in APPEAL_OUTCOMES:
        raise AppealError(gettext("Choose what becomes of the appeal."))
    if not text.strip():
        raise AppealError(gettext("Say why: the person reads it."))
    with transaction.atomic(), together():
        changes = {"answer": text.strip(), "outcome": Outcome(outcome), "closed_at": now}
        move(subject_request, by=Move.ANSWER, to=Status.FULFILLED, **changes)
        Decision.objects.create(subject_request=subject_request, kind=DecisionKind.ANSWER, by=by, at=now)
        note(subject_request, "appeal.decided", by=by, at=now, outcome=outcome)
        anew = _file_anew(subject_request, now=now) if outcome == Outcome.GRANTED else None
        emails.appealed(subject_request, anew=anew, now=now)


def _file_anew(appeal: SubjectRequest, *, now: datetime) -> SubjectRequest:
    """File what was asked for again, or take what the person has asked again meanwhile. Raises AppealError."""
    old = appeal.appeal_of
    if old is None or old.texts_deleted_at is not None:
        raise AppealError(gettext("What was asked for is deleted: say in your answer that the person can ask again."))
    try:
        anew = intake.file_request(tenant=appeal.tenant, filing=_again(old, appeal), account=appeal.account, now=now)
    except intake.AlreadyOpenError as error:
        anew = error.subject_request
        if anew.granted_by_id is None:
            anew.granted_by = appeal
            anew.save(update_fields=["granted_by"])
    except intake.FilingError as error:
        raise AppealError(gettext("It cannot be filed again as it was: %(why)s") % {"why": error}) from error
    return anew


def _again(old: SubjectRequest, appeal: SubjectRequest) -> intake.Filing:
    stopped = list(old.restrictions.all()) if old.type in STOP_TYPES else []
    return intake.Filing(
        type=RequestType(old.type),
        email=appeal.email,
        token=f"granted:{appeal.reference}",
        question=old.question,
        language=appeal.language,
        residence=old.residence,
        purposes=tuple(row.purpose for row in stopped),
        ground=next((row.ground for row in stopped), "") if old.type == RequestType.RESTRICTION else "",
        part=read_part(old.narrowing, zone=old.tenant.time_zone),
        granted_by=appeal,
    )
