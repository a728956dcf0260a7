"""Writes links into sketches as references."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dsar.datamap.model import FieldAddress
from dsar.mapping.drafting.directions import directed, reached
from dsar.mapping.drafting.sketch import Column, Key, Link, Sketch


@dataclass(frozen=True, slots=True)
class _Edge:
    """Values of `source` are asked for at `asked`."""

    link: Link
    source: Key
    source_fields: tuple[str, ...]
    asked: Key
    asked_fields: tuple[str, ...]


def refer(sketches: Sequence[Sketch], links: Sequence[Link]) -> None:
    """Write what may be followed, note what may not, and skip what nothing leads to."""
    known = {item.key: item for item in sketches}
    open_links = [link for link in links if not (known[link.child].skipped or known[link.parent].skipped)]
    holders = [item.key for item in sketches if item.holds_identity and not item.skipped]
    fanouts, lookups, others = directed(open_links, holders)
    edges = [_Edge(link, link.parent, link.targets, link.child, link.fields) for link in fanouts]
    edges += [_Edge(link, link.child, link.fields, link.parent, link.targets) for link in lookups]
    written = {edge.link for edge in sorted(edges, key=lambda edge: -len(edge.asked_fields)) if _write(edge, known)}
    for link in fanouts:
        _name_a_person(known[link.parent])
    for link, reason in others.items():
        _note(known[link.child], link, f"no reference to {link} is written: {reason}")
    followed = reached(
        [link for link in fanouts if link in written], [link for link in lookups if link in written], holders
    )
    for item in sketches:
        if item.key not in followed and not item.skipped:
            item.skipped = True
            item.notes.append("no identity leads here: if it holds personal data, add a reference or an identity")


def _write(edge: _Edge, known: Mapping[Key, Sketch]) -> bool:
    asked = _columns(known[edge.asked], edge.asked_fields)
    source = _columns(known[edge.source], edge.source_fields)
    if any(column is None or column.secret for column in (*asked, *source)):
        return _refuse(edge, known, "a part of it is secret, or was not found")
    if len(asked) > 1:
        return _write_group(edge, known, [column for column in asked if column is not None])
    return _write_one(edge, known, asked[0], source[0])


def _write_group(edge: _Edge, known: Mapping[Key, Sketch], asked: Sequence[Column]) -> bool:
    if any(column.references or column.group for column in asked):
        return _refuse(edge, known, "its fields are part of another reference already")
    for column, path in zip(asked, edge.source_fields, strict=True):
        column.group = edge.source[1]
        column.references.append(("from", FieldAddress(*edge.source, path)))
    _tell(edge, known)
    return True


def _write_one(edge: _Edge, known: Mapping[Key, Sketch], asked: Column | None, source: Column | None) -> bool:
    """Declare it at the foreign key, or at the key where the foreign key is part of a group."""
    if asked is None or source is None:
        return False
    to_source = ("from", FieldAddress(*edge.source, edge.source_fields[0]))
    to_asked = ("to", FieldAddress(*edge.asked, edge.asked_fields[0]))
    at_foreign, at_key = (asked, to_source), (source, to_asked)
    if edge.asked != edge.link.child:
        at_foreign, at_key = at_key, at_foreign
    for column, reference in (at_foreign, at_key):
        if not column.group:
            column.references.append(reference)
            _tell(edge, known)
            return True
    return _refuse(edge, known, "its fields are part of other references already")


def _tell(edge: _Edge, known: Mapping[Key, Sketch]) -> None:
    child = known[edge.link.child]
    for path in edge.link.fields:
        _name_a_row(child.columns[path])
    _note(child, edge.link, f"names a row of {edge.link}")


def _name_a_row(column: Column) -> None:
    """A foreign key is a number: `address_id` is no address."""
    if not column.identity and column.category not in ("user.unique_id", "system.operations"):
        column.category, column.evidence = "system.operations", ""


def _name_a_person(parent: Sketch) -> None:
    """The key of a row that holds an identity, and by which other tables name it, is that person's."""
    if parent.holds_identity and parent.sole_key and parent.sole_key.category == "system.operations":
        parent.sole_key.category = "user.unique_id"


def _refuse(edge: _Edge, known: Mapping[Key, Sketch], reason: str) -> bool:
    _note(known[edge.link.child], edge.link, f"no reference to {edge.link} is written: {reason}")
    return False


def _note(child: Sketch, link: Link, text: str) -> None:
    column = child.columns.get(link.fields[0])
    if column is None:
        child.notes.append(text)
    else:
        column.notes.append(text)


def _columns(item: Sketch, paths: Sequence[str]) -> list[Column | None]:
    return [item.columns.get(path) for path in paths]
