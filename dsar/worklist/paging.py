"""Pages by key, both ways. A page is found by its keys alone, out of an index, and its rows are fetched afterwards.

The open requests are few enough that one index of them, which holds every column that is filtered by, is read in order
of their due dates until a page is full. Closed ones are not: there each combination of type, status and law that may
fit is asked for its first rows by an index that begins with it, and the page is the first of all of them. No filter
then reads more rows than it shows for each combination, however rare what fits is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet

from dsar.deadlines import REGIMES
from dsar.models import RequestType, SubjectRequest
from dsar.models.choices import FINAL_STATUSES
from dsar.worklist.asking import Asker, Who
from dsar.worklist.filters import CLOSED, Filters, by_reference, open_rows, whose

PAGE_ROWS = 50
#: So many are counted; what is more is told as "1,000+".
MOST_COUNTED = 1_000
#: Stand for a kind in a query that is asked of several.
_YET_TO_BE_SAID = {"type": "a type", "status": "a status", "regime": "a law"}


@dataclass(frozen=True, slots=True)
class Key:
    """Where a page begins: the moment and key of the row beside it, or its reference where references are sorted."""

    moment: datetime | None
    pk: int
    reference: str = ""

    def __str__(self) -> str:
        return f"{self.moment.isoformat()}~{self.pk}" if self.moment else f"{self.reference}~{self.pk}"

    @classmethod
    def read(cls, text: str) -> Key | None:
        """Return the key of an address; one that nobody made is no key."""
        place, _tilde, digits = text.partition("~")
        if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
            return None
        if place.startswith("R-"):
            return cls(None, int(digits), place) if place.isascii() and place.isprintable() else None
        try:
            moment = datetime.fromisoformat(place)
        except ValueError:
            return None
        return cls(moment, int(digits)) if moment.tzinfo else None


@dataclass(frozen=True, slots=True)
class Page:
    """The keys of a page's requests in their order, and whether there are more before and after."""

    keys: Sequence[int]
    has_earlier: bool
    has_later: bool


def page(
    filters: Filters, asker: Asker, *, after: Key | None = None, before: Key | None = None, rows: int = PAGE_ROWS
) -> Page:
    """Return the page after a key, or before one. What lies before the first page is the first page."""
    if before is not None:
        found = _keys(filters, asker, key=before, backwards=True, limit=rows + 1)
        if len(found) >= rows:
            return Page(found[:rows][::-1], has_earlier=len(found) > rows, has_later=True)
    key = after if before is None else None
    found = _keys(filters, asker, key=key, backwards=False, limit=rows + 1)
    return Page(found[:rows], has_earlier=key is not None, has_later=len(found) > rows)


def key_of(subject_request: SubjectRequest, filters: Filters) -> Key:
    """Return the key of a row in the order that these filters give."""
    if filters.reference:
        return Key(None, subject_request.pk, subject_request.reference)
    return Key(subject_request.closed_at if filters.is_closed else subject_request.due_at, subject_request.pk)


def count_closed(filters: Filters, asker: Asker) -> int:
    """Return how many closed requests fit, or how many of a beginning; above MOST_COUNTED one more than that."""
    most = MOST_COUNTED + 1
    if filters.reference:
        return by_reference(filters, asker).order_by().values("pk")[:most].count()
    # To count needs no order of the index behind type and status: without a law there are as few questions as those.
    said = [name for name in _YET_TO_BE_SAID if name != "regime" or filters.law]
    rows = _of_any_kind(filters, asker, said).order_by().values_list("id")[:most]
    sql, values = _union(rows, _kinds(filters, said))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM (SELECT 1 FROM ({sql}) a LIMIT {most}) b", values)  # noqa: S608
        return int(cursor.fetchone()[0])


def _keys(filters: Filters, asker: Asker, *, key: Key | None, backwards: bool, limit: int) -> list[int]:
    if filters.reference:
        return _by_reference(by_reference(filters, asker), key, backwards=backwards, limit=limit)
    if filters.is_closed:
        return _closed(filters, asker, key, backwards=backwards, limit=limit)
    rows = _beyond(open_rows(filters, asker), "due_at", key, downwards=backwards)
    return list((rows.reverse() if backwards else rows).values_list("pk", flat=True)[:limit])


