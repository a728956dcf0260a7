"""The colour, icon and words of a request's status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dsar.models import RequestType, Status, SubjectRequest


@dataclass(frozen=True, slots=True)
class StatusLook:
    """`label` is what the person reads, `team` what the reviewer reads."""

    kind: str
    icon: str
    label: str | Promise
    team: str | Promise


#: Where nothing is collected: what is approved waits for its time, or is being done.
_UNDER_WAY: Mapping[str, StatusLook] = {
    RequestType.ERASURE: StatusLook("busy", "refresh", _("Approved"), _("Approved")),
    RequestType.RECTIFICATION: StatusLook("busy", "refresh", _("Being corrected"), _("Being corrected")),
}


def look_of(subject_request: SubjectRequest) -> StatusLook:
    """Return how a request's status is shown."""
    look = LOOKS[subject_request.status]
    return _UNDER_WAY.get(subject_request.type, look) if subject_request.status == Status.FULFILLING else look


LOOKS: dict[str, StatusLook] = {
    Status.AWAITING_VERIFICATION: StatusLook(
        "warn", "mail", Status.AWAITING_VERIFICATION.label, _("Not confirmed yet")
    ),
    Status.AWAITING_REVIEW: StatusLook("note", "message-question", Status.AWAITING_REVIEW.label, _("To decide")),
    Status.FULFILLING: StatusLook("busy", "refresh", _("Collecting"), _("Collecting")),
    Status.AWAITING_RELEASE: StatusLook("note", "shield-check", Status.AWAITING_RELEASE.label, _("To release")),
    Status.FULFILLED: StatusLook("good", "circle-check", Status.FULFILLED.label, pgettext_lazy("request", "Done")),
    Status.DENIED: StatusLook("bad", "ban", Status.DENIED.label, _("Refused")),
    Status.WITHDRAWN: StatusLook("", "arrow-back-up", Status.WITHDRAWN.label, _("Withdrawn")),
}
