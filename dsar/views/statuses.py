"""The colour, icon and words of a request's status."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dsar.models import RequestType, Status, SubjectRequest


@dataclass(frozen=True, slots=True)
class StatusLook:
    """`label` is what the person reads, `team` what the reviewer reads."""

    kind: str
    icon: str
    label: str | Promise
    team: str | Promise


#: A deletion waits for its time or is under way: nothing is collected.
_DELETING = StatusLook("busy", "refresh", _("Approved"), _("Approved"))


def look_of(subject_request: SubjectRequest) -> StatusLook:
    """Return how a request's status is shown."""
    if subject_request.type == RequestType.ERASURE and subject_request.status == Status.FULFILLING:
        return _DELETING
    return LOOKS[subject_request.status]


LOOKS: dict[str, StatusLook] = {
    Status.AWAITING_VERIFICATION: StatusLook(
        "warn", "mail", Status.AWAITING_VERIFICATION.label, _("Not confirmed yet")
    ),
    Status.AWAITING_REVIEW: StatusLook("note", "message-question", Status.AWAITING_REVIEW.label, _("To decide")),
    Status.FULFILLING: StatusLook("busy", "refresh", Status.FULFILLING.label, _("Collecting")),
    Status.AWAITING_RELEASE: StatusLook("note", "shield-check", Status.AWAITING_RELEASE.label, _("To release")),
    Status.FULFILLED: StatusLook("good", "circle-check", Status.FULFILLED.label, _("Done")),
    Status.DENIED: StatusLook("bad", "ban", Status.DENIED.label, _("Refused")),
    Status.WITHDRAWN: StatusLook("", "arrow-back-up", Status.WITHDRAWN.label, _("Withdrawn")),
}
