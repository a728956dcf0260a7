"""The way of a request (design.md section 4): what is not in this table is impossible."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext

from dsar.models.choices import FINAL_STATUSES, Status
from dsar.models.clock import ClockPause
from dsar.models.request import SubjectRequest


class Move(StrEnum):
    """What moves a request from one status to another."""

    CONFIRM = "confirm"
    LAPSE = "lapse"  # nothing came for 14 days
    APPROVE = "approve"
    ANSWER = "answer"
    GRANT = "grant"  # a stop, which holds at once
    SETTLE = "settle"  # nothing to prove and nothing to decide: an opt-out
    FINISH = "finish"  # the last step is done
    RELEASE = "release"
    REWORK = "rework"  # try again, or pack anew
    LOOK_AGAIN = "look_again"  # the rows of an erasure are others than were approved
    DENY = "deny"
    WITHDRAW = "withdraw"


_OPEN = tuple(status for status in Status if status not in FINAL_STATUSES)

TRANSITIONS: Mapping[tuple[Status, Move], frozenset[Status]] = {
    (Status.AWAITING_VERIFICATION, Move.CONFIRM): frozenset({Status.AWAITING_REVIEW, Status.FULFILLING}),
    (Status.AWAITING_VERIFICATION, Move.LAPSE): frozenset({Status.DENIED}),
    (Status.AWAITING_VERIFICATION, Move.SETTLE): frozenset({Status.FULFILLED}),
    (Status.AWAITING_REVIEW, Move.APPROVE): frozenset({Status.FULFILLING}),
    (Status.AWAITING_REVIEW, Move.ANSWER): frozenset({Status.FULFILLED}),
    (Status.AWAITING_REVIEW, Move.GRANT): frozenset({Status.FULFILLED}),
    (Status.FULFILLING, Move.FINISH): frozenset({Status.FULFILLED, Status.AWAITING_RELEASE}),
    (Status.FULFILLING, Move.LOOK_AGAIN): frozenset({Status.AWAITING_REVIEW}),
    (Status.AWAITING_RELEASE, Move.LOOK_AGAIN): frozenset({Status.AWAITING_REVIEW}),
    (Status.AWAITING_RELEASE, Move.RELEASE): frozenset({Status.FULFILLED}),
    (Status.AWAITING_RELEASE, Move.REWORK): frozenset({Status.FULFILLING}),
    **{(status, Move.DENY): frozenset({Status.DENIED}) for status in _OPEN},
    **{(status, Move.WITHDRAW): frozenset({Status.WITHDRAWN}) for status in _OPEN},
}


#: Where the person may be asked something; a refusal or a withdrawal needs no answer any more.
_WAITING = frozenset({Status.AWAITING_REVIEW, Status.AWAITING_RELEASE})
_ENDS = frozenset({Move.DENY, Move.WITHDRAW})


class ImpossibleMoveError(Exception):
    """The request's status does not allow this, or somebody else moved it first. The message is for people."""


def move(subject_request: SubjectRequest, *, by: Move, to: Status, **changes: Any) -> None:
    """Change the status from what the instance holds, compare and swap, in the caller's transaction.

    `changes` are other columns that change with it. The instance gets the new values; its other columns stay as they
    were read. Raises ImpossibleMoveError when the table has no such move, when the row has changed meanwhile, or while
    the person owes an answer.
    """
    check_move(subject_request, by=by, to=to)
    come_from = Status(subject_request.status)
    moved = SubjectRequest.objects.filter(pk=subject_request.pk, status=come_from).update(status=to, **changes)
    if moved != 1:
        raise ImpossibleMoveError(gettext("Somebody else has just changed this request. Look at it again."))
    if come_from in _WAITING and by not in _ENDS:
        _refuse_while_asked(subject_request)
    for name, value in {"status": to, **changes}.items():
        setattr(subject_request, name, value)


def check_move(subject_request: SubjectRequest, *, by: Move, to: Status) -> None:
    """Raise ImpossibleMoveError when the table has no such move from what the instance holds."""
    come_from = Status(subject_request.status)
    if to not in TRANSITIONS.get((come_from, by), frozenset()):
        said = gettext("A request that is “%(now)s” cannot become “%(to)s”.")
        raise ImpossibleMoveError(said % {"now": come_from.label, "to": to.label})


def _refuse_while_asked(subject_request: SubjectRequest) -> None:
    """Raise ImpossibleMoveError while a question of the team is open.

    Asked once the row is ours: who asks locks it too, so that no question is left open in a status that knows none.
    """
    asked = ClockPause.objects.filter(subject_request=subject_request, is_clarification=True, ended_at=None)
    if asked.exists():
        raise ImpossibleMoveError(gettext("You wait for an answer of the person. Go on without it first."))
