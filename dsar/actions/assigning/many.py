"""The same to many requests of a page: each on its own, and a word on each that was refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import User
from dsar.actions.assigning.one import AssignmentError, assign, give_back
from dsar.actions.delivery.releasing import OwnRequestError
from dsar.emails import desk as emails
from dsar.models import SubjectRequest


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one request; `refused` says why nothing did, "" if it was done."""

    subject_request: SubjectRequest
    refused: str = ""


def assign_many(requests: Sequence[SubjectRequest], *, to: User, by: User, now: datetime) -> list[Done]:
    """Assign each by the same action as on its case. Who gets them from somebody else gets one message, not fifty."""
    done = [_each(item, lambda item: assign(item, to=to, by=by, now=now, tell=False)) for item in requests]
    given = [item.subject_request for item in done if not item.refused]
    if given and to != by:
        with transaction.atomic():
            emails.assigned(given, to=to, by=by, now=now)
    return done


def give_back_many(requests: Sequence[SubjectRequest], *, by: User, now: datetime) -> list[Done]:
    """Let each be nobody's again."""
    return [_each(item, lambda item: give_back(item, by=by, now=now)) for item in requests]


def _each(subject_request: SubjectRequest, act: Callable[[SubjectRequest], None]) -> Done:
    try:
        act(subject_request)
    except (AssignmentError, OwnRequestError) as error:
        return Done(subject_request, str(error))
    return Done(subject_request)
