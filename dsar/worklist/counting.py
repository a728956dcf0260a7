"""How many open requests each view shows: four questions to the database for all views together, of bounded work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Case, CharField, Exists, IntegerField, OuterRef, QuerySet, Value, When

from dsar.models import ClockPause, SubjectRequest
from dsar.worklist.asking import Asker, Need, Risk, Who
from dsar.worklist.few import listed, needs, open_by_key
from dsar.worklist.filters import RISK, Filters

#: So many open requests are counted, those that are due first: where there are more, every count says "or more".
MOST_OPEN = 5_000


@dataclass(frozen=True, slots=True)
class Count:
    """`is_least`: there may be more."""

    number: int
    is_least: bool = False


@dataclass(frozen=True, slots=True)
class _Group:
    """So many open requests that are alike in what is filtered by; what no view asks for is left as it is here.

    `who` is one of Who or an account's key, "" for a member that no view asks for; `due` a Risk, or "" for later;
    `paused` waits for the person.
    """

    number: int
    status: str = ""
    type: str = ""
    regime: str = ""
    who: str = ""
    due: str = ""
    paused: bool = False


@dataclass(frozen=True, slots=True)
class _Tally:
    groups: Sequence[_Group]
    is_least: bool


#: What has to be told apart for a view: each column more is more groups, and may have to be looked up.
_ASKS: Mapping[str, Callable[[Filters], object]] = {
    "status": lambda view: view.status,
    "type": lambda view: view.type,
    "regime": lambda view: view.law,
    "who": lambda view: view.who,
    "due": lambda view: view.risk,
    "paused": lambda view: view.risk or view.needs == Need.PERSON,
}


class OpenCounts:
    """Counts of open requests, grouped once by what the views ask for."""

    def __init__(self, asker: Asker, views: Iterable[Filters]) -> None:
        self._asker = asker
        self._me = str(asker.account_id)
        asked = [view for view in views if not view.is_closed and not view.reference]
        self._people = sorted({view.who for view in asked} & {str(key) for key in asker.members} - {self._me})
        rows = SubjectRequest.objects.filter(tenant=asker.tenant, closed_at=None)
        first = rows.order_by("due_at", "id")
        usual = [view for view in asked if view.needs in ("", Need.PERSON)]
        self._all = self._tally(first, [*usual, Filters(who=Who.LEFT)])
        self._few: dict[str, _Tally] = {}
        for need in (Need.STORE, Need.SECOND):
            of_need = [view for view in asked if view.needs == need]
            keys = listed(need, asker)
            if keys is not None:
                self._few[need] = self._tally(open_by_key(keys, asker.tenant), of_need)
            else:  # of those that are due first
                some = rows.filter(needs(need, asker), pk__in=first.values("pk")[:MOST_OPEN]).order_by()
                self._few[need] = self._tally(some, of_need, is_least=True)
        of_map = [view for view in asked if view.needs == Need.MAP]
        if of_map:
            self._few[Need.MAP] = self._tally(first.filter(needs(Need.MAP, asker)), of_map)

    def count(self, filters: Filters) -> Count:
        """Return how many open requests fit. `filters` must be among the views that were given, or ask for no more."""
        tally = self._few.get(filters.needs, self._all)
        return Count(self._sum(tally, filters), tally.is_least)

    def of_those_who_left(self) -> int:
        """Return how many open requests are with people who work here no more."""
        return self._sum(self._all, Filters(who=Who.LEFT))

    def _sum(self, tally: _Tally, filters: Filters) -> int:
        return sum(group.number for group in tally.groups if self._fits(group, filters))

    def _fits(self, group: _Group, filters: Filters) -> bool:
        return (
            (not filters.status or group.status == filters.status)
            and (not filters.type or group.type == filters.type)
            and (not filters.law or group.regime == filters.law)
            and (not filters.who or group.who == (Who.ME if filters.who == self._me else filters.who))
            and (not filters.risk or (group.due in (Risk.LATE, filters.risk) and not group.paused))
            and (filters.needs != Need.PERSON or group.paused)
        )

    def _tally(self, rows: QuerySet[SubjectRequest], views: Sequence[Filters], *, is_least: bool = False) -> _Tally:
        told = [name for name, asks in _ASKS.items() if any(map(asks, views))]
        made = {"who": self._who, "due": self._due, "paused": _paused}
        some = rows.annotate(**{name: make() for name, make in made.items() if name in told})
        names = told or ["tenant_id"]
        sql, values = some.values_list(*names)[:MOST_OPEN].query.sql_with_params()
        listed_names = ", ".join(names)
        with connection.cursor() as cursor:
            # Names of columns of ours; every value is a parameter.
            cursor.execute(f"SELECT {listed_names}, COUNT(*) FROM ({sql}) a GROUP BY {listed_names}", values)  # noqa: S608
            found = cursor.fetchall()
        groups = [_Group(row[-1], **dict(zip(told, row, strict=False))) for row in found]
        return _Tally(groups, is_least or sum(group.number for group in groups) >= MOST_OPEN)

    def _due(self) -> Case:
        now = self._asker.now
        return Case(
            When(due_at__lt=now, then=Value(Risk.LATE.value)),
            When(due_at__lt=now + RISK, then=Value(Risk.SOON.value)),
            default=Value(""),
            output_field=CharField(),
        )

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


def _paused() -> Case:
    waiting = ClockPause.objects.filter(ended_at=None, subject_request=OuterRef("pk"))
    return Case(When(Exists(waiting), then=Value(1)), default=Value(0), output_field=IntegerField())
