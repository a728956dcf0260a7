"""A look at a line's bytes before it is parsed: most lines of a large file are other people's.

It may let through too much, never too little: a value can be written in many ways (escapes, exponents,
letters outside ASCII that fold to ASCII), so every line that has one of these is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Collection as Names
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field

from dsar.datamap.model import Collection
from dsar.stores.base import Alternative, Selection
from dsar.stores.casting import canonical
from dsar.stores.matching import fields_by_path

#: Beyond so many values parsing every line costs less than searching it for all of them.
MOST_VALUES = 16
_EXPONENT = re.compile(rb"[0-9][eE][+-]?[0-9]")
_NUMBER = re.compile(r"-?[0-9.]+")


@dataclass
class _Wanted:
    """What a matching line must show one of."""

    needles: set[bytes] = field(default_factory=set)
    folded: set[bytes] = field(default_factory=set)  # compared without regard to case
    has_numbers: bool = False


class Prefilter:
    """Tells whether a line may match; `names` are fields that come from the path, not from the line."""

    def __init__(self, collection: Collection, selection: Selection, names: Names[str]) -> None:
        wanted = _wanted(collection, selection, names)
        self._is_used = wanted is not None
        found = wanted or _Wanted()
        self._needles, self._folded = tuple(found.needles), tuple(found.folded)
        self._has_numbers = found.has_numbers

    def skips(self, line: bytes) -> bool:
        """Return whether the line cannot match. One that does not even look like an object is not skipped."""
        if not self._is_used or b"\\" in line or line[:1] != b"{" or line[-1:] != b"}":
            return False
        for needle in self._needles:
            if needle in line:
                return False
        if self._folded and self._may_fold(line):
            return False
        return not (self._has_numbers and _EXPONENT.search(line))

    def _may_fold(self, line: bytes) -> bool:
        if not line.isascii():
            return True
        lower = line.lower()
        return any(needle in lower for needle in self._folded)


def _wanted(collection: Collection, selection: Selection, names: Names[str]) -> _Wanted | None:
    """Return what to look for; None if that cannot be said in a few needles."""
    if sum(len(item.values) for item in selection.alternatives) > MOST_VALUES:
        return None
    wanted = _Wanted()
    for alternative in selection.alternatives:
        at = next((at for at, path in enumerate(alternative.paths) if path not in names), None)
        if at is None:
            return None
        _add(wanted, collection, alternative, at)
    return wanted


def _add(wanted: _Wanted, collection: Collection, alternative: Alternative, at: int) -> None:
    item = fields_by_path(collection).get(alternative.paths[at])
    texts = set(_texts(canonical(values[at], item) for values in alternative.values))
    is_email = item is not None and item.identity == "email"
    # What JSON must escape stands behind a backslash, and lines with one are always parsed.
    (wanted.folded if is_email else wanted.needles).update(_bytes(text) for text in texts)
    wanted.has_numbers |= any(_NUMBER.fullmatch(text) for text in texts)


def _texts(forms: Iterable[Hashable | None]) -> Iterator[str]:
    for form in forms:
        if form in _BOOLEANS:
            yield from _BOOLEANS[form]
        elif isinstance(form, str):
            yield form or '""'


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


#: A boolean field may hold the words, in any case, or the digits.
_BOOLEANS: dict[Hashable | None, tuple[str, ...]] = {
    ("boolean", True): ("rue", "RUE", "1"),
    ("boolean", False): ("alse", "ALSE", "0"),
}
