"""The law's term is extended, with a reason that the person reads."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User
from dsar import queries
from dsar.actions.delivery.releasing import refuse_own
from dsar.actions.review import ReviewError
from dsar.actions.trail import note
from dsar.deadlines import Rule, of_kind
from dsar.emails import conversation as emails
from dsar.models import Decision, DecisionKind, SubjectRequest
from dsar.models.transitions import ImpossibleMoveError


class ExtensionError(ReviewError):
    """The term cannot be extended; the message says why, for the reviewer."""


def extension_of(subject_request: SubjectRequest) -> Rule | None:
    """Return what the request's law allows, None where it knows no extension."""
    return of_kind(subject_request.regime, queries.kind_of(subject_request.type)).extension


def may_be_extended(subject_request: SubjectRequest, *, now: datetime) -> bool:
    """Tell whether the law's term can be extended now: once, and before the first one is over (GDPR Article 12(3))."""
    if subject_request.is_final or subject_request.extended_at is not None:
        return False
    _house, legal = queries.clocks(subject_request, now=now)
    return extension_of(subject_request) is not None and now <= legal.due_at


def extend(subject_request: SubjectRequest, *, reason: str, by: User, now: datetime) -> None:
    """Extend the law's term and tell the person why; the house promise stays as it was.

    Raises OwnRequestError, ExtensionError, ImpossibleMoveError.
    """
    refuse_own(subject_request, by=by)
    if not reason.strip():
        raise ExtensionError(gettext("Say why it takes longer: the person reads it, and the law wants it told."))
    if extension_of(subject_request) is None:
        raise ExtensionError(gettext("The law of this request knows no extension."))
    if subject_request.extended_at is None and not may_be_extended(subject_request, now=now):
        raise ExtensionError(gettext("An extension has to be told before the first term is over."))
    with transaction.atomic():
        unextended = SubjectRequest.objects.filter(pk=subject_request.pk, extended_at=None, closed_at=None)
        if unextended.update(extended_at=now) != 1:
            raise ImpossibleMoveError(gettext("The term was extended already, or the request is closed."))
        subject_request.extended_at = now
        # The share of a longer term that is used up is smaller: its warnings are given anew.
        subject_request.warnings.filter(clock=subject_request.regime).delete()
        Decision.objects.create(
            subject_request=subject_request, kind=DecisionKind.EXTEND, by=by, at=now, reason=reason.strip()
        )
        note(subject_request, "request.extended", by=by, at=now)
        _house, legal = queries.clocks(subject_request, now=now)
        emails.extended(subject_request, reason=reason.strip(), legal_due_at=legal.due_at, now=now)
