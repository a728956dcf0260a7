"""Who is told of one correction, and which values: those that are right now go to whoever asks for them in the map.

Nothing is told of what was refused, left out or failed: only of what was written, in whichever round.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts.models import OutgoingEmail
from dsar.actions.correcting.files import read_proposals
from dsar.actions.correcting.work import order_of, written_ever
from dsar.actions.telling import notices
from dsar.actions.telling.tellings import Telling, who_has_got
from dsar.bundle.display import label
from dsar.emails import recipients as recipient_emails
from dsar.fulfilment.correcting.proposal import Proposal
from dsar.fulfilment.correcting.values import Place
from dsar.models import NoticeKind, Step, SubjectRequest
from dsar.stores.casting import cast
from dsar.values import Value

#: A row's own key is nobody else's business, so nobody could tell which of their rows is to hold which value.
SEVERAL = "A field has got several values in several rows, so none of these was told."


@dataclass(frozen=True, slots=True)
class CorrectedField:
    """A field that was written; `values` are what it may hold now."""

    title: str
    place: Place
    values: tuple[Value, ...] = field(repr=False)

    @property
    def words(self) -> str:
        return f"{self.title}: {label(self.place.path)}"


@dataclass(frozen=True)
class CorrectionTelling(Telling):
    """`fields` are what was written of theirs; `renamed`: old and new values of what they know the person by."""

    fields: tuple[CorrectedField, ...] = ()
    renamed: tuple[tuple[str, str], ...] = field(default=(), repr=False)


def whom_to_tell(subject_request: SubjectRequest, steps: Sequence[Step]) -> tuple[CorrectionTelling, ...]:
    """Return who had got data of a dataset in which something was written.

    Raises what `who_has_got` raises, and ValuesChangedError.
    """
    written = written_ever(steps)
    found = who_has_got(subject_request, {place.key for place, _ in written})
    if not found:
        return ()
    proposals = read_proposals(subject_request, order_of(subject_request)).proposals
    return tuple(_telling(item, written, proposals) for item in found)


def write(
    subject_request: SubjectRequest, tellings: Sequence[CorrectionTelling], *, corrected_at: datetime, now: datetime
) -> None:
    """Write the notices in the caller's transaction. Raises BadHeaderError."""

    def email(item: CorrectionTelling, receipt_path: str) -> OutgoingEmail:
        return recipient_emails.recipient_corrected(
            subject_request,
            to=item.recipient.email,
            receipt_path=receipt_path,
            corrected=[one.words for one in item.fields],
            identifier=", ".join(item.identifiers),
            is_known_by_it=bool(item.renamed),
            corrected_at=corrected_at,
            now=now,
        )

    message = notices.Message(NoticeKind.CORRECTION, corrected_at, email, _data)
    notices.write(subject_request, tellings, message, now=now)


def _telling(item: Telling, written: Collection[tuple[Place, int]], proposals: Sequence[Proposal]) -> CorrectionTelling:
    fields = tuple(_fields(item, written, proposals))
    renamed = _renamed(item, written, proposals)
    left_out = [item.left_out] if item.left_out else []
    if item.recipient.new_values and any(len(one.values) > 1 for one in fields):
        left_out.append(SEVERAL)
    return CorrectionTelling(
        item.system,
        item.recipient,
        item.changed,
        # Not searched by, such a field has no keys: what it held is known from the correction alone.
        item.identifiers or tuple(old for old, _ in renamed),
        " ".join(left_out),
        fields,
        renamed,
    )


def _fields(
    item: Telling, written: Collection[tuple[Place, int]], proposals: Sequence[Proposal]
) -> Iterator[CorrectedField]:
    for collection in item.changed:
        places = dict.fromkeys(place for place, _ in sorted(written) if place.key == collection.key)
        for place in places:
            title = collection.title or collection.name
            yield CorrectedField(title, place, _distinct(proposals[at].after for of, at in written if of == place))


def _distinct(values: Iterable[Value]) -> tuple[Value, ...]:
    return tuple({repr(value): value for value in values}.values())


def _renamed(
    item: Telling, written: Collection[tuple[Place, int]], proposals: Sequence[Proposal]
) -> tuple[tuple[str, str], ...]:
    """Return what the recipient knows the person by, where that itself was corrected: they look for the old value."""
    address = item.recipient.identifier
    if address is None:
        return ()
    own = Place(address.dataset, address.collection, address.path)
    changes = [proposals[at] for place, at in sorted(written) if place == own]
    return tuple((_text(one.fact.value), _text(one.after)) for one in changes if one.fact.value is not None)


def _text(value: Value) -> str:
    return str(cast(value, "string") or "")


def _data(item: CorrectionTelling) -> dict[str, Any]:
    """Return what a webhook reads; values, and with them what the person is known by now, for whoever asks for them."""
    wants = item.recipient.new_values
    told: dict[str, Any] = {
        "identifiers": list(item.identifiers),
        "corrected": [_field(one, with_value=wants and len(one.values) == 1) for one in item.fields],
    }
    if item.renamed and wants:
        told["new_identifiers"] = dict(item.renamed)
    return told


def _field(one: CorrectedField, *, with_value: bool) -> dict[str, Any]:
    return {"collection": one.title, "field": one.place.path} | ({"value": one.values[0]} if with_value else {})
