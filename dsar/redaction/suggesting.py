"""Other people's values in the rows of a bundle, collected for a reviewer: streamed, and bounded whatever there is."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field

import orjson

from dsar.bundle.contents import BundleContents, CollectionContents
from dsar.bundle.survey import opened
from dsar.redaction.detecting import detect
from dsar.redaction.detecting.emails import is_role
from dsar.redaction.fields import Look, Looks, looks
from dsar.redaction.kinds import Finding, Kind
from dsar.redaction.own import Own
from dsar.redaction.texts import decoded, in_bytes, texts
from dsar.stores.redacting import folded, places
from dsar.values import Row

#: Different values of one collection that are suggested at a time; of the rest, places are counted.
MOST_VALUES = 1_000
MOST_CONTEXTS = 3
_AROUND = 60  # characters of text on either side
_SHORTEST = 3
#: A date or a moment, in a store that keeps it as text.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:[T ][\d:.]{5,15}(?:Z|[+-]\d\d:?\d\d)?)?")
_REMEMBERED, _MOST_REMEMBERED = 100, 5_000  # characters of a text, texts of a kind

_TEXTS = frozenset({"string", "array", "object", "bytes"})

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Context:
    """Where a value stands: the field's path, the text before and behind it, and how it is spelt there."""

    path: str
    before: str
    found: str
    after: str


@dataclass(slots=True)
class Suggestion:
    """A value that may be another person's, in one collection; `places` counts where it stands."""

    kind: Kind
    value: str
    places: int = 0
    contexts: list[Context] = field(default_factory=list)

    def add(self, path: str, text: str, start: int, end: int) -> None:
        self.places += 1
        if len(self.contexts) < MOST_CONTEXTS:
            self.contexts.append(context(path, text, start, end))


@dataclass
class Suggested:
    """What was found in one collection, by its form; `beyond` counts places of values that are not listed."""

    suggestions: dict[str, Suggestion] = field(default_factory=dict)
    beyond: int = 0


def context(path: str, text: str, start: int, end: int) -> Context:
    before, after = text[max(0, start - _AROUND) : start], text[end : end + _AROUND]
    return Context(
        path,
        f"…{before}" if start > _AROUND else before,
        text[start:end],
        f"{after}…" if end + _AROUND < len(text) else after,
    )


def suggest(
    contents: BundleContents, *, own: Own, known: Callable[[Key], Container[str]], progress: Callable[[str], None]
) -> Mapping[Key, Suggested]:
    """Return what every collection holds of other people. Raises what reading its rows raises.

    `known` tells the forms that were listed before, which are listed again whatever their number; `progress` is told
    each collection's title.
    """
    found: dict[Key, Suggested] = {}
    for store in contents.stores:
        for item in store.collections:
            wanted = looks(item.collection)
            if item.rows and wanted:
                progress(item.collection.title or item.collection.name)
                searching = _Searching(own, wanted, known(item.collection.key))
                searching.read(item)
                found[item.collection.key] = searching.found
    return found


class _Searching:
    """The search of one collection."""

    def __init__(self, own: Own, wanted: Looks, known: Container[str]) -> None:
        self._own, self._known = own, known
        self._wanted = wanted
        self._names = frozenset[str]()
        self._in_bytes = frozenset[str]()
        self._listed = 0
        self._idle: dict[Look, set[str]] = {look: set() for look in Look}
        self.found = Suggested()

    def read(self, item: CollectionContents) -> None:
        names = {path.partition(".")[0] for path in self._wanted}
        # Dates, numbers and the like are texts in JSON, and none that anybody wrote.
        self._names = frozenset(name for name in names if item.types.get(name, _TEXTS) & _TEXTS)
        self._in_bytes = in_bytes(item)
        with opened(item) as blocks:
            for block in blocks:
                for line in block.splitlines():
                    self._row(orjson.loads(line))

    def _row(self, row: Row) -> None:
        for name in self._names & row.keys():
            for path, text in texts(decoded(row[name]) if name in self._in_bytes else row[name], name):
                if len(text) >= _SHORTEST and (look := self._look(path)) is not None and text not in self._idle[look]:
                    self._text(path, text, look)

    def _look(self, path: str) -> Look | None:
        """Return how a text is looked at: as its field, or as the nearest above that the map describes."""
        while path:
            if (look := self._wanted.get(path)) is not None:
                return look
            path = path.rpartition(".")[0]
        return None

    def _text(self, path: str, text: str, look: Look) -> None:
        if _MOMENT.fullmatch(text):
            return
        found = [item for item in _findings(text, look) if not self._own.has(item.kind, text[item.start : item.end])]
        for item in found:
            self._add(path, text, item, text[item.start : item.end])
        if not found and len(text) <= _REMEMBERED:
            self._remember(text, self._idle[look])

    def _remember(self, text: str, idle: set[str]) -> None:
        """Keep a text in which nothing is: what programs write is the same in row after row."""
        if len(idle) >= _MOST_REMEMBERED:
            idle.clear()
        idle.add(text)

    def _add(self, path: str, text: str, item: Finding, value: str) -> None:
        form = folded(value)
        suggestion = self.found.suggestions.get(form)
        if suggestion is None:
            if form not in self._known:
                self._listed += 1
                if self._listed > MOST_VALUES:
                    self.found.beyond += 1
                    return
            item = _as_word(text, item)
            value = text[item.start : item.end]
            form = folded(value)
            suggestion = self.found.suggestions.setdefault(form, Suggestion(item.kind, value))
        suggestion.add(path, text, item.start, item.end)


def _as_word(text: str, item: Finding) -> Finding:
    """Return the find, grown to whole words if it would not be found as one: what is accepted must be findable."""
    form = folded(text[item.start : item.end])
    if any(start <= item.start and item.end <= end for start, end in places(text, (form,))):
        return item
    start, end = item.start, item.end
    while start and _joins(text[start - 1]):
        start -= 1
    while end < len(text) and _joins(text[end]):
        end += 1
    return Finding(start, end, item.kind)


def _joins(sign: str) -> bool:
    return not sign.isspace() and sign not in "\"'<>()[]{},;"


def _findings(text: str, look: Look) -> Iterator[Finding]:
    if look is not Look.NAME:
        yield from detect(text, prose=look is Look.PROSE)
    elif "@" in text:
        yield from detect(text, prose=False)
    elif any(map(str.isalpha, text)) and not is_role(text):
        yield Finding(len(text) - len(text.lstrip()), len(text.rstrip()), Kind.NAME)
