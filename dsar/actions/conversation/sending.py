"""Either side writes to the other. The message itself is never mailed: who reads it signs in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext

from accounts.audit import Actor, together
from accounts.models import User
from dsar.actions.conversation import asking, writing
from dsar.actions.conversation.writing import MessageError
from dsar.actions.delivery.releasing import refuse_own
from dsar.actions.trail import note
from dsar.emails import conversation as emails
from dsar.models import Message, SubjectRequest

#: Messages of the person in a day: each is mailed to the team.
MOST_A_DAY = 30


def answer_back(
    subject_request: SubjectRequest, *, text: str, files: Sequence[bytes], token: str, by: User, now: datetime
) -> Message:
    """The person writes; where they were asked something, this is the answer, and the clocks go on.

    Raises MessageError, ProofRefusedError, ImpossibleMoveError.
    """
    with transaction.atomic(), together():
        writing.lock(subject_request)
        before = writing.sent_before(subject_request, token=token, text=text)
        if before is not None:
            return before
        _refuse_flood(subject_request, now=now)
        message = writing.write(subject_request, text=text, files=files, token=token, from_team=None, now=now)
        is_answer = asking.answered(subject_request, now=now)
        verb = "request.question_answered" if is_answer else "message.sent"
        note(subject_request, verb, by=Actor.subject(by), at=now, files=len(files))
        emails.message_from_person(subject_request, is_answer=is_answer, now=now)
    return message


def tell_person(
    subject_request: SubjectRequest, *, text: str, files: Sequence[bytes], token: str, by: User, now: datetime
) -> Message:
    """A member of the team writes. Raises OwnRequestError, MessageError, ProofRefusedError, ImpossibleMoveError."""
    refuse_own(subject_request, by=by)
    with transaction.atomic(), together():
        writing.lock(subject_request)
        before = writing.sent_before(subject_request, token=token, text=text)
        if before is not None:
            return before
        message = writing.write(subject_request, text=text, files=files, token=token, from_team=by, now=now)
        note(subject_request, "message.sent", by=by, at=now, files=len(files))
        emails.message_from_team(subject_request, now=now)
    return message


def _refuse_flood(subject_request: SubjectRequest, *, now: datetime) -> None:
    since = now - timedelta(days=1)
    if subject_request.messages.filter(is_from_team=False, sent_at__gt=since).count() >= MOST_A_DAY:
        raise MessageError(gettext("You have sent many messages today. Write the next one tomorrow."))
