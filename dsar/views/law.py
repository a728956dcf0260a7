"""Under which law a request runs, why, and what that law wants besides an answer in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from dsar.deadlines import REGIMES, ClockReading, Reason, TraceLine, reason_of, register_until
from dsar.models import Residence, SubjectRequest
from dsar.wording import told


@dataclass(frozen=True, slots=True)
class LawView:
    """`reason` says why this law; `duties` what else is due and when. `register_until` is None before it is closed."""

    label: str
    reason: str
    duties: tuple[TraceLine, ...]
    register_text: str
    register_source: str
    register_until: datetime | None


def law_view(subject_request: SubjectRequest, *, reading: ClockReading) -> LawView:
    """Return how the law's reading of a request is explained."""
    regime, closed_at = REGIMES[reading.name], subject_request.closed_at
    zone = subject_request.tenant.time_zone
    return LawView(
        label=told(regime.label),
        reason=_reason(subject_request),
        duties=reading.duties,
        register_text=told(regime.register.text),
        register_source=told(regime.register.source),
        register_until=register_until(regime, closed_at=closed_at, zone=zone).at if closed_at else None,
    )


def _reason(subject_request: SubjectRequest) -> str:
    residence = subject_request.residence
    if not subject_request.email:  # forgotten, and with it where the person lives
        return _("The reason for this law was deleted with what was stated of the residence.")
    reason = reason_of(residence=residence)
    if reason is Reason.NOT_STATED:
        return _("No residence was stated: of the laws that the company answers under, this one was due first.")
    place = {"place": Residence(residence).label}
    if reason is Reason.RESIDENCE:
        return _("By the residence that was stated: %(place)s.") % place
    return _("No law of ours follows from what was stated (%(place)s): of the company's, this was due first.") % place
