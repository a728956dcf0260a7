"""Who gets which rows, by trying every row against every other until nothing changes. Knows no plan, key or batch."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from dsar.datamap.model import Sharing
from dsar.values import Row, Value
from tests.datamap.test_graph_property import SIZE, Link, World, decided
from tests.fulfilment.databases import printed
from tests.fulfilment.worlds import Case

OWN, LOOKED_UP, FOREIGN, NEVER = range(4)
RowId = tuple[int, int]
Read = Callable[[Case, int, Row], Row]


@dataclass
class Answer:
    """By collection: the rows delivered, as a multiset of their printed forms, and how many are withheld.

    `own` are the rows that were reached as the person's own.
    """

    delivered: dict[int, Counter[str]] = field(default_factory=dict)
    withheld: Counter[int] = field(default_factory=Counter)
    own: list[tuple[int, Row]] = field(default_factory=list)


def answer(case: Case, read: Read) -> Answer:
    """Return what the person gets in this world; `read` gives a row as its database does.

    Whatever identity is found in a row of their own is theirs, and everything begins again.
    """
    return settled(case, read)[1]


def settled(case: Case, read: Read) -> tuple[Case, Answer]:
    """Return the world in which every identity that is the person's is proven, and what they get in it."""
    while (proven := _with_found(case, found := _answer(case, read))) != case.proven:
        case = replace(case, proven=proven)
    return case, found


def _with_found(case: Case, found: Answer) -> dict[str, frozenset[str]]:
    more: dict[str, set[str]] = {kind: set(values) for kind, values in case.proven.items()}
    for number, row in found.own:
        if number in case.sources and row["s"] not in (None, ""):
            kind = case.sources[number]
            more.setdefault(kind, set()).add(_normal(row["s"]) if kind == "email" else str(row["s"]))
    return {kind: frozenset(values) for kind, values in more.items()}


def _answer(case: Case, read: Read) -> Answer:
    case = replace(case, maps=_without_skipped(case))
    rows = {
        (number, at): read(case, number, row)
        for number in range(SIZE)
        if number not in case.skipped
        for at, row in enumerate(case.rows[number])
        if number not in case.tagged or row["t"] == 1
    }
    reached = dict.fromkeys(rows, NEVER)
    links = _decided(case)
    while (better := {row: _best(case, links, rows, reached, row) for row in rows}) != reached:
        reached = better
    found = Answer()
    for (number, at), level in reached.items():
        if level != NEVER and is_delivered(case, number, rows[number, at], level):
            found.delivered.setdefault(number, Counter())[printed(rows[number, at])] += 1
        elif level != NEVER:
            found.withheld[number] += 1
        if level == OWN:
            found.own.append((number, rows[number, at]))
    return found


def _decided(case: Case) -> list[tuple[Link, bool]]:
    """Return each link with whether it fans out; the group fans out, too, and may lead where others follow."""
    links = list(case.maps.links)
    if case.group is not None and not set(case.group) & case.skipped:
        links.append(Link(SIZE, *case.group, fanout=True, declared_on_key=False))
    return [item for item in decided(replace(case.maps, links=tuple(links))) if item[0] in case.maps.links]


def _without_skipped(case: Case) -> World:
    links = [link for link in case.maps.links if not {link.key, link.foreign} & case.skipped]
    return World(tuple(links), case.maps.emails - case.skipped, case.maps.phones - case.skipped)


def _best(
    case: Case, links: list[tuple[Link, bool]], rows: dict[RowId, Row], reached: dict[RowId, int], target: RowId
) -> int:
    """Return how a row is reached, given how the others are."""
    named = whose(case, target[0], rows[target])
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
    """Return what the value says to a column declared as `kind`; None if it says nothing there."""
    spelled = _spelled(value)
    if kind == "integer":
        return str(int(value)) if isinstance(value, bool) else _whole(spelled)
    if kind == "boolean":
        known = {"0": "no", "false": "no", "1": "yes", "true": "yes"}
        return known.get(str(value).lower()) if isinstance(value, bool | int | str) else None
    if kind is None and isinstance(value, bool | bytes):
        return f"{type(value).__name__} {value!r}"
    return spelled


def _whole(spelled: str | None) -> str | None:
    return spelled if spelled in ("0", "1", "2") else None


def _spelled(value: Value) -> str | None:
    """Return how the value is written: each number in one way, and a word for a truth value."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if value == int(value) else str(float(value))


def whose(case: Case, number: int, row: Row) -> str:
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


def is_delivered(case: Case, number: int, row: Row, level: int) -> bool:
    named = whose(case, number, row)
    if named == "person":
        return True
    return named == "nobody" and level != FOREIGN and case.shared.get(number) is not Sharing.WITHHOLD
