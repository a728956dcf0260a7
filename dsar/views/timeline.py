"""What happened to a request, as the person reads it."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from django.utils.translation import gettext as _

from dsar.models import Bundle, RequestType, Status, SubjectRequest
from dsar.models.choices import UNWALKED_TYPES


class Event(TypedDict, total=False):
    """`at` None is yet to come; `state` is done, next or bad."""

    title: str
    at: datetime | None
    text: str
    state: str


def timeline(subject_request: SubjectRequest, bundle: Bundle | None) -> list[Event]:
    """Return past events in their order, then what comes next."""
    events: list[Event] = [{"title": _("You asked"), "at": subject_request.received_at}]
    if subject_request.verified_at:
        events.append({"title": _("We know that it is you"), "at": subject_request.verified_at})
    if bundle is not None and subject_request.type not in UNWALKED_TYPES:
        events.append({"title": _("Everything was collected and packed"), "at": bundle.made_at})
    if subject_request.is_final:
        return [*events, *_closing(subject_request, bundle)]
    return [*events, *_coming(subject_request)]


def _closing(subject_request: SubjectRequest, bundle: Bundle | None) -> list[Event]:
    done = dict.fromkeys(UNWALKED_TYPES, _("We answered")) | {
        RequestType.ERASURE: _("Your data was deleted, and everything read again"),
        RequestType.RECTIFICATION: _("Your data was corrected, and read again"),
    }
    titles = {
        Status.FULFILLED: done.get(RequestType(subject_request.type), _("Your bundle was released")),
        Status.DENIED: _("The request was refused"),
        Status.WITHDRAWN: _("You withdrew the request"),
    }
    status = Status(subject_request.status)
    state = "bad" if status == Status.DENIED else "done"
    events: list[Event] = [{"title": titles[status], "at": subject_request.closed_at, "state": state}]
    if bundle is not None and bundle.purged_at:
        events.append({"title": _("The bundle was deleted"), "at": bundle.purged_at})
    elif bundle is not None and bundle.expires_at:
        events.append({"title": _("The bundle will be deleted"), "at": bundle.expires_at, "state": "next"})
    if subject_request.texts_deleted_at:
        events.append({"title": _("What was written was deleted"), "at": subject_request.texts_deleted_at})
    return events


def _coming(subject_request: SubjectRequest) -> list[Event]:
    ahead = {
        Status.AWAITING_VERIFICATION: _("You confirm your address with the code we mailed"),
        Status.AWAITING_REVIEW: _("The privacy team reads your request"),
        Status.FULFILLING: _("We collect from every system"),
        Status.AWAITING_RELEASE: _("A person checks the bundle before it goes out"),
    }
    lasts = dict.fromkeys(UNWALKED_TYPES, _("You get an answer")) | {
        RequestType.ERASURE: _("You get a certificate"),
        RequestType.RECTIFICATION: _("Your data is right wherever it is held"),
    }
    last = lasts.get(RequestType(subject_request.type), _("You download your data"))
    if subject_request.type == RequestType.ERASURE:
        ahead |= {
            Status.AWAITING_REVIEW: _("The privacy team looks at what will be deleted"),
            Status.FULFILLING: _("We delete it, store by store"),
        }
    if subject_request.type == RequestType.RECTIFICATION:
        ahead |= {
            Status.AWAITING_REVIEW: _("You say what is wrong, and the privacy team looks at it"),
            Status.FULFILLING: _("We write it, store by store"),
            Status.AWAITING_RELEASE: _("The privacy team looks at a store that did not take it"),
        }
    return [
        {"title": ahead[Status(subject_request.status)], "at": None, "text": _("now"), "state": "next"},
        {"title": last, "at": subject_request.expected_at, "state": "next"},
    ]
