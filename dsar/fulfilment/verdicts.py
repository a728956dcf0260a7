"""What becomes of the rows that a store returns: decided once for all rows that are alike in what decides."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from types import NoneType
from uuid import UUID

from dsar.columns import column
from dsar.fulfilment.found import Found, best, groups_of, near
from dsar.fulfilment.joinkey import Form, Keys, Known, Paths
from dsar.fulfilment.reach import Owner, Reach
from dsar.fulfilment.visit import Visit
from dsar.values import Row

#: Values of these types are equal exactly where their canonical forms are, as long as no two types are mixed.
_MEMORABLE = frozenset({int, str, bool, UUID})
_MOST_REMEMBERED = 100_000


@dataclass(frozen=True, eq=False, slots=True)
class Verdict:
    """`delivers` now; `was`: delivered, withheld, or None for never seen; `reach` is how the row leads on."""

    delivers: bool
    was: bool | None
    reach: Reach


#: Not asked for after all, or met before by a way as good.
SKIP = Verdict(delivers=False, was=None, reach=Reach.FOREIGN)
#: The row has an array of which only some elements may be the person's.
BY_ELEMENTS = Verdict(delivers=False, was=None, reach=Reach.FOREIGN)


class Verdicts:
    """Judges the rows of one reading: what was `wanted` at one `reach`, and what was asked `before`.

    `new`: nothing that is wanted was asked before.
    """

    def __init__(self, visit: Visit, *, wanted: Keys, before: Sequence[Found], reach: Reach, new: bool = False) -> None:
        self._visit, self._wanted, self._before, self._reach = visit, wanted, before, reach
        self._known: Known = wanted if new else {}
        self._groups = groups_of(before) | wanted.keys()
        paths = sorted({*visit.deciding, *(path for group in self._groups for path in group)})
        self._names = [] if any("." in path for path in paths) else paths
        self._remembered: dict[tuple[frozenset[type], ...], dict[Hashable, Verdict]] = {}
        self._verdicts: dict[tuple[bool, bool | None, Reach], Verdict] = {}

    def grouped(self, rows: Sequence[Row]) -> Iterator[tuple[Verdict, Sequence[Row]]]:
        """Yield runs of rows with one verdict, in their order."""
        verdicts = self._of(rows)
        if len(set(verdicts)) == 1:
            yield verdicts[0], rows
            return
        at = 0
        for verdict, alike in groupby(verdicts):
            end = at + len(list(alike))
            yield verdict, rows[at:end]
            at = end

    def _of(self, rows: Sequence[Row]) -> list[Verdict]:
        columns = [column(rows, name) for name in self._names]
        types = tuple(frozenset(map(type, values)) - {NoneType} for values in columns)
        if not columns or not all(len(found) <= 1 and found <= _MEMORABLE for found in types):
            return self._judged(rows)
        known = self._remembered.setdefault(types, {})
        if len(known) > _MOST_REMEMBERED:
            known.clear()
        keys: Sequence[Hashable] = columns[0] if len(columns) == 1 else list(zip(*columns, strict=True))
        if any(key not in known for key in set(keys)):
            self._judge_new(known, keys, rows)
        return [known[key] for key in keys]

    def _judge_new(self, known: dict[Hashable, Verdict], keys: Sequence[Hashable], rows: Sequence[Row]) -> None:
        new = {key: row for key, row in zip(keys, rows, strict=True) if key not in known}
        known.update(zip(new, self._judged(new.values()), strict=True))

    def _judged(self, rows: Collection[Row]) -> list[Verdict]:
        forms = [self._visit.forms(row, self._groups) for row in rows]
        before = near(self._before, forms, but=self._known)
        return [self._judge(row, at, before) for row, at in zip(rows, forms, strict=True)]

    def _judge(self, row: Row, forms: Mapping[Paths, Iterable[Form]], asked_before: tuple[Known, ...]) -> Verdict:
        visit = self._visit
        if not visit.fits(row) or best(forms, self._wanted) is None:
            return SKIP
        if visit.elements.any(row):
            return BY_ELEMENTS
        owner = visit.owner(row)
        now, before = effective(owner, self._reach), best(forms, *asked_before)
        if before is None:
            return self._verdict(visit.delivers(now, owner), None, now)
        before = effective(owner, before)
        if before <= now:
            return SKIP
        return self._verdict(visit.delivers(now, owner), visit.delivers(before, owner), now)

    def _verdict(self, delivers: bool, was: bool | None, reach: Reach) -> Verdict:
        """Return the one object of these facts: rows are told apart by it."""
        return self._verdicts.setdefault((delivers, was, reach), Verdict(delivers, was, reach))


def effective(owner: Owner, reach: Reach) -> Reach:
    """Return the reach of a row: its own evidence beats the way that led to it."""
    return {Owner.PERSON: Reach.OWN, Owner.ANOTHER: Reach.FOREIGN}.get(owner, reach)
