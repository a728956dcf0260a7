"""How many open requests each view shows: three questions to the database for all views together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Case, CharField, Exists, OuterRef, QuerySet, Value, When

from dsar.models import ClockPause, SubjectRequest
from dsar.worklist.filters import RISK, Asker, Filters, Need, Risk, Who, failed_steps

#: So many open requests are counted, those that are due first; more are told as "1,000+".
MOST_OPEN = 100_000


@dataclass(frozen=True, slots=True)
class Count:
    """`is_least`: there may be more."""

    number: int
    is_least: bool = False


@dataclass(frozen=True, slots=True)
class _Group:
    """So many open requests that are alike in what is filtered by. `due` is a Risk, or "" for later."""

    status: str
    type: str
    law: str
    assignee: int | None
    due: str
    number: int


class OpenCounts:
    """Counts of open requests, grouped once by what the views ask for."""

    def __init__(self, asker: Asker, views: Iterable[Filters]) -> None:
        self._asker = asker
        asked = [view for view in views if not view.is_closed and not view.reference]
        self._columns = _columns(asked)
        rows = SubjectRequest.objects.filter(tenant=asker.tenant, closed_at=None)
        self._all = self._groups(rows.order_by("due_at", "id")[:MOST_OPEN])
        self._paused = self._groups(rows.filter(pk__in=_paused()))
        # Few enough that each can be asked whether it waits for the person, too.
        self._failed = self._groups(rows.filter(pk__in=failed_steps().values("subject_request")), is_few=True)
        is_asked = any(view.needs == Need.MAP for view in asked)
        self._stuck = self._groups(rows.exclude(waits_for=""), is_few=True) if is_asked else []
        self._is_capped = sum(group.number for group in self._all) >= MOST_OPEN

    def count(self, filters: Filters) -> Count:
        """Return how many open requests fit. `filters` must be among the views that were given, or ask for no more."""
        sources = {Need.STORE.value: self._failed, Need.PERSON.value: self._paused, Need.MAP.value: self._stuck}
        number = self._sum(sources.get(filters.needs, self._all), filters)
        if filters.risk and filters.needs == Need.PERSON:
            return Count(0)  # whoever waits for the person is not late
        if filters.risk and not filters.needs:
            number -= self._sum(self._paused, filters)
        return Count(max(0, number), is_least=self._is_capped and not filters.needs)

    def of_those_who_left(self) -> int:
        """Return how many open requests are with people who work here no more."""
        return self._sum(self._all, Filters(who=Who.LEFT))

    def _sum(self, groups: Sequence[_Group], filters: Filters) -> int:
        return sum(group.number for group in groups if self._fits(group, filters))

    def _fits(self, group: _Group, filters: Filters) -> bool:
        return (
            (not filters.status or group.status == filters.status)
            and (not filters.type or group.type == filters.type)
            and (not filters.law or group.law == filters.law)
            and (not filters.who or self._is_of(group.assignee, filters.who))
            and (not filters.risk or group.due == Risk.LATE or group.due == filters.risk)
        )

    def _is_of(self, assignee: int | None, who: str) -> bool:
        if who == Who.NOBODY:
            return assignee is None
        if who == Who.LEFT:
            return assignee is not None and assignee not in self._asker.members
        return assignee == (self._asker.account_id if who == Who.ME else int(who))

    def _groups(self, rows: QuerySet[SubjectRequest], *, is_few: bool = False) -> list[_Group]:
        now = self._asker.now
        waiting = [When(Exists(_paused().filter(subject_request=OuterRef("pk"))), then=Value(""))] if is_few else []
        due = Case(
            *waiting,
            When(due_at__lt=now, then=Value(Risk.LATE.value)),
            When(due_at__lt=now + RISK, then=Value(Risk.SOON.value)),
            default=Value(""),
            output_field=CharField(),
        )
        sql, values = rows.annotate(due=due).values_list(*self._columns, "due").query.sql_with_params()
        names = ", ".join([*self._columns, "due"])
        with connection.cursor() as cursor:
            # Names of columns of ours; every value is a parameter.
            cursor.execute(f"SELECT {names}, COUNT(*) FROM ({sql}) open_ones GROUP BY {names}", values)  # noqa: S608
            return [self._group(row) for row in cursor.fetchall()]

    def _group(self, row: Sequence[Any]) -> _Group:
        told = dict(zip(self._columns, row, strict=False))
        status, kind, law = (told.get(name, "") for name in ("status", "type", "regime"))
        return _Group(status, kind, law, told["assigned_to_id"], row[-2], row[-1])


def _columns(views: Sequence[Filters]) -> list[str]:
    """Return what has to be told apart: the fewer columns, the fewer groups."""
    wanted = {
        "status": any(view.status for view in views),
        "type": any(view.type for view in views),
        "regime": any(view.law for view in views),
    }
    return ["assigned_to_id", *(name for name, is_wanted in wanted.items() if is_wanted)]


def _paused() -> QuerySet[ClockPause, Any]:
    return ClockPause.objects.filter(ended_at=None).values("subject_request")
