"""Our words in the Data Rights Protocol 1.0's, for agents and for whoever reads the register from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dsar.models.choices import DenialReason, RequestType, Status


@dataclass(frozen=True, slots=True)
class OutsideStatus:
    """The protocol's `status` and, where the status alone does not tell it, its `reason`."""

    status: str
    reason: str = ""


STATUSES: Mapping[Status, OutsideStatus] = {
    Status.AWAITING_VERIFICATION: OutsideStatus("in_progress", "need_user_verification"),
    Status.AWAITING_REVIEW: OutsideStatus("in_progress"),
    Status.FULFILLING: OutsideStatus("in_progress"),
    Status.AWAITING_RELEASE: OutsideStatus("in_progress"),
    Status.FULFILLED: OutsideStatus("fulfilled"),
    Status.DENIED: OutsideStatus("denied"),  # its reason is the request's own: see REASONS
    Status.WITHDRAWN: OutsideStatus("revoked"),
}

#: The rights that the protocol knows under each type; none where only the portal itself knows it.
EXERCISES: Mapping[RequestType, frozenset[str]] = {
    RequestType.ACCESS: frozenset({"access", "access:categories", "access:specific"}),
    RequestType.PORTABILITY: frozenset(),
    RequestType.RECTIFICATION: frozenset(),
    RequestType.ERASURE: frozenset({"deletion"}),
    RequestType.OBJECTION: frozenset({"sale:opt-out"}),
    RequestType.RESTRICTION: frozenset(),
    RequestType.HUMAN_REVIEW: frozenset(),
    RequestType.ENQUIRY: frozenset(),
    RequestType.APPEAL: frozenset(),
}

REASONS: Mapping[DenialReason, str] = {
    DenialReason.SUSPECTED_FRAUD: "suspected_fraud",
    DenialReason.INSUF_VERIFICATION: "insuf_verification",
    DenialReason.NO_MATCH: "no_match",
    DenialReason.CLAIM_NOT_COVERED: "claim_not_covered",
    DenialReason.OUTSIDE_JURISDICTION: "outside_jurisdiction",
    DenialReason.TOO_MANY_REQUESTS: "too_many_requests",
    DenialReason.OTHER: "other",
}
