"""Who gets which rows, by trying every row against every other until nothing changes. Knows no plan, key or batch."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass, field, replace

from dsar.datamap.model import Sharing
from dsar.values import Row, Value
from tests.datamap.test_graph_property import SIZE, Link, World, decided
from tests.fulfilment.worlds import Case

OWN, LOOKED_UP, FOREIGN, NEVER = range(4)
RowId = tuple[int, int]


@dataclass
class Answer:
    """By collection: the rows delivered, as a multiset of their printed forms, and how many are withheld."""

    delivered: dict[int, Counter[str]] = field(default_factory=dict)
    withheld: Counter[int] = field(default_factory=Counter)


def answer(case: Case) -> Answer:
    """Return what the person gets in this world."""
    case = replace(case, maps=_without_skipped(case))
    rows = {
        (number, at): read(case, number, row)
        for number in range(SIZE)
        if number not in case.skipped
        for at, row in enumerate(case.rows[number])
        if number not in case.tagged or row["t"] == 1
    }
    reached = dict.fromkeys(rows, NEVER)
    links = decided(case.maps)
    while (better := {row: _best(case, links, rows, reached, row) for row in rows}) != reached:
        reached = better
    found = Answer()
    for (number, at), level in reached.items():
        if level != NEVER and _is_delivered(case, number, rows[number, at], level):
            found.delivered.setdefault(number, Counter())[printed(rows[number, at])] += 1
        elif level != NEVER:
            found.withheld[number] += 1
    return found


def printed(row: Row) -> str:
    return repr(sorted(row.items()))


def read(case: Case, number: int, row: Row) -> Row:
    """Return the row as its declared types say: SQLite has no booleans of its own."""
    return {
        name: bool(value) if value is not None and case.types.get((number, name)) == "boolean" else value
        for name, value in row.items()
    }


def _without_skipped(case: Case) -> World:
    links = [link for link in case.maps.links if not {link.key, link.foreign} & case.skipped]
    return World(tuple(links), case.maps.emails - case.skipped, case.maps.phones - case.skipped)


def _best(
    case: Case, links: list[tuple[Link, bool]], rows: dict[RowId, Row], reached: dict[RowId, int], target: RowId
) -> int:
    """Return how a row is reached, given how the others are."""
    named = _named(case, target[0], rows[target])
    ways = [reached[target], OWN if named == "person" else NEVER]
    for source, level in reached.items():
        if level != NEVER:
            ways += _ways(case, links, (source, rows[source], level), (target, rows[target]))
    best = min(ways)
    if best == NEVER or named == "nobody":
        return best
    return OWN if named == "person" else FOREIGN


def _ways(
    case: Case, links: list[tuple[Link, bool]], source: tuple[RowId, Row, int], target: tuple[RowId, Row]
) -> list[int]:
    (start, _), row, level = source
    (end, _), other = target
    found = []
    for link, fans_out in links:
        name = f"f{link.number}"
        if fans_out and (start, end) == (link.key, link.foreign) and (level == OWN or link.fanout is not None):
            found += [level] * joins(case, row["id"], (end, name), other[name])
        if not fans_out and (start, end) == (link.foreign, link.key):
            found += [max(level, LOOKED_UP)] * joins(case, row[name], (end, "id"), other["id"])
    if case.group == (start, end) and not {start, end} & case.skipped:
        pairs = (("ga", "ha"), ("gb", "hb"))
        found += [level] * all(joins(case, row[mine], (end, its), other[its]) for mine, its in pairs)
    return found


def joins(case: Case, value: Value, target: tuple[int, str], other: Value) -> bool:
    """Return whether two values are equal once both are what the target's column is declared to hold."""
    kind = case.types.get(target)
    meaning = _meaning(value, kind)
    return meaning is not None and meaning == _meaning(other, kind)


def _meaning(value: Value, kind: str | None) -> str | None:
    if value is None:
        return None
    spelled = str(value).lower() if isinstance(value, bool) else "1" if value == 1.0 else str(value)
    if kind == "integer":
        return {"0": "0", "1": "1", "2": "2", "true": "1", "false": "0"}.get(spelled)
    if kind == "boolean":
        known = {"0": "no", "false": "no", "1": "yes", "true": "yes"}
        return None if isinstance(value, float) else known.get(spelled)
    if kind is None and isinstance(value, bool):
        return {True: "yes", False: "no"}[value]
    return spelled


def _named(case: Case, number: int, row: Row) -> str:
    """Return whose row it says it is: the person's, another's, or nobody's."""
    found = set()
    for kind, column, holders in (("email", "e", case.maps.emails), ("phone", "p", case.maps.phones)):
        value = row.get(column)
        if number in holders and kind in case.proven and value not in (None, ""):
            found.add(_normal(value) in case.proven[kind])
    if True in found:
        return "person"
    return "another" if found and case.shared.get(number) is not Sharing.DELIVER else "nobody"


def _normal(value: Value) -> str:
    return unicodedata.normalize("NFC", str(value).lower())


def _is_delivered(case: Case, number: int, row: Row, level: int) -> bool:
    named = _named(case, number, row)
    if named == "person":
        return True
    return named == "nobody" and level != FOREIGN and case.shared.get(number) is not Sharing.WITHHOLD
