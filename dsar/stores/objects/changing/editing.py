"""Rows of a JSON text cut out or masked, and every other byte left as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from json.decoder import scanstring  # type: ignore[attr-defined]  # typeshed leaves it out

from dsar.stores.objects.changing.masks import masked
from dsar.stores.objects.changing.targets import Masking, Target
from dsar.values import Row, Value

_decode = json.JSONDecoder().raw_decode
_SPACE = re.compile(r"[ \t\n\r]*")

#: Where a value begins and ends.
Span = tuple[int, int]


def edited(text: str, path: Sequence[str], targets: Sequence[Target]) -> str | None:
    """Return the text without the rows that go and with the others masked; None if it was but one row, which goes.

    The text is JSON, and has rows at the path. Raises ForbiddenError.
    """
    start, end = _value_at(text, path)
    masks = {target.place: target.masking for target in targets if target.masking is not None}
    gone = {target.place for target in targets if target.masking is None}
    if text[start] != "[":
        return None if gone else _masked(text, {(start, end): masks[0]})
    spans = list(_items(text, start))
    if gone:
        return _cut(_masked(text, {spans[place]: masking for place, masking in masks.items()}), path, gone)
    return _masked(text, {spans[place]: masking for place, masking in masks.items()})


def count_rows(text: str, path: Sequence[str]) -> int:
    """Return how many rows are at the path."""
    start, _end = _value_at(text, path)
    return sum(1 for _ in _items(text, start)) if text[start] == "[" else 1


def row_spans(text: str, path: Sequence[str]) -> tuple[int, int, list[Span]]:
    """Return where the rows at the path begin and end, and where each of them stands."""
    start, end = _value_at(text, path)
    return start, end, list(_items(text, start)) if text[start] == "[" else [(start, end)]


def _cut(text: str, path: Sequence[str], gone: set[int]) -> str:
    """Return the text with elements of the array at the path left out."""
    start, end = _value_at(text, path)
    spans = list(_items(text, start))
    kept = [at for at in range(len(spans)) if at not in gone]
    if not kept:
        return f"{text[:start]}[]{text[end:]}"
    parts = [text[: spans[0][0]]]
    for number, at in enumerate(kept):
        if number:
            parts.append(text[spans[at - 1][1] : spans[at][0]])
        parts.append(text[slice(*spans[at])])
    return "".join((*parts, text[spans[-1][1] :]))


def _masked(text: str, rows: Mapping[Span, Masking]) -> str:
    for span, masking in sorted(rows.items(), key=lambda item: item[0], reverse=True):  # earlier spans stay true
        text = _masked_row(text, span, masking)
    return text


def _masked_row(text: str, span: Span, masking: Masking) -> str:
    members = list(_members(text, span[0]))
    row: Row = {name: _decode(text, start)[0] for name, (start, _end) in members}
    written = masked(masking, row)
    missing = [f"{json.dumps(name)}:{json.dumps(value)}" for name, value in written.items() if name not in row]
    if missing:
        at = members[-1][1][1] if members else span[0] + 1
        text = f"{text[:at]}{',' if members else ''}{','.join(missing)}{text[at:]}"
    for name, (start, end) in reversed(members):  # a name that stands twice is masked twice
        if name in written:
            text = f"{text[:start]}{_spelt(written[name])}{text[end:]}"
    return text


def _spelt(value: Value) -> str:
    return json.dumps(value, ensure_ascii=False)


def _value_at(text: str, path: Sequence[str]) -> Span:
    at = _skip(text, 0)
    for name in path:
        # Of a name that stands twice readers take the last.
        at = [span for found, span in _members(text, at) if found == name][-1][0]
    return at, _decode(text, at)[1]


def _members(text: str, at: int) -> Iterator[tuple[str, Span]]:
    """Yield (name, span of the value) of the object that begins there."""
    at = _skip(text, at + 1)
    while text[at] != "}":
        name, at = scanstring(text, at + 1)
        start = _skip(text, _skip(text, at) + 1)
        end = _decode(text, start)[1]
        yield name, (start, end)
        at = _next(text, end)


def _items(text: str, at: int) -> Iterator[Span]:
    """Yield the span of each element of the array that begins there."""
    at = _skip(text, at + 1)
    while text[at] != "]":
        end = _decode(text, at)[1]
        yield at, end
        at = _next(text, end)


def _next(text: str, end: int) -> int:
    at = _skip(text, end)
    return _skip(text, at + 1) if text[at] == "," else at


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
