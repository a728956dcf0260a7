"""The team asks the person something: the clocks stand still until they answer, for 14 days at most."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext

from accounts.audit import together
from accounts.models import User
from dsar.actions.conversation import writing
from dsar.actions.conversation.writing import MessageError
from dsar.actions.delivery.releasing import refuse_own
from dsar.actions.pausing import end_pauses
from dsar.actions.trail import note
from dsar.emails import conversation as emails
from dsar.emails.requests import review_needed
from dsar.models import (
    Clarification,
    ClockPause,
    Decision,
    DecisionKind,
    Message,
    RequestType,
    Status,
    SubjectRequest,
)
from dsar.models.transitions import ImpossibleMoveError

LAPSE_AFTER = timedelta(days=14)
REMIND_AFTER = (timedelta(days=3), timedelta(days=10))
#: Where the team waits for nothing but its own decision.
ASKED_IN = frozenset({Status.AWAITING_REVIEW, Status.AWAITING_RELEASE})
_PAUSE = "waiting for your answer to our question"


def ask(
    subject_request: SubjectRequest, *, text: str, files: Sequence[bytes], token: str, by: User, now: datetime
) -> Message:
    """Ask the person; the status stays and the clocks stand still, the law's too where that law says so.

    Raises OwnRequestError, MessageError, ProofRefusedError, ImpossibleMoveError.
    """
    refuse_own(subject_request, by=by)
    with transaction.atomic(), together():
        writing.lock(subject_request)
        before = writing.sent_before(subject_request, token=token, text=text)
        if before is not None:
            return before
        _check(subject_request, text)
        message = writing.write(subject_request, text=text, files=files, token=token, from_team=by, now=now)
        pause = ClockPause.objects.create(
            subject_request=subject_request, reason=_PAUSE, is_clarification=True, started_at=now
        )
        Clarification.objects.create(message=message, pause=pause)
        Decision.objects.create(subject_request=subject_request, kind=DecisionKind.ASK, by=by, at=now)
        note(subject_request, "request.asked", by=by, at=now)
        emails.question_asked(subject_request, answer_by=now + LAPSE_AFTER, now=now)
    return message


def _check(subject_request: SubjectRequest, text: str) -> None:
    if subject_request.status not in ASKED_IN:
        raise ImpossibleMoveError(
            gettext("A question can be asked while the request waits for a decision or its release.")
        )
    if subject_request.pauses.filter(ended_at=None).exists():
        raise MessageError(gettext("We are waiting for an answer of the person already, and the clock stands still."))
    if subject_request.type == RequestType.RECTIFICATION and subject_request.correction.proposed_at is None:
        raise MessageError(gettext("The person is asked what is wrong as soon as every store was looked at."))
    if not text.strip():
        raise MessageError(gettext("Write what you want to know."))


def open_question(subject_request: SubjectRequest) -> Clarification | None:
    """Return the question that the person owes an answer to."""
    open_ones = Clarification.objects.filter(message__subject_request=subject_request, pause__ended_at=None)
    return open_ones.select_related("message", "pause").first()


def answered(subject_request: SubjectRequest, *, now: datetime) -> bool:
    """Let the clocks go on where the person has answered, in the transaction of the answer; return whether they had to.

    A message of somebody who was asked nothing moves no clock.
    """
    question = open_question(subject_request)
    if question is None:
        return False
    _end(subject_request, question, Clarification.End.ANSWERED, now=now)
    return True


def go_on(subject_request: SubjectRequest, *, by: User, now: datetime) -> None:
    """Go on without the answer. Raises OwnRequestError, MessageError, ImpossibleMoveError."""
    refuse_own(subject_request, by=by)
    with transaction.atomic(), together():
        writing.lock(subject_request)
        question = open_question(subject_request)
        if question is None:
            raise MessageError(gettext("No question is open any more: the answer has come, or its time was over."))
        _end(subject_request, question, Clarification.End.NOT_AWAITED, now=now)
        Decision.objects.create(subject_request=subject_request, kind=DecisionKind.GO_ON, by=by, at=now)
        note(subject_request, "request.went_on", by=by, at=now)
        emails.question_over(subject_request, is_unanswered=False, now=now)


def lapse(*, now: datetime) -> int:
    """Go on without answers that did not come in 14 days, remind of the others twice; return how many went on."""
    questions = Clarification.objects.filter(pause__ended_at=None).select_related(
        "message__subject_request__tenant", "pause"
    )
    for number, after in enumerate(REMIND_AFTER, start=1):
        waiting = questions.filter(pause__started_at__lte=now - after, pause__started_at__gt=now - LAPSE_AFTER)
        for question in waiting.filter(reminders__lt=number):
            _remind(question, number=number, now=now)
    old = list(questions.filter(pause__started_at__lte=now - LAPSE_AFTER))
    return sum(_lapse(question, now=now) for question in old)


def _remind(question: Clarification, *, number: int, now: datetime) -> None:
    subject_request = question.message.subject_request
    open_ones = Clarification.objects.filter(pk=question.pk, pause__ended_at=None, reminders__lt=number)
    with transaction.atomic():
        if open_ones.update(reminders=number) == 1:
            answer_by = question.pause.started_at + LAPSE_AFTER
            emails.question_reminder(subject_request, answer_by=answer_by, now=now)


def _lapse(question: Clarification, *, now: datetime) -> bool:
    """Return whether it was over: not one that was answered just now."""
    subject_request = question.message.subject_request
    try:
        with transaction.atomic(), together():
            writing.lock(subject_request)
            _end(subject_request, question, Clarification.End.UNANSWERED, now=now)
            note(subject_request, "request.question_unanswered", by=None, at=now)
            emails.question_over(subject_request, is_unanswered=True, now=now)
            review_needed(subject_request, now=now)
    except ImpossibleMoveError:
        return False
    return True


def _end(subject_request: SubjectRequest, question: Clarification, end: Clarification.End, *, now: datetime) -> None:
    """End the pause on the locked row. Raises ImpossibleMoveError if it has ended meanwhile."""
    if ClockPause.objects.filter(pk=question.pause_id, ended_at=None).update(ended_at=now) != 1:
        raise ImpossibleMoveError(gettext("This question is no longer open."))
    question.end = end
    question.save(update_fields=["end"])
    subject_request.due_at = end_pauses(subject_request, now=now)
    subject_request.expected_at += now - question.pause.started_at
    subject_request.save(update_fields=["due_at", "expected_at"])
