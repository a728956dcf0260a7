"""The members of a JSON object where they stand in its text: what is not changed stays as it is spelt."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from dsar.stores.json_text import Span, members, skip


def spans(document: str) -> Iterator[tuple[str, Span]]:
    """Yield name and place of the value of each member of a JSON object."""
    return members(document, skip(document, 0))


def with_members_of(document: str, before: str, names: Collection[str], masked: Collection[str]) -> str:
    """Return the object with these members spelt as they were before, and without those that it had not then.

    Where nobody has written to it since but a mask, of the members `masked`, it is the one from before, sign by sign.
    """
    if set(names) == _changed(document, before) and _others(document, masked) == _others(before, masked):
        return before
    spelt: dict[str, list[str]] = {}
    for name, (start, end) in spans(before):
        if name in names:
            spelt.setdefault(name, []).append(before[start:end])
    pieces, last, gone = list[str](), 0, set[str]()
    for name, (start, end) in spans(document):
        if name in spelt:
            texts = spelt[name]
            pieces += [document[last:start], texts.pop(0) if len(texts) > 1 else texts[0]]
            last = end
        elif name in names:
            gone.add(name)
    text = "".join((*pieces, document[last:]))
    for name in gone:
        text = _without(text, name)
    return text


def _changed(document: str, before: str) -> set[str]:
    """Return the names of the members that are spelt otherwise now, or that one of the two has not."""
    now, then = _by_name(document), _by_name(before)
    return {name for name in now.keys() | then.keys() if now.get(name) != then.get(name)}


def _by_name(document: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, text in _others(document, ()):
        found.setdefault(name, []).append(text)
    return found


def _others(document: str, masked: Collection[str]) -> list[tuple[str, str]]:
    return [(name, document[start:end]) for name, (start, end) in spans(document) if name not in masked]


def _without(document: str, name: str) -> str:
    """Return the object without a member, which its mask had added at its end."""
    found = list(spans(document))
    at = max(place for place, (each, _span) in enumerate(found) if each == name)
    start = found[at - 1][1][1] if at else document.index("{") + 1
    end = found[at][1][1]
    if not at and len(found) > 1:
        end = document.index(",", end) + 1
    return document[:start] + document[end:]