def _by_reference(rows: QuerySet[SubjectRequest], key: Key | None, *, backwards: bool, limit: int) -> list[int]:
    if key is not None:
        rows = rows.filter(Q(reference__lt=key.reference) if backwards else Q(reference__gt=key.reference))
    return list((rows.reverse() if backwards else rows).values_list("pk", flat=True)[:limit])


def _beyond(
    rows: QuerySet[SubjectRequest], column: str, key: Key | None, *, downwards: bool
) -> QuerySet[SubjectRequest]:
    """Return what lies beyond a key. The first condition alone is a range of an index."""
    if key is None or key.moment is None:
        return rows
    side = "lt" if downwards else "gt"
    return rows.filter(
        Q(**{f"{column}__{side}e": key.moment}),
        Q(**{f"{column}__{side}": key.moment}) | Q(**{f"pk__{side}": key.pk}),
    )


def _closed(filters: Filters, asker: Asker, key: Key | None, *, backwards: bool, limit: int) -> list[int]:
    """Return keys of the register, what was closed last on top."""
    rows = _beyond(_of_any_kind(filters, asker, [*_YET_TO_BE_SAID]), "closed_at", key, downwards=not backwards)
    rows = rows.order_by(*_order(filters, downwards=not backwards))
    sql, values = _union(rows.values_list("closed_at", "id")[:limit], _kinds(filters, [*_YET_TO_BE_SAID]))
    way = "ASC" if backwards else "DESC"
    with connection.cursor() as cursor:
        # Numbers and words of ours alone are written into it; every value is a parameter.
        cursor.execute(f"SELECT id FROM ({sql}) a ORDER BY closed_at {way}, id {way} LIMIT {limit}", values)  # noqa: S608
        return [row[0] for row in cursor.fetchall()]


def _order(filters: Filters, *, downwards: bool) -> list[Any]:
    """Return the order of an index. PostgreSQL does not see that a column that must be null needs no sorting."""
    names = [*(["assigned_to_id"] if filters.who == Who.NOBODY else []), "closed_at", "id"]
    return [F(name).desc() if downwards else F(name).asc() for name in names]


def _of_any_kind(filters: Filters, asker: Asker, said: Sequence[str]) -> QuerySet[SubjectRequest]:
    """Return the closed requests of whom it is asked, of one kind that is yet to be said if the filters name any."""
    rows = SubjectRequest.objects.filter(whose(filters.who, asker), tenant=asker.tenant, closed_at__isnull=False)
    return rows.filter(**{name: _YET_TO_BE_SAID[name] for name in said}) if _kinds(filters, said) else rows


def _kinds(filters: Filters, said: Sequence[str]) -> list[dict[str, str]]:
    """Return each type, status and law (what of them is said) together that may fit; none where only a member is."""
    status = "" if filters.status == CLOSED else filters.status
    if not (status or filters.type or filters.law):
        return []
    every: dict[str, list[str]] = {
        "type": [filters.type] if filters.type else [*RequestType.values],
        "status": [status] if status else sorted(FINAL_STATUSES),
        "regime": [filters.law] if filters.law else list(REGIMES),
    }
    names = [_YET_TO_BE_SAID[name] for name in said]
    return [dict(zip(names, map(str, kind), strict=True)) for kind in product(*(every[name] for name in said))]


def _union(rows: QuerySet[Any, Any], kinds: Sequence[dict[str, str]]) -> tuple[str, list[Any]]:
    """Return the SQL of the rows of all kinds and its parameters.

    Django makes no union of queries with a limit on SQLite, and takes its time to write each: they are the same but for
    three parameters.
    """
    sql, given = rows.query.sql_with_params()
    arms = [[kind.get(value, value) if isinstance(value, str) else value for value in given] for kind in kinds or [{}]]
    parts = [f"SELECT * FROM ({sql}) arm{number}" for number in range(len(arms))]  # noqa: S608 - Django's own
    return " UNION ALL ".join(parts), [value for arm in arms for value in arm]
