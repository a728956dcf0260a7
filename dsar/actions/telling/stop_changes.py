"""What a request's recipients are not told yet: of what holds by a decision, and of the end of what they were told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from dsar import restrictions
from dsar.actions.telling.calling_off import call_off
from dsar.actions.telling.carrying_out import systems_of
from dsar.actions.telling.tellings import Telling
from dsar.datamap.model import DataMap, Recipient, System
from dsar.models import Ground, NoticeKind, RecipientNotice, Restriction, SubjectRequest

NOT_NEEDED = "The stop ended before they were told of it."


@dataclass(frozen=True)
class StopTelling(Telling):
    """`rows` are what stops, or does no more; `still` is what other requests of the person's stop all the same."""

    rows: tuple[Restriction, ...] = ()
    still: tuple[Restriction, ...] = ()

    @property
    def purposes(self) -> tuple[str, ...]:
        return tuple(row.purpose for row in self.rows)


def begun(subject_request: SubjectRequest, data_map: DataMap) -> tuple[StopTelling, ...]:
    """Return who is to be told that something of this request's stops: of each purpose once, whether it arrived or not.

    A use that stops only while an objection is weighed is told when that is decided.
    """
    rows = [row for row in subject_request.restrictions.all() if _is_decided(subject_request, row)]
    found = []
    for system, recipient in _recipients(data_map):
        noticed = _purposes(_notices(subject_request, NoticeKind.RESTRICTION, system, recipient))
        theirs = tuple(row for row in rows if system in systems_of(data_map, row.purpose))
        if new := tuple(row for row in theirs if row.purpose not in noticed):
            found.append(StopTelling(system.key, recipient, rows=new))
    return tuple(found)


def over(subject_request: SubjectRequest, data_map: DataMap) -> tuple[StopTelling, ...]:
    """Return who was told, or may have been, of a stop of this request's that has ended since."""
    ended = [row for row in subject_request.restrictions.all() if row.ended_at is not None]
    found = []
    for system, recipient in _recipients(data_map) if ended else ():
        reached = _purposes(_reached(subject_request, system, recipient))
        lifted = _purposes(_notices(subject_request, NoticeKind.RESTRICTION_LIFTED, system, recipient))
        if rows := tuple(row for row in ended if row.purpose in reached - lifted):
            still = _still(subject_request, system, data_map)
            found.append(StopTelling(system.key, recipient, rows=rows, still=still))
    return tuple(found)


def still_to_tell(subject_request: SubjectRequest, item: StopTelling, *, now: datetime) -> StopTelling:
    """Send nothing any more of a stop that has ended; return the telling without what nobody had tried to send.

    In the caller's transaction.
    """
    notices = subject_request.recipient_notices.filter(system=item.system, name=item.recipient.name)
    unheard = set[str]()
    for notice in notices.filter(kind=NoticeKind.RESTRICTION, given_up_at=None):
        if set(notice.purposes) <= set(item.purposes) and call_off(notice, NOT_NEEDED, now=now):
            unheard |= set(notice.purposes)
    return replace(item, rows=tuple(row for row in item.rows if row.purpose not in unheard))


def _recipients(data_map: DataMap) -> Iterator[tuple[System, Recipient]]:
    return ((system, recipient) for system in data_map.systems for recipient in system.notify)


def _is_decided(subject_request: SubjectRequest, row: Restriction) -> bool:
    """Return whether it holds by a decision. What was refused of an objection has an end from then on."""
    is_refused = row.ground == Ground.OBJECTION and row.lifting_at is not None
    return row.is_in_force and subject_request.is_final and not is_refused


def _still(subject_request: SubjectRequest, system: System, data_map: DataMap) -> tuple[Restriction, ...]:
    """Return what others of the person's requests stop with this system: its recipients may not take that for ended."""
    others = restrictions.of_person(subject_request).exclude(subject_request=subject_request)
    rows = others.select_related("subject_request")
    decided = (row for row in rows if _is_decided(row.subject_request, row))
    once = {row.purpose: row for row in decided if system in systems_of(data_map, row.purpose)}
    return tuple(once.values())


def _notices(
    subject_request: SubjectRequest, kind: NoticeKind, system: System, recipient: Recipient
) -> Iterable[RecipientNotice]:
    return subject_request.recipient_notices.filter(kind=kind, system=system.key, name=recipient.name)


def _reached(subject_request: SubjectRequest, system: System, recipient: Recipient) -> Iterator[RecipientNotice]:
    """Yield the notices of stops that have arrived, or still may."""
    notices = _notices(subject_request, NoticeKind.RESTRICTION, system, recipient)
    return (notice for notice in notices if notice.given_up_at is None)


def _purposes(notices: Iterable[RecipientNotice]) -> set[str]:
    return {purpose for notice in notices for purpose in notice.purposes}
