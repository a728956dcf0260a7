"""The rows of the queue as they are shown: the same number of questions to the database for one row as for fifty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dsar import queries
from dsar.actions.looking import who_looks
from dsar.models import SubjectRequest
from dsar.views.clocks import ClockView, clock_view
from dsar.views.desk.people import Assignee, assignee, name_of
from dsar.views.statuses import StatusLook, look_of
from dsar.worklist.asking import Asker
from dsar.worklist.few import failed_steps

#: Columns that a row shows, or its clocks are reckoned by: to make all thirty takes longer than to find the rows.
_SHOWN = (
    *("reference", "tenant_id", "email", "type", "status", "regime", "received_at", "due_at", "extended_at"),
    *("closed_at", "waits_for", "assigned_to__name", "assigned_to__email"),
)


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One request: `failed` stores, whether it waits for the person or the data map, who else has it open now."""

    subject_request: SubjectRequest
    house: ClockView
    legal: ClockView
    assignee: Assignee | None
    failed: int
    waits_for_person: bool
    waits_for_map: bool
    viewers: tuple[str, ...]

    @property
    def look(self) -> StatusLook:
        return look_of(self.subject_request)

    @property
    def select_words(self) -> str:
        return _("Select %(reference)s") % {"reference": self.subject_request.reference}

    @property
    def failed_words(self) -> str:
        said = ngettext("%(number)s store failed", "%(number)s stores failed", self.failed)
        return said % {"number": self.failed}

    def facts(self) -> tuple[object, ...]:
        """Return what is news when it changes; that time passes is none."""
        item = self.subject_request
        who = (item.assigned_to_id, self.viewers)
        return (item.pk, item.status, item.due_at, self.failed, self.waits_for_person, self.waits_for_map, who)


def rows_of(keys: Sequence[int], asker: Asker) -> list[QueueRow]:
    """Return the rows of these requests, in their order; one that is gone meanwhile is left out."""
    found = (
        SubjectRequest.objects.filter(pk__in=keys, tenant=asker.tenant)
        .select_related("assigned_to")
        .only(*_SHOWN)
        .prefetch_related("pauses")
    )
    by_key = {item.pk: item for item in found}
    for item in by_key.values():
        item.tenant = asker.tenant
    failed = _failed([item.pk for item in by_key.values() if item.closed_at is None])
    viewers = who_looks(keys, but=asker.account_id, now=asker.now)
    names = {pk: tuple(map(name_of, users)) for pk, users in viewers.items()}
    return [_row(by_key[pk], asker, failed, names) for pk in keys if pk in by_key]


def _failed(keys: Sequence[int]) -> Mapping[int, int]:
    steps = failed_steps().filter(subject_request__in=keys).values_list("subject_request", flat=True)
    return Counter(steps)


def _row(
    item: SubjectRequest, asker: Asker, failed: Mapping[int, int], viewers: Mapping[int, tuple[str, ...]]
) -> QueueRow:
    house, legal = _clocks(item, asker.now)
    is_open = item.closed_at is None
    return QueueRow(
        item,
        house,
        legal,
        assignee(item.assigned_to, me=asker.account_id, members=asker.members),
        failed=failed.get(item.pk, 0),
        waits_for_person=is_open and any(pause.ended_at is None for pause in item.pauses.all()),
        waits_for_map=is_open and bool(item.waits_for),
        viewers=viewers.get(item.pk, ()),
    )


def _clocks(item: SubjectRequest, now: datetime) -> list[ClockView]:
    return [clock_view(reading, now=now, closed_at=item.closed_at) for reading in queries.clocks(item, now=now)]
