"""Sketches as a Fideslang manifest: comments above what they speak of, one line a field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from dsar.mapping.drafting.sketch import Column, Sketch

_HEADER = """\
# A draft, made from what the store says of itself and from a sample of its rows. Review every line: what stands in
# comments is why something was guessed, or was left out. `manage.py datamap check` tells what is still missing;
# docs/datamap.md says what each key means.
"""


def write(dataset: str, sketches: Sequence[Sketch], notes: Sequence[str] = ()) -> str:
    """Return the text of one dataset's file. No sampled value is in it."""
    lines = [*_comments(notes, ""), "dataset:", f"- fides_key: {_plain(dataset)}"]
    lines += ["  collections:"] if sketches else ["  collections: []"]
    for item in sketches:
        lines += _collection(item)
    return _HEADER + "\n".join(lines) + "\n"


def _collection(item: Sketch) -> Iterator[str]:
    yield from _comments(item.notes, "  ")
    yield f"  - name: {_plain(item.name)}"
    if item.skipped:
        yield "    fides_meta: {skip_processing: true}"
    if item.found.source:
        yield f"    meta: {_plain({'source': dict(item.found.source)})}"
    top = [column for column in item.columns.values() if "." not in column.path]
    yield "    fields:" if top else "    fields: []"
    for column in top:
        yield from _field(column, item, "    ")


def _field(column: Column, item: Sketch, indent: str) -> Iterator[str]:
    yield from _comments(_remarks(column), indent)
    inner = [part for part in item.columns.values() if part.path.rpartition(".")[0] == column.path]
    if not inner:
        yield f"{indent}- {_plain(_entry(column))}"
        return
    column.data_type = ""
    yield from (
        f"{indent}{'  ' if at else '- '}{key}: {_plain(value)}"
        for at, (key, value) in enumerate(_entry(column).items())
    )
    yield f"{indent}  fields:"
    for part in inner:
        yield from _field(part, item, f"{indent}  ")


def _remarks(column: Column) -> list[str]:
    silence = [] if column.category else ["no guess: say what it holds, by data_categories"]
    return [column.evidence, *column.notes] if column.evidence else [*column.notes, *silence]


def _entry(column: Column) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": column.name}
    if column.category:
        entry["data_categories"] = [column.category]
    references = [
        {"dataset": target.dataset, "field": f"{target.collection}.{target.path}", "direction": direction}
        for direction, target in column.references
    ]
    fides = {
        "primary_key": column.primary_key,
        "identity": column.identity,
        "data_type": column.data_type,
        "references": references,
    }
    meta = {"secret": column.secret, "group": column.group}
    for name, mapping in (("fides_meta", fides), ("meta", meta)):
        if said := {key: value for key, value in mapping.items() if value}:
            entry[name] = said
    return entry


def _plain(value: Any) -> str:
    """Return any value on one line, quoted where YAML would read it as something else."""
    text: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=float("inf"))
    return text.removesuffix("...\n").strip()


def _comments(notes: Sequence[str], indent: str) -> Iterator[str]:
    """Yield a line a note; a line's end in a name must not end the comment."""
    for note in notes:
        yield f"{indent}# {' '.join(''.join(sign if sign.isprintable() else ' ' for sign in note).split())}"
