"""A request before it is sent: kept in the session, so that back, reload and a second press do no harm."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.http import HttpRequest

from dsar.forms.person import dispute_in_words
from dsar.forms.stops import EVERYTHING_WORD
from dsar.models import RequestType
from dsar.restrictions import EVERYTHING

_DRAFT, _SENT = "draft", "sent"
#: Tokens of sent drafts that are remembered, so that pressing "send" again leads to the same request.
_REMEMBERED = 10


@dataclass
class Draft:
    """`token` makes sending twice one request. `dispute`, `objection`, `restriction`, `narrow` are the answers of
    their forms.
    """

    type: str = ""
    question: str = ""
    email: str = ""
    residence: str = ""
    dispute: dict[str, str] = field(default_factory=dict)
    objection: dict[str, Any] = field(default_factory=dict)
    restriction: dict[str, Any] = field(default_factory=dict)
    narrow: dict[str, Any] = field(default_factory=dict)
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    @property
    def words(self) -> str:
        """What was written for this type, "" where nothing was or has to be. What it was for another type is kept."""
        if self.type == RequestType.HUMAN_REVIEW:
            return dispute_in_words(self.dispute)
        if self.type == RequestType.ENQUIRY:
            return self.question
        return str(self.stop.get("words", ""))

    @property
    def stop(self) -> Mapping[str, Any]:
        """What was answered about a stop; nothing for other types."""
        stops = {RequestType.OBJECTION: self.objection, RequestType.RESTRICTION: self.restriction}
        return stops.get(RequestType(self.type), {}) if self.type else {}

    @property
    def purposes(self) -> tuple[str, ...]:
        return tuple(EVERYTHING if name == EVERYTHING_WORD else name for name in self.stop.get("purposes", ()))


def load(request: HttpRequest) -> Draft:
    """Return the session's draft, or a fresh one that is not kept yet."""
    kept = request.session.get(_DRAFT)
    return Draft(**kept) if kept else Draft()


def load_for(request: HttpRequest, request_type: RequestType) -> Draft | None:
    """Return the session's draft where it is of a type, else None; one that is over is begun again by what is sent.

    A page that was open for longer than the session still says what it is about: nothing that was typed is lost.
    """
    draft = load(request)
    if request.method == "POST" and not draft.type:
        draft.type = request_type
    return draft if draft.type == request_type else None


def keep(request: HttpRequest, draft: Draft) -> None:
    request.session[_DRAFT] = asdict(draft)


def sent(request: HttpRequest, draft: Draft, reference: str) -> None:
    """Drop the draft and remember which request it became."""
    request.session.pop(_DRAFT, None)
    known = dict(list(request.session.get(_SENT, {}).items())[-_REMEMBERED + 1 :])
    request.session[_SENT] = {**known, draft.token: reference}


def sent_as(request: HttpRequest, token: str) -> str | None:
    """Return the reference that a draft of this session was sent as."""
    reference: str | None = request.session.get(_SENT, {}).get(token)
    return reference


def was_sent_here(request: HttpRequest, reference: str) -> bool:
    """Tell whether this session filed the request: it may see that it was filed, without an account."""
    return reference in request.session.get(_SENT, {}).values()
