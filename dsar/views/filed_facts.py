"""What belongs to a request from its filing, for the person's page and the case."""

from __future__ import annotations

from typing import Any

from dsar.actions.narrowing import NARROWED_TYPES
from dsar.bundle.part import read_part
from dsar.models import SubjectRequest


def filed_facts(subject_request: SubjectRequest) -> dict[str, Any]:
    """Return what was asked for, where it is less than everything."""
    part = read_part(subject_request.narrowing, zone=subject_request.tenant.time_zone)
    return {"part": part if subject_request.type in NARROWED_TYPES and not part.is_whole else None}
