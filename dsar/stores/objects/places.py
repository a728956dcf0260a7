"""Where JSON text that is not parsed may show one of many values of a field: one look-up an occurrence, however many.

The text is searched for the field's name as it stands before a colon, at any depth, and what follows is looked up in a
set. That holds also where texts are full of backslashes: outside its quotes a simple name cannot stand in valid JSON,
inside of a text its quotes would be escaped. What a set cannot tell (escapes, floats, arrays, letters outside ASCII
that fold to ASCII) is parsed by itself, and what cannot be parsed by itself is let through.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Set

from dsar.datamap.model import Field
from dsar.stores.casting import canonical
from dsar.stores.parsing import parse

#: No sign that JSON escapes or that stands between its texts: `"a":"b"` must not show a field named ":".
_SIMPLE_NAME = re.compile(r"[A-Za-z0-9_$@. -]*[A-Za-z_][A-Za-z0-9_$@. -]*")
_TEXT = rb'"[^"\\\n]*"'
_ASCII_TEXT = rb'"[\x00-\x09\x0b-\x21\x23-\x5b\x5d-\x7f]*"'
#: A whole number; what follows must not make it a float or a number that is not JSON.
_DIGITS = rb"[0-9]+(?![0-9.eE])"
#: A value that can be told from its bytes where it begins: anything flat, and arrays of these.
_VALUE = re.compile(rb'"(?:[^"\\\n]|\\.)*"|\[[^][{}\n]*\]|[^][{}",\s]+')
#: Data types of which many texts are one value.
_MANY_SPELLINGS = frozenset({"float", "boolean"})


def is_plain(path: str) -> bool:
    """Return whether a field with that path can be found in text that is not parsed."""
    return _SIMPLE_NAME.fullmatch(_name(path)) is not None


class Places:
    """Finds the places of a field that may hold one of the canonical forms."""

    def __init__(self, path: str, item: Field | None, forms: Set[Hashable]) -> None:
        self._item, self._forms = item, forms
        self._folds = item is not None and item.identity == "email"
        name = _name(path).encode()
        self._escaped_name = _escaped(name)
        self._pattern = re.compile(
            rb'"%b"[ \t\r]*:[ \t\r]*(%b)?' % (re.escape(name.lower() if self._folds else name), self._certain())
        )
        self._parts = re.compile(rb"(%b)|[^][,\s]" % self._certain())
        # Nothing is what a pattern finds where the value is not one of those that the set is certain of.
        self._spelt = frozenset(_spelt(forms)) | {b""}

    def _certain(self) -> bytes:
        if self._item and (self._item.data_type or "").removesuffix("[]") in _MANY_SPELLINGS:
            return rb"null"
        return rb"%b|%b|null" % (_ASCII_TEXT if self._folds else _TEXT, _DIGITS)

    def within(self, block: bytes) -> Iterator[int]:
        """Yield where in a block of lines it may be; the lines need not be valid."""
        text = block.lower() if self._folds else block
        if not self._spelt.isdisjoint(self._pattern.findall(text)):
            for found in self._pattern.finditer(text):
                if found[1] in self._spelt if found[1] else self._may_be(block, found.end()):
                    yield found.start()
        if b"\\u00" in block:
            yield from (found.start() for found in self._escaped_name.finditer(block))

    def _may_be(self, block: bytes, at: int) -> bool:
        found = _VALUE.match(block, at)
        if found is None:
            return True
        if found[0][:1] == b"[" and not self._folds and self._spelt.isdisjoint(self._parts.findall(found[0])):
            return False
        try:
            value = parse(found[0])
        except ValueError:
            return True
        parts = value if isinstance(value, list) else [value]
        return any(canonical(part, self._item) in self._forms for part in parts)


def _name(path: str) -> str:
    return path.rpartition(".")[2]


def _escaped(name: bytes) -> re.Pattern[bytes]:
    r"""Return what finds any letter of the name as an escape: "\u0069d" is the name "id"."""
    return re.compile(rb"\\u00(?:%b)" % b"|".join(b"%02x" % letter for letter in sorted(set(name))), re.IGNORECASE)


def _spelt(forms: Set[Hashable]) -> Iterator[bytes]:
    """Yield what the pattern finds of the forms, where it is certain of what it finds."""
    for form in forms:
        if isinstance(form, str):
            text = form.encode("utf-8", "surrogatepass")
            yield b'"%b"' % text
            if text.isdigit():
                yield text
