"""Against which answer one can appeal, and the appeal itself: a new request, linked to the old one."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User
from dsar.actions import intake
from dsar.models import RequestType, Status, SubjectRequest

#: What has been answered. Who withdrew a request can ask again.
_ANSWERED = frozenset({Status.FULFILLED, Status.DENIED})


class NoAppealError(Exception):
    """There is nothing to appeal against; the message says why, for the person."""


class AppealedBeforeError(NoAppealError):
    """The answer was appealed against before: `appeal`."""

    def __init__(self, appeal: SubjectRequest) -> None:
        super().__init__("You have asked once already that somebody looks at this answer again.")
        self.appeal = appeal


def appeal_against(subject_request: SubjectRequest) -> SubjectRequest | None:
    """Return the appeal against a request's answer, if there is one."""
    return SubjectRequest.objects.filter(appeal_of=subject_request).first()


def check(subject_request: SubjectRequest) -> None:
    """Raise NoAppealError unless the person can appeal against the answer. There is one appeal for each."""
    if subject_request.type == RequestType.APPEAL:
        raise NoAppealError(gettext("Somebody else has looked at it again already. There is no appeal against that."))
    if subject_request.status not in _ANSWERED:
        raise NoAppealError(gettext("This request has no answer that you could appeal against."))
    appeal = appeal_against(subject_request)
    if appeal is not None:
        raise AppealedBeforeError(appeal)
    if subject_request.texts_deleted_at is not None:
        raise NoAppealError(gettext("What was written about this request is deleted. Ask again, as a new request."))


def appeal(
    subject_request: SubjectRequest, *, words: str, account: User, language: str, now: datetime
) -> SubjectRequest:
    """File an appeal against the answer to a request of the account's own; sent twice it is one.

    Raises NoAppealError, or FilingError where nothing was written or too much.
    """
    token = f"appeal:{subject_request.reference}"
    filed = SubjectRequest.objects.filter(tenant=subject_request.tenant, filing_token=token).first()
    if filed is not None and filed.question == words.strip():
        return filed
    with transaction.atomic():
        # Whoever comes second waits here, and then finds the first one's appeal.
        locked = SubjectRequest.objects.select_for_update(of=("self",), no_key=True).get(pk=subject_request.pk)
        check(locked)
        filing = intake.Filing(
            type=RequestType.APPEAL,
            email=account.email,
            token=token,
            question=words,
            language=language,
            residence=subject_request.residence,
            appeal_of=locked,
        )
        return intake.file_request(tenant=subject_request.tenant, filing=filing, account=account, now=now)
