"""A look at many lines of JSON at once before one of them is parsed: most lines of a large file are other people's.

It may let through too much, never too little: `places.py` says how values are found in what is not parsed.
"""

from __future__ import annotations

import re
from collections.abc import Collection as Names
from collections.abc import Hashable, Iterator

from dsar.datamap.model import Collection
from dsar.stores.base import Alternative, Selection
from dsar.stores.casting import canonical
from dsar.stores.matching import fields_by_path
from dsar.stores.objects.places import Places, is_plain

#: A line that does not even look like an object. Parsing it tells what is wrong with it.
_STRANGE = re.compile(rb'^(?!\{[ \t]*(?:".*)?\}\r?$)', re.MULTILINE)


class Prefilter:
    """Finds the lines that may match; `names` are fields that come from the path, not from the line."""

    def __init__(self, collection: Collection, selection: Selection, names: Names[str]) -> None:
        self._places = _places(collection, selection, names)

    def lines(self, block: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield (number from 0, line) of a block of whole lines: those that may match or look like no object."""
        if self._places is None:
            yield from enumerate(block.split(b"\n"))
            return
        number = rest = 0
        for at in sorted(self._found(block, self._places)):
            if at >= rest:
                start = max(rest, block.rfind(b"\n", rest, at) + 1)
                end = block.find(b"\n", start)
                end = len(block) if end < 0 else end
                number += block.count(b"\n", rest, start)
                yield number, block[start:end]
                number, rest = number + 1, end + 1

    def _found(self, block: bytes, places: list[Places]) -> Iterator[int]:
        for item in places:
            yield from item.within(block)
        if not _looks_like_objects(block):
            yield from (found.start() for found in _STRANGE.finditer(block))


def _looks_like_objects(block: bytes) -> bool:
    """Return whether each line begins and ends as an object does; of most blocks counting tells it."""
    if not (block.startswith(b'{"') and block.endswith((b"}", b"}\r"))):
        return False
    others = block.count(b"\n") - block.count(b'}\n{"')
    return others == 0 or others == block.count(b'}\r\n{"')


def _places(collection: Collection, selection: Selection, names: Names[str]) -> list[Places] | None:
    """Return what to look for, a field of each alternative; None if that cannot be told before parsing."""
    fields, forms = fields_by_path(collection), dict[str, set[Hashable]]()
    for alternative in selection.alternatives:
        at = _decisive(alternative, names)
        if at is None:
            return None
        path = alternative.paths[at]
        found = (canonical(values[at], fields.get(path)) for values in alternative.values)
        forms.setdefault(path, set()).update(form for form in found if form is not None)
    return [Places(path, fields.get(path), found) for path, found in forms.items()]


def _decisive(alternative: Alternative, names: Names[str]) -> int | None:
    """Return which of the paths, all of which a row must fit, is looked for."""
    paths = enumerate(alternative.paths)
    return next((at for at, path in paths if path not in names and is_plain(path)), None)
