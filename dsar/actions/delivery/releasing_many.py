"""Release what is ready of a page, each by the same action as on its case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from dsar import queries
from dsar.actions.assigning.many import Done
from dsar.actions.delivery.releasing import OwnRequestError, ReleaseError, release
from dsar.models import Status, SubjectRequest
from dsar.models.transitions import ImpossibleMoveError


def looked_over(requests: Sequence[SubjectRequest], *, by: User) -> list[Done]:
    """Tell which could be released now by this reviewer, and why not the others. The release itself looks again."""
    return [Done(item, _hindrance(item, by=by)) for item in requests]


def release_many(requests: Sequence[SubjectRequest], *, by: User, now: datetime) -> list[Done]:
    """Release each in a transaction of its own: one that is refused keeps none of the others back."""
    return [_each(item, by=by, now=now) for item in requests]


def _each(subject_request: SubjectRequest, *, by: User, now: datetime) -> Done:
    try:
        release(subject_request, by=by, now=now)
    except (ReleaseError, OwnRequestError, ImpossibleMoveError) as error:
        return Done(subject_request, str(error))
    return Done(subject_request)


def _hindrance(subject_request: SubjectRequest, *, by: User) -> str:
    if queries.is_own(account=by, subject_request=subject_request):
        return _("This is your own request: somebody else has to decide it.")
    if subject_request.is_final:
        return _("It is closed.")
    if subject_request.status != Status.AWAITING_RELEASE:
        return _("It does not wait for its release.")
    if queries.open_failures(subject_request):
        return _("A store failed: try again, or record why it is released without.")
    return "" if queries.current_bundle(subject_request) else _("There is no bundle to release yet.")
