"""A request before it is sent: kept in the session, so that back, reload and a second press do no harm."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, field

from django.http import HttpRequest

from dsar.forms import dispute_in_words
from dsar.models import RequestType

_DRAFT, _SENT = "draft", "sent"
#: Tokens of sent drafts that are remembered, so that pressing "send" again leads to the same request.
_REMEMBERED = 10


@dataclass
class Draft:
    """`token` makes sending twice one request. `dispute` has the answers of a DisputeForm."""

    type: str = ""
    question: str = ""
    email: str = ""
    residence: str = ""
    dispute: dict[str, str] = field(default_factory=dict)
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    @property
    def words(self) -> str:
        """What was written for this type, "" where nothing was or has to be. What it was for another type is kept."""
        if self.type == RequestType.HUMAN_REVIEW:
            return dispute_in_words(self.dispute)
        return self.question if self.type == RequestType.ENQUIRY else ""


def load(request: HttpRequest) -> Draft:
    """Return the session's draft, or a fresh one that is not kept yet."""
    kept = request.session.get(_DRAFT)
    return Draft(**kept) if kept else Draft()


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
