"""Who is told that uses of somebody's data stop, and that they stop no more (GDPR Article 19).

What is to be told is what a request holds in force by a decision; what was told stands in its notices. The difference
is written by the worker that marks the stores: it finds the person's rows, and comes again until it is done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from accounts.audit import together
from dsar.actions.telling import stop_messages
from dsar.actions.telling.identifiers import MOST
from dsar.actions.telling.standing import Standing, standing
from dsar.actions.telling.stop_changes import StopTelling, begun, over, still_to_tell
from dsar.actions.telling.tellings import TOO_MANY
from dsar.fulfilment.engine import Work
from dsar.models import SubjectRequest

NONE_FOUND = "Nothing that they know this person by was found."


def tell(subject_request: SubjectRequest, work: Work, *, check: Callable[[], None], now: datetime) -> dict[str, str]:
    """Write the notices that are due; return, by dataset, why somebody has to wait for one.

    `check` raises if something else holds by now; it is called in the transaction, and keeps it so until its end.
    Raises BadHeaderError.
    """
    begins, ends = begun(subject_request, work.data_map), over(subject_request, work.data_map)
    if not begins and not ends:
        return {}
    fields = dict.fromkeys(item.recipient.identifier for item in (*begins, *ends))
    found = standing(work, [field for field in fields if field is not None])
    with transaction.atomic(), together():
        check()
        stop_messages.write_begun(subject_request, list(_identified(begins, found)), now=now)
        told = [still_to_tell(subject_request, item, now=now) for item in _identified(ends, found)]
        stop_messages.write_over(subject_request, [item for item in told if item.rows], now=now)
    return dict(found.problems)


def _identified(items: Iterable[StopTelling], found: Standing) -> Iterator[StopTelling]:
    """Yield those of whom it is known what they know the person by; the others wait."""
    for item in items:
        address = item.recipient.identifier
        if address is None:
            yield item
        elif address in found.values:
            values = found.values[address]
            too_many = len(values) > MOST
            left_out = TOO_MANY if too_many else "" if values else NONE_FOUND
            yield replace(item, identifiers=() if too_many else values, left_out=left_out)
