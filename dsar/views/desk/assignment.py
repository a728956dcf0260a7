"""Who has a request and who looks at it now, as its case shows it (templates/dsar/desk/_assignment.html)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from accounts.models import User
from accounts.permissions import Permission, permissions_of
from dsar import queries
from dsar.actions import looking
from dsar.models import SubjectRequest
from dsar.views.common import signed_in
from dsar.views.desk.people import Assignee, assignee, name_of


@dataclass(frozen=True, slots=True)
class Assignment:
    """`members` are whom it can be assigned to beside whoever looks; `is_live`: whether it is still open."""

    assignee: Assignee | None
    viewers: list[str]
    members: list[tuple[int, str]]
    may_assign: bool
    is_live: bool


def assignment(request: HttpRequest, subject_request: SubjectRequest, *, now: datetime) -> Assignment:
    """Return who has the request as the signed-in member of the team reads it."""
    account = signed_in(request)
    members = list(queries.reviewers(subject_request.tenant).order_by("name", "email"))
    is_open = not subject_request.is_final
    may = Permission.DECIDE in permissions_of(account, subject_request.tenant)
    is_own = queries.is_own(account=account, subject_request=subject_request)
    others = [member for member in members if member.pk not in (account.pk, subject_request.assigned_to_id)]
    return Assignment(
        assignee(subject_request.assigned_to, me=account.pk, members=[member.pk for member in members]),
        looking_now(subject_request, by=account, now=now),
        [(member.pk, name_of(member)) for member in others],
        may_assign=is_open and may and not is_own,
        is_live=is_open,
    )


def looking_now(subject_request: SubjectRequest, *, by: User, now: datetime) -> list[str]:
    """Return who else has the case open now, by name."""
    found = looking.who_looks([subject_request.pk], but=by.pk, now=now)
    return [name_of(user) for user in found.get(subject_request.pk, [])]
