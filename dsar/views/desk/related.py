"""What else the same person has asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dsar import queries
from dsar.models import SubjectRequest

MOST_SHOWN = 8


@dataclass(frozen=True)
class Related:
    """`is_same` is of the same type and open too: the one may be a duplicate of the other."""

    subject_request: SubjectRequest
    is_same: bool


@dataclass(frozen=True)
class RelatedRequests:
    rows: Sequence[Related]
    has_more: bool

    @property
    def has_duplicate(self) -> bool:
        return any(row.is_same for row in self.rows)


def related(subject_request: SubjectRequest) -> RelatedRequests:
    """Return the other requests of the account or the address, the latest first."""
    others = queries.of_same_person(subject_request).exclude(pk=subject_request.pk).order_by("-received_at", "-id")
    found = list(others[: MOST_SHOWN + 1])
    rows = [Related(other, is_same=_is_duplicate(other, subject_request)) for other in found[:MOST_SHOWN]]
    return RelatedRequests(rows, has_more=len(found) > MOST_SHOWN)


def _is_duplicate(other: SubjectRequest, subject_request: SubjectRequest) -> bool:
    return other.type == subject_request.type and not other.is_final and not subject_request.is_final
