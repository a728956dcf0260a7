"""What the page of a case offers a reviewer now. The actions check all of it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from accounts.permissions import Permission, permissions_of
from dsar import queries
from dsar.models import RequestType, Status, SubjectRequest
from dsar.models.choices import UNWALKED_TYPES
from dsar.views.common import signed_in, tenant_of


@dataclass(frozen=True, slots=True)
class _Standing:
    """A request as this reviewer has it before them. `reviewing` and `waiting`: it waits for a decision, a release."""

    request: SubjectRequest
    may: frozenset[Permission]
    is_own: bool
    decided_before: bool
    is_open: bool
    reviewing: bool
    waiting: bool

    @property
    def may_decide(self) -> bool:
        return Permission.DECIDE in self.may

    def reviews(self, request_type: RequestType) -> bool:
        return self.reviewing and self.request.type == request_type


def what_is_allowed(request: HttpRequest, subject_request: SubjectRequest, facts: Mapping[str, Any]) -> dict[str, bool]:
    """Return, by the names that the templates know, what is offered; `facts` are those of the page."""
    stands = _standing(request, subject_request)
    return {
        "is_own": stands.is_own,
        "decided_before": stands.decided_before,
        "may_read": Permission.READ_PAYLOADS in stands.may and not stands.is_own,
        "may_hold": stands.may_decide and not stands.is_own,
        **_of_work(stands, facts),
        **_of_words(stands),
        **_of_stop(stands, facts["stop"]),
        **_of_agent(stands, facts["agent"]),
    }


def _standing(request: HttpRequest, subject_request: SubjectRequest) -> _Standing:
    account = signed_in(request)
    is_own = queries.is_own(account=account, subject_request=subject_request)
    is_open = not subject_request.is_final and not is_own
    # Nothing is decided while an answer is awaited.
    is_free = is_open and not any(pause.is_open_question for pause in subject_request.pauses.all())
    return _Standing(
        request=subject_request,
        may=permissions_of(account, tenant_of(request)),
        is_own=is_own,
        decided_before=queries.has_decided_before(account=account, subject_request=subject_request),
        is_open=is_open,
        reviewing=is_free and subject_request.status == Status.AWAITING_REVIEW,
        waiting=is_free and subject_request.status == Status.AWAITING_RELEASE,
    )


def _of_work(stands: _Standing, facts: Mapping[str, Any]) -> dict[str, bool]:
    """Tell of what is collected, erased or corrected."""
    erasure, correction, redaction = facts["erasure"], facts["correction"], facts["redaction"]
    looked_at = erasure or correction
    has_failed = bool(queries.open_failures(stands.request))
    has_begun = looked_at is not None and looked_at.order.begun_at is not None
    is_settled = correction is None and (erasure is None or erasure.can_be_approved)
    is_whole = not has_failed and looked_at is None and (redaction is None or redaction.is_settled)
    is_being_made = looked_at is None or looked_at.is_being_made
    is_walked = stands.request.type not in UNWALKED_TYPES
    has_values = correction is not None and correction.preview is not None
    may_except = Permission.RECORD_EXCEPTION in stands.may
    return {
        "may_release": stands.waiting and is_whole and Permission.RELEASE in stands.may,
        "may_retry": stands.waiting and has_failed and stands.may_decide,
        "may_except": stands.waiting and has_failed and erasure is None and may_except,
        "may_approve": stands.reviewing and is_walked and is_settled and stands.may_decide,
        "may_look_again": not is_being_made and (stands.reviewing or stands.waiting) and stands.may_decide,
        "may_decide_correction": has_values and stands.reviewing and Permission.READ_PAYLOADS in stands.may,
        "may_deny": stands.is_open and not has_begun and not stands.decided_before and stands.may_decide,
    }


def _of_words(stands: _Standing) -> dict[str, bool]:
    """Tell of what is asked in words and answered in words."""
    may_answer = Permission.ANSWER_ENQUIRY in stands.may
    is_anothers = not stands.decided_before
    return {
        "may_answer": stands.reviews(RequestType.ENQUIRY) and may_answer,
        "may_conclude": stands.reviews(RequestType.HUMAN_REVIEW) and stands.may_decide,
        "may_decide_appeal": stands.reviews(RequestType.APPEAL) and is_anothers and stands.may_decide,
    }


def _of_stop(stands: _Standing, stop: Any) -> dict[str, bool]:
    may = stop is not None and not stands.is_own and stands.may_decide
    return {
        "may_grant": may and stands.reviewing,
        "may_lift": may and stands.request.is_final and stop.can_be_lifted,
        "may_keep": may and stop.lifting_at is not None,
    }


def _of_agent(stands: _Standing, agent: Any) -> dict[str, bool]:
    may = agent is not None and agent.decided_at is None and stands.is_open and stands.may_decide
    has_copy = agent is not None and agent.confirmed_at is not None and agent.copy_allowed
    return {
        "may_accept_agent": may and (has_copy or agent.is_for_the_team),
        "may_refuse_agent": may and agent.is_for_the_team,
    }
