"""The conversation of a case, its notes, and what of it is offered to a member of the team."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from accounts.permissions import Permission, permissions_of
from dsar import queries
from dsar.actions.conversation.asking import ASKED_IN
from dsar.actions.conversation.noting import colleagues
from dsar.actions.conversation.reading import has_read
from dsar.actions.extending import extension_of, may_be_extended
from dsar.deadlines import of_kind
from dsar.forms.conversation import ExtendForm, NoteForm, TeamMessageForm
from dsar.models import RequestType, Status, SubjectRequest
from dsar.views.common import signed_in, tenant_of
from dsar.views.conversation import conversation, extension_reason
from dsar.views.desk.texts import text_choices
from dsar.wording import told

_MOST_NOTES = 200


def talk_allowed(
    request: HttpRequest, subject_request: SubjectRequest, *, is_own: bool, now: datetime
) -> dict[str, bool]:
    """Return what may be said on this case now; the actions check it again."""
    may = permissions_of(signed_in(request), tenant_of(request))
    is_open = not subject_request.is_final and subject_request.status != Status.AWAITING_VERIFICATION
    decides = Permission.DECIDE in may and not is_own
    is_paused = any(pause.ended_at is None for pause in subject_request.pauses.all())
    reads = Permission.READ_PAYLOADS in may and not is_own
    is_asked_in = subject_request.status in ASKED_IN and not _is_yet_to_ask(subject_request)
    return {
        "may_talk": reads,
        "may_write": decides and is_open,
        "may_ask": decides and is_asked_in and not is_paused,
        "may_note": reads and subject_request.texts_deleted_at is None,
        "may_extend": decides and may_be_extended(subject_request, now=now),
    }


def _is_yet_to_ask(subject_request: SubjectRequest) -> bool:
    """Tell whether a correction's person is still to be asked what is wrong: that is a question of its own."""
    return subject_request.type == RequestType.RECTIFICATION and subject_request.correction.proposed_at is None


def talk_facts(subject_request: SubjectRequest, allowed: Mapping[str, bool], *, now: datetime) -> dict[str, Any]:
    """Return what the page says of it, and note that it was read."""
    law = of_kind(subject_request.regime, queries.kind_of(subject_request.type))
    talk = conversation(subject_request, for_team=True)
    facts: dict[str, Any] = {
        "law_stops": bool(law.stop),
        "law_label": told(law.label),
        "extension": extension_of(subject_request),
        "extension_reason": extension_reason(subject_request),
        "extend_form": ExtendForm(),
        "talk": talk,
    }
    if not allowed["may_talk"]:
        return facts
    if talk.has_new:
        has_read(subject_request, is_team=True, now=now)
    notes = subject_request.notes.select_related("by").prefetch_related("mentioned").order_by("-at", "-id")
    return facts | {
        "message_form": TeamMessageForm(templates=text_choices(subject_request.tenant)),
        "notes": list(reversed(notes[:_MOST_NOTES])),
        "note_form": NoteForm(),
        "colleagues": colleagues(subject_request),
    }
