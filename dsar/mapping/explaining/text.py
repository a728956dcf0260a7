"""An explanation as text for a terminal: a paragraph a collection, its keys as aligned columns, then what is sent."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from textwrap import wrap

from dsar.datamap.graph import CollectionKey, Shape
from dsar.fulfilment.reach import Reach
from dsar.mapping.explaining.expected import Basis, Expected
from dsar.mapping.explaining.explanation import Explanation, Left, ToldStage, ToldVisit
from dsar.mapping.explaining.steps import Key

WIDTH = 110
#: What is asked, of what, the reach, how many rows, and by whose account.
Cells = tuple[str, str, str, str, str]
_BREAKS = re.compile(r"(?<=,) | (?=(?:AND|OR) )")
_MEANINGS = {
    Reach.OWN: "own      down from the person's own keys: delivered",
    Reach.LOOKUP: "lookup   what a foreign key names: delivered; from there only declared directions are followed",
    Reach.FOREIGN: "foreign  through another person's row: delivered only where it names the person itself",
}


def lines(explanation: Explanation) -> Iterator[str]:
    """Yield the lines."""
    yield from _summary(explanation)
    for number, stage in enumerate(explanation.stages, 1):
        yield from _stage(explanation, stage, number)
    yield from _left("Not reached", explanation.unreached)
    yield from _left("Left out", explanation.skipped)
    yield from _not_followed(explanation)
    yield from _legend(explanation)


def _summary(explanation: Explanation) -> Iterator[str]:
    given = ", ".join(f"{kind} ({_values(number)})" for kind, number in explanation.given.items())
    reached = f"{explanation.visited} of {_counted(explanation.collections, 'collection')}"
    yield f"Reached by {given}: {reached}, in {_counted(len(explanation.stages), 'stage')}."
    for kind, field in explanation.brings:
        yield from _wrapped(f"Values of {field} in the person's own rows are searched for as {kind}, too.", "")
    if explanation.identifying:
        names = ", ".join(map(_name, explanation.identifying))
        yield from _wrapped(f"First, until no further identity is found: {names}.", "")


def _stage(explanation: Explanation, stage: ToldStage, number: int) -> Iterator[str]:
    yield ""
    yield f"STAGE {number}"
    for dataset, others in stage.held_back.items():
        yield f"  {dataset} waits for {', '.join(others)} (after)"
    table = _Table([line for visit in stage.visits for line in _keys(visit, explanation.given)])
    for dataset in dict.fromkeys(visit.visit.collection[0] for visit in stage.visits):
        visits = [visit for visit in stage.visits if visit.visit.collection[0] == dataset]
        yield from _store(explanation, dataset, visits, table)


def _store(explanation: Explanation, dataset: str, visits: Sequence[ToldVisit], table: _Table) -> Iterator[str]:
    told = explanation.stores[dataset]
    shared = _shared_notes(visits)
    yield ""
    yield f"{dataset} · {told.kind}"
    for note in [*([f"did not answer: {told.failure}"] if told.failure else []), *shared]:
        yield from _wrapped(note, "  ")
    for visit in visits:
        yield ""
        yield from _visit(visit, _keys(visit, explanation.given), table, shared)


def _shared_notes(visits: Sequence[ToldVisit]) -> list[str]:
    """Return the notes that all the visits of a store have: they are said once."""
    of = [visit.told.notes for visit in visits if visit.told]
    return [note for note in (of[0] if of else ()) if len(of) > 1 and all(note in notes for notes in of)]


def _visit(visit: ToldVisit, keys: Sequence[Cells], table: _Table, shared: Sequence[str]) -> Iterator[str]:
    yield f"  {visit.visit.collection[1]}{_remarks(visit)}"
    for cells in keys:
        yield f"    {table.line(cells)}"
    if visit.problem:
        yield from _wrapped(f"PROBLEM: {visit.problem}", "    ")
    for words in visit.delivered:
        yield from _wrapped(words, "    ")
    if visit.told is not None:
        yield from _queries(visit.told.queries)
        for note in visit.told.notes:
            if note not in shared:
                yield from _wrapped(note, "    ")


def _queries(queries: Sequence[str]) -> Iterator[str]:
    """Yield the lines of queries; between those of several lines one is left empty."""
    for number, query in enumerate(queries):
        if number and "\n" in query:
            yield ""
        for line in query.splitlines():
            yield from _broken(line.rstrip(), "      ")


def _remarks(visit: ToldVisit) -> str:
    remarks = ["again, by other keys"] if visit.visit.again else []
    remarks += ["leads back to itself: until nothing is new"] if visit.visit.circles else []
    remarks += [f"after {', '.join(visit.visit.waits_for)}"] if visit.visit.waits_for else []
    return f"  ({'; '.join(remarks)})" if remarks else ""


def _keys(visit: ToldVisit, given: Container[str]) -> list[Cells]:
    """Return a line a key; a path that is asked by several sources is written once."""
    found, before = [], None
    for key, expected in zip(visit.visit.keys, visit.expected, strict=True):
        asked = " + ".join(key.paths) if key.paths != before else ""
        word = "by" if before is None else "or"
        source = _source(key, visit.visit.collection[0], given)
        found.append((f"{word} {asked}", source, _reaches(key), *_rows(expected)))
        before = key.paths
    return found


def _source(key: Key, dataset: str, given: Container[str]) -> str:
    if key.kind:
        return f"identity {key.kind}{'' if key.kind in given else ', if one is found'}"
    names = " + ".join(f"{source.collection}.{source.path}" for source in key.sources)
    there = "" if key.sources[0].dataset == dataset else f"{key.sources[0].dataset}:"
    shape = "lookup" if key.shape is Shape.LOOKUP else "fan-out"
    return f"{shape} from {there}{names}{'' if key.directed else ', no direction'}"


def _reaches(key: Key) -> str:
    *most, last = (reach.name.lower() for reach in key.reaches)
    return f"{', '.join(most)} or {last}" if most else last


def _rows(expected: Expected) -> tuple[str, str]:
    if expected.basis is Basis.NOT_ASKED:
        return ("", "")
    if expected.rows is None:
        return ("", f"not known: {expected.by}")
    number = _counted(round(expected.rows), "row")
    if expected.basis is Basis.COUNTED:
        return (number, "counted")
    about = "at most" if expected.at_most else "about"
    return (f"{about} {number}" if expected.rows else number, f"estimated by {expected.by}")


class _Table:
    """Lays cells out in columns as wide as their widest; the last is not padded, the number before it to the right."""

    def __init__(self, rows: Sequence[Cells]) -> None:
        self._widths = [max(map(len, column)) for column in zip(*rows, strict=True)]

    def line(self, cells: Cells) -> str:
        asked, source, reach, rows, words = cells
        *left, right, _last = self._widths
        padded = [cell.ljust(width) for cell, width in zip((asked, source, reach), left, strict=True)]
        return "   ".join([*padded, rows.rjust(right), words]).rstrip()


def _left(heading: str, left: Sequence[Left]) -> Iterator[str]:
    if not left:
        return
    yield ""
    yield heading
    for item in left:
        yield from _wrapped(f"{_name(item.collection)}: {item.reason}", "  ", hanging="  ")
        for way in item.ways:
            yield f"    {way}"


def _not_followed(explanation: Explanation) -> Iterator[str]:
    if not explanation.not_followed:
        return
    yield ""
    yield "Not followed: no direction is declared, and only a lookup leads to where they begin"
    for item in explanation.not_followed:
        sources, target = " + ".join(map(str, item.sources)), f"{_name(item.target)}.{' + '.join(item.paths)}"
        yield f"  {sources} to {target}"


def _legend(explanation: Explanation) -> Iterator[str]:
    keys = [key for stage in explanation.stages for visit in stage.visits for key in visit.visit.keys]
    used = sorted({reach for key in keys for reach in key.reaches})
    if used:
        yield ""
        yield from (_MEANINGS[reach] for reach in used)


def _wrapped(text: str, indent: str, hanging: str = "") -> list[str]:
    return wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _broken(text: str, indent: str) -> Iterator[str]:
    """Yield a line of a query, broken after commas and before AND and OR where it is too long."""
    line = indent
    for part in _BREAKS.split(text):
        joint = " " if line.strip() else ""
        if joint and len(line) + len(part) >= WIDTH:
            yield line
            line, joint = f"{indent}    ", ""
        line += joint + part
    yield line


def _name(key: CollectionKey) -> str:
    return f"{key[0]}:{key[1]}"


def _values(number: int) -> str:
    return _counted(number, "value")


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
