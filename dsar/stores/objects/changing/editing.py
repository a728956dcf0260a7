"""Rows of a JSON text cut out or masked, and every other byte left as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from dsar.datamap.erasure import Mask, Strategy
from dsar.stores.inside import by_field, edits
from dsar.stores.json_text import Edit, Span, applied, items, members, skip, spelt, value_at
from dsar.stores.objects.changing.masks import instead
from dsar.stores.objects.changing.targets import Masking, Target


def edited(text: str, path: Sequence[str], targets: Sequence[Target]) -> str | None:
    """Return the text without the rows that go and with the others masked; None if it was but one row, which goes.

    The text is JSON, and has rows at the path. Raises ForbiddenError.
    """
    start, end = _value_at(text, path)
    masks = {target.place: target.masking for target in targets if target.masking is not None}
    gone = {target.place for target in targets if target.masking is None}
    if text[start] != "[":
        return None if gone else _masked(text, {(start, end): masks[0]})
    spans = list(items(text, start))
    if gone:
        return _cut(_masked(text, {spans[place]: masking for place, masking in masks.items()}), path, gone)
    return _masked(text, {spans[place]: masking for place, masking in masks.items()})


def count_rows(text: str, path: Sequence[str]) -> int:
    """Return how many rows are at the path."""
    start, _end = _value_at(text, path)
    return sum(1 for _ in items(text, start)) if text[start] == "[" else 1


def row_spans(text: str, path: Sequence[str]) -> tuple[int, int, list[Span]]:
    """Return where the rows at the path begin and end, and where each of them stands."""
    start, end = _value_at(text, path)
    return start, end, list(items(text, start)) if text[start] == "[" else [(start, end)]


def _cut(text: str, path: Sequence[str], gone: set[int]) -> str:
    """Return the text with elements of the array at the path left out."""
    start, end = _value_at(text, path)
    spans = list(items(text, start))
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
    found = list(members(text, span[0]))
    insides, names = by_field(masking.masks), {name for name, _ in found}
    changes: list[Edit] = []
    for name, (start, _end) in found:  # a name that stands twice is masked twice
        if name in insides:
            changes += edits(text, start, insides[name], instead(name, masking.key))
    missing = [
        f"{json.dumps(name)}:{spelt(inside.value)}"
        for name, inside in insides.items()
        if name not in names and isinstance(inside, Mask) and inside.strategy is Strategy.FIXED
    ]
    if missing:
        at = found[-1][1][1] if found else span[0] + 1
        changes.append((at, at, f"{',' if found else ''}{','.join(missing)}"))
    return applied(text, changes)


def _value_at(text: str, path: Sequence[str]) -> Span:
    at = skip(text, 0)
    for name in path:
        # Of a name that stands twice readers take the last.
        at = [span for found, span in members(text, at) if found == name][-1][0]
    return at, value_at(text, at)[1]
