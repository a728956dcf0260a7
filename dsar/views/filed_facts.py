"""What belongs to a request from its filing, for the person's page and the case."""

from __future__ import annotations

from typing import Any

from dsar.actions.agents.asking import authority_of
from dsar.actions.appealing.asking import NoAppealError, appeal_against, check
from dsar.actions.narrowing import NARROWED_TYPES
from dsar.bundle.part import read_part
from dsar.models import RequestType, SubjectRequest


def filed_facts(subject_request: SubjectRequest) -> dict[str, Any]:
    """Return what was asked for, where it is less than everything."""
    part = read_part(subject_request.narrowing, zone=subject_request.tenant.time_zone)
    return {
        "part": part if subject_request.type in NARROWED_TYPES and not part.is_whole else None,
        **_links(subject_request),
        "agent": authority_of(subject_request),
    }


def _links(subject_request: SubjectRequest) -> dict[str, Any]:
    """Return the requests that this one is linked with by an appeal, both ways."""
    is_answered = subject_request.is_final
    appeal = appeal_against(subject_request) if is_answered else None
    is_decided = is_answered and subject_request.type == RequestType.APPEAL
    anew = SubjectRequest.objects.filter(granted_by=subject_request).first() if is_decided else None
    return {
        "appeal_of": subject_request.appeal_of,
        "granted_by": subject_request.granted_by,
        "appeal": appeal,
        "filed_anew": anew,
        "may_appeal": _may_appeal(subject_request),
    }


def _may_appeal(subject_request: SubjectRequest) -> bool:
    try:
        check(subject_request)
    except NoAppealError:
        return False
    return True
