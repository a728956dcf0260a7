"""What was said about a request, as either side sees it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from dsar.actions.conversation.asking import LAPSE_AFTER
from dsar.models import Attachment, Clarification, ClockPause, DecisionKind, Message, Status, SubjectRequest
from dsar.views.timeline import Event

#: More than anybody reads on one page; what is older is in the bundle.
_MOST_SHOWN = 200
_LONGEST_PAUSES = 50


@dataclass(frozen=True)
class Said:
    """One message as one side sees it: `is_own` is of that side, `is_new` was not read by it before."""

    message: Message
    is_own: bool
    is_new: bool
    files: Sequence[Attachment]
    question: Clarification | None


@dataclass(frozen=True)
class Conversation:
    """`question` is the one that the person owes an answer to, until `answer_by`; `has_files` while they can be had."""

    said: Sequence[Said]
    question: Message | None
    answer_by: datetime | None
    can_be_written: bool
    has_files: bool

    @property
    def has_new(self) -> bool:
        return any(item.is_new for item in self.said)


def conversation(subject_request: SubjectRequest, *, for_team: bool) -> Conversation:
    """Return what was said, the latest last."""
    messages = subject_request.messages.select_related("by", "clarification__pause").prefetch_related("attachments")
    latest = messages.order_by("-sent_at", "-id")[:_MOST_SHOWN]
    said = [_said(message, for_team=for_team) for message in reversed(latest)]
    asked = next((item for item in said if item.question is not None and item.question.is_open), None)
    pause = asked.question.pause if asked is not None and asked.question is not None else None
    return Conversation(
        said=said,
        question=asked.message if asked else None,
        answer_by=pause.started_at + LAPSE_AFTER if pause else None,
        can_be_written=not subject_request.is_final and subject_request.status != Status.AWAITING_VERIFICATION,
        has_files=subject_request.sealed_key is not None,
    )


def _said(message: Message, *, for_team: bool) -> Said:
    is_own = message.is_from_team == for_team
    return Said(
        message=message,
        is_own=is_own,
        is_new=not is_own and message.read_at is None,
        files=list(message.attachments.all()),
        question=getattr(message, "clarification", None),
    )


def files_were_not_read(request: HttpRequest) -> bool:
    """Tell whether what was sent is too large: no upload of ours ever rests on a disk in clear, so it was dropped."""
    length = str(request.META.get("CONTENT_LENGTH", ""))
    return length.isdecimal() and int(length) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE


def with_pauses(events: Sequence[Event], subject_request: SubjectRequest) -> list[Event]:
    """Return a request's course with what was asked and extended; an answer that is awaited is what comes next."""
    pauses = list(subject_request.pauses.filter(is_clarification=True)[:_LONGEST_PAUSES])
    past = [event for event in events if event.get("state") != "next"]
    coming = [event for event in events if event.get("state") == "next"]
    if any(pause.ended_at is None for pause in pauses) and not subject_request.is_final:
        coming[:1] = [{"title": _("You answer our question"), "at": None, "text": _("now"), "state": "next"}]
    more = [*_told(pauses), *_extended(subject_request)]
    return [*sorted([*past, *more], key=lambda event: event["at"] or subject_request.received_at), *coming]


def _told(pauses: Iterable[ClockPause]) -> Iterator[Event]:
    for pause in pauses:
        yield {"title": _("We asked you something, and the clock stood still"), "at": pause.started_at}
        if pause.ended_at is not None:
            yield {"title": _("The clock went on"), "at": pause.ended_at}


def _extended(subject_request: SubjectRequest) -> Iterator[Event]:
    if subject_request.extended_at is not None:
        yield {"title": _("The law’s term was extended"), "at": subject_request.extended_at}


def extension_reason(subject_request: SubjectRequest) -> str:
    """Return why the law's term was extended, "" where it was not."""
    if subject_request.extended_at is None:
        return ""
    decision = subject_request.decisions.filter(kind=DecisionKind.EXTEND).first()
    return decision.reason if decision else ""
