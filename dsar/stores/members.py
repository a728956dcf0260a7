"""The members of a JSON object where they stand in its text: what is not changed stays as it is spelt."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from json import JSONDecoder

from dsar.values import Value

_WHITE = " \t\n\r"


def json_members(document: str) -> Iterator[tuple[str, Value, int, int]]:
    """Yield name, value and the value's place, from and to, of each member of a JSON object."""
    decoder, at = JSONDecoder(), _after(document, _after(document, 0) + 1)
    while document[at] != "}":
        name, at = decoder.raw_decode(document, at)
        start = _after(document, _after(document, at) + 1)
        value, end = decoder.raw_decode(document, start)
        yield name, value, start, end
        at = _after(document, end)
        at = _after(document, at + 1) if document[at] == "," else at


def with_members_of(document: str, before: str, names: Collection[str], masked: Collection[str]) -> str:
    """Return the object with these members spelt as they were before, and without those that it had not then.

    Where nobody has written to it since but a mask, of the members `masked`, it is the one from before, sign by sign.
    """
    if set(names) == _changed(document, before) and _others(document, masked) == _others(before, masked):
        return before
    spelt: dict[str, list[str]] = {}
    for name, _value, start, end in json_members(before):
        if name in names:
            spelt.setdefault(name, []).append(before[start:end])
    pieces, last, gone = list[str](), 0, set[str]()
    for name, _value, start, end in json_members(document):
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
    return [(name, document[start:end]) for name, _value, start, end in json_members(document) if name not in masked]


def _without(document: str, name: str) -> str:
    """Return the object without a member, which its mask had added at its end."""
    members = list(json_members(document))
    at = max(place for place, (found, *_rest) in enumerate(members) if found == name)
    start = members[at - 1][3] if at else document.index("{") + 1
    end = members[at][3]
    if not at and len(members) > 1:
        end = document.index(",", end) + 1
    return document[:start] + document[end:]


def _after(document: str, at: int) -> int:
    """Return the place of the next sign that is no white space."""
    while document[at] in _WHITE:
        at += 1
    return at
