"""What a tenant's policy wants two people for."""

from __future__ import annotations

from dsar import queries
from dsar.actions.erasing.work import latest_preview, shown
from dsar.fulfilment.erasing.preview import Preview
from dsar.models import DenialReason, RequestType, SubjectRequest

#: Refusals as manifestly unfounded or excessive: the controller bears the burden of proof (GDPR Article 12(5)).
GROUNDS_OF_TWO = frozenset({DenialReason.TOO_MANY_REQUESTS, DenialReason.SUSPECTED_FRAUD})


def erasure_needs_two(subject_request: SubjectRequest) -> bool:
    """Tell whether so much would be erased that two people decide it. Without a preview nothing can be said: no."""
    policy = queries.policy(subject_request.tenant)
    if subject_request.type != RequestType.ERASURE or not policy.two_for_erasure:
        return False
    preview = preview_of(subject_request)
    if preview is None:
        return False
    collections = sum(1 for part in preview.parts.values() if part.to_do)
    return preview.to_do >= policy.two_from_rows or collections >= policy.two_from_collections


def refusal_needs_two(subject_request: SubjectRequest, *, ground: str) -> bool:
    """Tell whether a refusal on this ground is decided by two people."""
    return ground in GROUNDS_OF_TWO and queries.policy(subject_request.tenant).two_for_refusal


def exception_needs_two(subject_request: SubjectRequest) -> bool:
    """Tell whether two people decide that a request is released without a store that failed."""
    return queries.policy(subject_request.tenant).two_for_exception


def preview_of(subject_request: SubjectRequest) -> Preview | None:
    """Return what the last preview has shown, None where there is none yet."""
    latest = latest_preview(list(subject_request.steps.all()))
    return shown(latest) if latest is not None else None
