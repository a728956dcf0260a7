"""What happened to a case, by whom and when: its part of the audit trail, in the trail's own words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEvent, User
from accounts.models.audit import ActorKind
from dsar.forms.verbs_in_words import in_words
from dsar.models import SubjectRequest
from dsar.views.desk.changes import name_of

_MOST_SHOWN = 60
#: Steps, openings and who was told are many, and stand in the trail itself.
_PASSED_OVER = Q(verb__startswith="step.") | Q(verb__startswith="recipient") | Q(verb="request.opened")


@dataclass(frozen=True, slots=True)
class Happened:
    """One event: who it was, what they did as the end of a sentence that begins with them, and when."""

    who: str | Promise
    words: str | Promise
    at: datetime


def history(subject_request: SubjectRequest) -> list[Happened]:
    """Return the latest events first."""
    events = AuditEvent.objects.filter(
        tenant=subject_request.tenant,
        target_type=SubjectRequest._meta.model_name,
        target_id=str(subject_request.pk),
    )
    latest = list(events.exclude(_PASSED_OVER).order_by("-sequence")[:_MOST_SHOWN])
    members = _members(latest)
    return [Happened(_who(event, members), in_words(event.verb), event.at) for event in latest]


def _members(events: Iterable[AuditEvent]) -> dict[int, User]:
    keys = {event.actor_id for event in events if event.actor_kind == ActorKind.STAFF and event.actor_id}
    return User.objects.in_bulk(keys)


def _who(event: AuditEvent, members: dict[int, User]) -> str | Promise:
    if event.actor_kind == ActorKind.SUBJECT:
        return _("The person")
    if event.actor_kind == ActorKind.SYSTEM:
        return _("The portal")
    member = members.get(event.actor_id or 0)
    return name_of(member) if member else _("A former colleague")
