"""How many open requests each view shows: four questions to the database for all views together, of bounded work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Case, CharField, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When

from dsar.models import ClockPause, SubjectRequest
from dsar.worklist.filters import RISK, Asker, Filters, Need, Risk, Who, failed_steps, open_proposals

#: So many open requests are counted, those that are due first: where there are more, every count says "or more".
MOST_OPEN = 5_000


@dataclass(frozen=True, slots=True)
class Count:
    """`is_least`: there may be more."""

    number: int
    is_least: bool = False


@dataclass(frozen=True, slots=True)
class _Group:
    """So many open requests that are alike in what is filtered by.

    `who` is one of Who or an account's key, "" for a member that no view asks for; `due` a Risk, or "" for later;
    `paused` waits for the person, `stuck` for the data map.
    """

    status: str
    type: str
    law: str
    who: str
    due: str
    paused: bool
    stuck: bool
    number: int


class OpenCounts:
    """Counts of open requests, grouped once by what the views ask for."""

    def __init__(self, asker: Asker, views: Iterable[Filters]) -> None:
        self._asker = asker
        self._me = str(asker.account_id)
        asked = [view for view in views if not view.is_closed and not view.reference]
        self._columns = _columns(asked)
        self._people = sorted({view.who for view in asked} & {str(key) for key in asker.members} - {self._me})
        self._asks_for_map = any(view.needs == Need.MAP for view in asked)
        rows = SubjectRequest.objects.filter(tenant=asker.tenant, closed_at=None)
        self._all = self._groups(rows.order_by("due_at", "id")[:MOST_OPEN])
        self._few = {
            Need.STORE: self._groups(rows.filter(pk__in=_requests_of(failed_steps()) or [0]).order_by()),
            Need.SECOND: self._groups(rows.filter(pk__in=_requests_of(open_proposals()) or [0]).order_by()),
        }
        self._is_capped = sum(group.number for group in self._all) >= MOST_OPEN

    def count(self, filters: Filters) -> Count:
        """Return how many open requests fit. `filters` must be among the views that were given, or ask for no more."""
        few = self._few.get(Need(filters.needs)) if filters.needs else None
        number = self._sum(self._all if few is None else few, filters)
        return Count(number, is_least=self._is_capped and few is None)

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
            and (not filters.who or group.who == (Who.ME if filters.who == self._me else filters.who))
            and (not filters.risk or (group.due in (Risk.LATE, filters.risk) and not group.paused))
            and (filters.needs != Need.PERSON or group.paused)
            and (filters.needs != Need.MAP or group.stuck)
        )

    def _groups(self, rows: QuerySet[SubjectRequest]) -> list[_Group]:
        now = self._asker.now
        due = Case(
            When(due_at__lt=now, then=Value(Risk.LATE.value)),
            When(due_at__lt=now + RISK, then=Value(Risk.SOON.value)),
            default=Value(""),
            output_field=CharField(),
        )
        names = [*self._columns, "who", "due", "paused", "stuck"]
        told = rows.annotate(who=self._who(), due=due, paused=_paused(), stuck=self._stuck()).values_list(*names)
        sql, values = told.query.sql_with_params()
        listed = ", ".join(names)
        with connection.cursor() as cursor:
            # Names of columns of ours; every value is a parameter.
            cursor.execute(f"SELECT {listed}, COUNT(*) FROM ({sql}) open_ones GROUP BY {listed}", values)  # noqa: S608
            return [self._group(row) for row in cursor.fetchall()]

    def _stuck(self) -> Case:
        """Tell what waits for the data map, for which each row must be read: only where a view asks it."""
        waits = [When(~Q(waits_for=""), then=Value(1))] if self._asks_for_map else []
        return Case(*waits, default=Value(0), output_field=IntegerField())

    def _who(self) -> Case:
        """Return whose a request is as far as any view asks: of twenty members each would be a group of its own."""
        people = [When(assigned_to=int(key), then=Value(key)) for key in self._people]
        return Case(
            When(assigned_to__isnull=True, then=Value(Who.NOBODY.value)),
            When(assigned_to=self._asker.account_id, then=Value(Who.ME.value)),
            *people,
            When(assigned_to__in=self._asker.members, then=Value("")),
            default=Value(Who.LEFT.value),
            output_field=CharField(),
        )

    def _group(self, row: Sequence[Any]) -> _Group:
        told = dict(zip(self._columns, row, strict=False))
        status, kind, law = (told.get(name, "") for name in ("status", "type", "regime"))
        return _Group(status, kind, law, *row[-5:])


def _columns(views: Sequence[Filters]) -> list[str]:
    """Return what has to be told apart: the fewer columns, the fewer groups."""
    wanted = {
        "status": any(view.status for view in views),
        "type": any(view.type for view in views),
        "regime": any(view.law for view in views),
    }
    return [name for name, is_wanted in wanted.items() if is_wanted]


def _paused() -> Case:
    waiting = ClockPause.objects.filter(ended_at=None, subject_request=OuterRef("pk"))
    return Case(When(Exists(waiting), then=Value(1)), default=Value(0), output_field=IntegerField())


def _requests_of(rows: QuerySet[Any]) -> list[int]:
    """Return the requests of failed steps or open proposals, whosever they are: few, and asked of those alone.

    Joined with the open requests of a tenant they would be looked for in each of those, and sorted in every step.
    """
    return sorted(set(rows.values_list("subject_request", flat=True)[:MOST_OPEN]))
