"""Takes values out of rows on their way into a bundle, and puts a mark where each stood.

Texts alone are changed, and what is text inside of bytes: numbers and dates stay as they are.
"""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from json.decoder import scanstring  # type: ignore[attr-defined]  # typeshed leaves it out

import orjson

from dsar.redaction.texts import structured
from dsar.stores.json_text import applied, skip, spelt_like
from dsar.stores.redacting import STRING, beginning, folded, form_of, places
from dsar.values import Row, Value

#: An escape inside of JSON that is itself a text of the row: only decoding tells what it says.
_ESCAPED = b"\\\\u"


class Remover:
    """Replaces values, given by their folded forms, each by its own mark; `found` counts how often each stood there.

    `bytes_fields` are top-level fields whose values are bytes, as base64.
    """

    def __init__(self, marks: Mapping[str, str], *, bytes_fields: Iterable[str] = ()) -> None:
        self._marks = dict(marks)
        self._words = tuple(sorted(self._marks))
        self._begins = {word: _raw_begin(word) for word in self._words}
        self._numbers = {_digits(word): word for word in self._words if word.startswith("+")}
        self._bytes = frozenset(bytes_fields)
        self.found: Counter[str] = Counter()

    def block(self, block: bytes) -> bytes:
        """Return a block of lines of JSON without the values; a line that has none comes back as it was."""
        words = self._words if self._bytes or _ESCAPED in block else self._near(block)
        if not words:
            return block
        return b"".join(self._line(line, words) for line in block.splitlines(keepends=True))

    def text(self, text: str) -> str:
        """Return a text without the values; what is JSON in it is looked into, names of members too."""
        return self._text(text, self._words)

    def _near(self, block: bytes) -> tuple[str, ...]:
        """Return those of the words that may stand in the block: searching for each in each text takes long."""
        form = form_of(block.decode())
        return tuple(word for word, begin in self._begins.items() if begin is None or begin in form)

    def _line(self, line: bytes, words: tuple[str, ...]) -> bytes:
        row = orjson.loads(line)
        new = self._row(row, words)
        return orjson.dumps(new, option=orjson.OPT_APPEND_NEWLINE) if new != row else line

    def _row(self, row: Row, words: tuple[str, ...]) -> Row:
        # The names of a row's own fields are the data map's.
        return {
            name: self._of_bytes(value, words) if name in self._bytes else self._value(value, words)
            for name, value in row.items()
        }

    def _value(self, value: Value, words: tuple[str, ...]) -> Value:
        if isinstance(value, str):
            return self._text(value, words)
        if isinstance(value, list):
            return [self._value(item, words) for item in value]
        if isinstance(value, dict):
            return self._object(value, words)
        return value

    def _object(self, value: Row, words: tuple[str, ...]) -> Row:
        names = _Names()
        return {
            names.untaken(self._text(name, words), was=name): self._value(item, words) for name, item in value.items()
        }

    def _of_bytes(self, value: Value, words: tuple[str, ...]) -> Value:
        """Return bytes, as base64, without the values where they are text."""
        if not isinstance(value, str):
            return self._value(value, words)
        try:
            text = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):  # a picture, or no bytes at all
            return self._text(value, words)
        new = self._text(text, words)
        return value if new == text else base64.b64encode(new.encode()).decode("ascii")

    def _text(self, text: str, words: tuple[str, ...]) -> str:
        if structured(text) is not text:
            return applied(text, self._in_json(text, words))
        return applied(text, self._marked(text, words))

    def _marked(self, text: str, words: tuple[str, ...]) -> Iterator[tuple[int, int, str]]:
        for start, end in places(text, words):
            word = self._word_of(text[start:end])
            self.found[word] += 1
            yield start, end, self._marks[word]

    def _word_of(self, said: str) -> str:
        form = folded(said)
        # A phone number is found however it is parted.
        return form if form in self._marks else self._numbers[_digits(form)]

    def _in_json(self, text: str, words: tuple[str, ...]) -> Iterator[tuple[int, int, str]]:
        names = _Names()
        for found in STRING.finditer(text):
            said = scanstring(text, found.start() + 1)[0]
            new = self._text(said, words)
            if text.startswith(":", skip(text, found.end())):
                new = names.untaken(new, was=said)
            if new != said:
                yield found.start(), found.end(), spelt_like(new, found[0])


class _Names:
    """Names of members that became marks: no two of one object may be alike."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()

    def untaken(self, name: str, *, was: str) -> str:
        if name == was:
            return name
        self._taken[name] += 1
        return name if self._taken[name] == 1 else f"{name} {self._taken[name]}"


def _raw_begin(word: str) -> str | None:
    """Return how a word begins in the bytes of a line of JSON; None if an escape may stand in it."""
    begin = beginning(word)
    return None if '"' in begin or "\\" in begin else begin


def _digits(word: str) -> str:
    return "".join(filter(str.isdigit, word))
