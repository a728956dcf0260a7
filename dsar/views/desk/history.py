"""What happened to a case, by whom and when: its part of the audit trail, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEvent, User
from accounts.models.audit import ActorKind
from dsar.models import SubjectRequest
from dsar.views.desk.changes import name_of

_MOST_SHOWN = 60
#: What a reviewer wants to know; steps and openings are many, and stand in the trail itself.
VERBS: dict[str, str | Promise] = {
    "request.filed": _("Filed"),
    "request.code_sent": _("A code was mailed"),
    "request.code_refused": _("A wrong code was entered"),
    "request.verified": _("Identity proven"),
    "request.withdrawn": _("Withdrawn"),
    "request.approved": _("Approved"),
    "request.denied": _("Refused"),
    "request.answered": _("Answered"),
    "request.reviewed": _("Decision looked at again"),
    "request.retried": _("Failed stores tried again"),
    "request.exception_recorded": _("A store left out"),
    "request.asked": _("Asked the person; the clock stands still"),
    "request.question_answered": _("The person answered; the clock goes on"),
    "request.question_unanswered": _("No answer in 14 days; the clock goes on"),
    "request.went_on": _("Went on without an answer"),
    "request.extended": _("The law’s term extended"),
    "request.warned": _("The team was warned of a clock"),
    "message.sent": _("Message sent"),
    "message.file_fetched": _("A file was fetched"),
    "note.written": _("Note written"),
    "correction.proposed": _("The person said what is wrong"),
    "correction.approved": _("Correction approved"),
    "correction.looked_at": _("Values were read"),
    "correction.begun": _("Correction began"),
    "correction.proven": _("Correction read back"),
    "erasure.approved": _("Deletion approved"),
    "erasure.looked_again": _("Stores looked at again"),
    "erasure.begun": _("Deletion began"),
    "erasure.changed_since": _("Rows changed since the approval"),
    "erasure.proven": _("Deletion read back"),
    "erasure.account_hidden": _("Account hidden"),
    "erasure.account_shown": _("Account shown again"),
    "bundle.packed": _("Bundle packed"),
    "bundle.released": _("Bundle released"),
    "bundle.sealed_to_person": _("Bundle sealed to the person"),
    "bundle.downloaded": _("Bundle downloaded"),
    "bundle.download_refused": _("A download was refused"),
    "bundle.sampled": _("A sample was read"),
    "bundle.purged": _("Bundle deleted"),
    "payload.purged": _("What was collected was deleted"),
    "restriction.granted": _("Stop granted"),
    "restriction.lifting": _("Stop to be lifted"),
    "restriction.kept": _("Stop kept after all"),
    "restriction.ended": _("Stop ended"),
    "hold.set": _("Legal hold set"),
    "hold.lifted": _("Legal hold ended"),
}


@dataclass(frozen=True, slots=True)
class Happened:
    """One event: what, when, and who it was."""

    title: str | Promise
    at: datetime
    who: str | Promise


def history(subject_request: SubjectRequest) -> list[Happened]:
    """Return the latest events first."""
    events = AuditEvent.objects.filter(
        tenant=subject_request.tenant,
        target_type=SubjectRequest._meta.model_name,
        target_id=str(subject_request.pk),
        verb__in=VERBS,
    )
    latest = list(events.order_by("-sequence")[:_MOST_SHOWN])
    members = _members(latest)
    return [Happened(VERBS[event.verb], event.at, _who(event, members)) for event in latest]


def _members(events: Iterable[AuditEvent]) -> dict[int, User]:
    keys = {event.actor_id for event in events if event.actor_kind == ActorKind.STAFF and event.actor_id}
    return User.objects.in_bulk(keys)


def _who(event: AuditEvent, members: dict[int, User]) -> str | Promise:
    if event.actor_kind == ActorKind.SUBJECT:
        return _("the person")
    if event.actor_kind == ActorKind.SYSTEM:
        return _("by itself")
    member = members.get(event.actor_id or 0)
    return name_of(member) if member else _("a former colleague")
