"""Assign a request to a member of the team, or to nobody again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from dsar import queries
from dsar.actions.delivery.releasing import refuse_own
from dsar.actions.trail import note
from dsar.emails import desk as emails
from dsar.models import SubjectRequest


class AssignmentError(Exception):
    """The request cannot be assigned like this; the message says why, for whoever assigns."""


def assign(subject_request: SubjectRequest, *, to: User, by: User, now: datetime, tell: bool = True) -> None:
    """Give an open request to a reviewer; who gets it from somebody else is told by email, unless `tell` is False.

    It moves from whom the instance says it is with. Raises OwnRequestError or AssignmentError.
    """
    _check(subject_request, by=by)
    if subject_request.assigned_to_id == to.pk:
        raise AssignmentError(_("You have it already.") if to == by else _("That person has it already."))
    if not queries.reviewers(subject_request.tenant).filter(pk=to.pk).exists():
        raise AssignmentError(_("Only a reviewer of this team can have a request."))
    if queries.is_own(account=to, subject_request=subject_request):
        raise AssignmentError(_("It is their own request: somebody else has to decide it."))
    with transaction.atomic():
        _move(subject_request, to=to)
        note(subject_request, "request.assigned", by=by, at=now, assignee=to.pk)
        if tell and to != by:
            emails.assigned([subject_request], to=to, by=by, now=now)


def give_back(subject_request: SubjectRequest, *, by: User, now: datetime) -> None:
    """Let an open request be nobody's again. Raises OwnRequestError or AssignmentError."""
    _check(subject_request, by=by)
    if subject_request.assigned_to_id is None:
        raise AssignmentError(_("Nobody has it."))
    with transaction.atomic():
        _move(subject_request, to=None)
        note(subject_request, "request.unassigned", by=by, at=now)


def _check(subject_request: SubjectRequest, *, by: User) -> None:
    refuse_own(subject_request, by=by)  # nor does anybody choose who decides over themselves
    if subject_request.is_final:
        raise AssignmentError(_("It is closed."))


def _move(subject_request: SubjectRequest, *, to: User | None) -> None:
    """Compare and swap: of two who take a request at once, the second is told."""
    rows = SubjectRequest.objects.filter(
        pk=subject_request.pk, closed_at=None, assigned_to=subject_request.assigned_to_id
    )
    if rows.update(assigned_to=to) != 1:
        raise AssignmentError(_("Somebody else has just changed this request. Look at it again."))
    subject_request.assigned_to = to
