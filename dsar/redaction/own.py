"""What is the person's own, and so nobody else's: proven identities, and how their own rows call them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import orjson

from dsar.bundle.contents import BundleContents, CollectionContents, UsedIdentity
from dsar.bundle.survey import opened
from dsar.datamap.model import Collection, Field
from dsar.redaction.detecting.cues import PARTICLES, TITLES
from dsar.redaction.kinds import Kind
from dsar.redaction.texts import texts
from dsar.stores.redacting import folded
from dsar.values import Row, at_path

_CALLED = ("user.name", "user.contact")
_WORD = re.compile(r"\w+")
_LEAST_DIGITS = 7
_MOST = 1_000  # values of one person; a store of wild rows must not fill the memory


@dataclass(frozen=True)
class Own:
    """Values in the form in which they are looked for, the words of them that name the person, and their numbers."""

    values: frozenset[str]
    words: frozenset[str]
    numbers: tuple[str, ...]

    def has(self, kind: Kind, value: str) -> bool:
        """Tell whether a value is the person's own: a name of which each word is one of theirs is."""
        form = folded(value)
        if form in self.values:
            return True
        if kind is Kind.NAME:
            said = set(_WORD.findall(form)) - PARTICLES - TITLES
            return bool(said) and said <= self.words
        digits = "".join(filter(str.isdigit, form))
        if kind is not Kind.PHONE or len(digits) < _LEAST_DIGITS:
            return False
        # Written with or without the country's number, and the zero in the place of it.
        return any(_end(digits) == _end(own) for own in self.numbers)

    def holds(self, value: str) -> bool:
        """Tell whether taking a value out would take from what is the person's own: it is a word or more of that."""
        form = folded(value)
        around = rf"(?<!\w){re.escape(form)}(?!\w)"
        return any(re.search(around, own) for own in self.values)


def _end(digits: str) -> str:
    return digits.lstrip("0")[-9:]


def own_of(contents: BundleContents) -> Own:
    """Return what is the person's own in a bundle's rows. Raises what reading them raises."""
    proven = _proven(contents.identities)
    values = {item.value for item in contents.identities}
    for store in contents.stores:
        for item in store.collections:
            values.update(_called(item, proven))
    return _own(values)


def _own(values: Iterable[str]) -> Own:
    forms = frozenset(filter(None, map(folded, values)))
    words = {word for form in forms if "@" not in form for word in _WORD.findall(form) if not word.isdigit()}
    numbers = ("".join(filter(str.isdigit, form)) for form in forms if "@" not in form)
    return Own(forms, frozenset(words), tuple(digits for digits in numbers if len(digits) >= _LEAST_DIGITS))


def _proven(identities: Iterable[UsedIdentity]) -> Mapping[str, frozenset[str]]:
    kinds: dict[str, set[str]] = {}
    for item in identities:
        kinds.setdefault(item.kind, set()).add(folded(item.value))
    return {kind: frozenset(found) for kind, found in kinds.items()}


def _called(item: CollectionContents, proven: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """Yield what the person is called in the rows of a collection that name them by a proven identity."""
    said = _saying(item.collection)
    keys = [field for field in item.collection.walk() if field.identity in proven]
    if not (item.rows and said and keys):
        return
    left = _MOST
    with opened(item) as blocks:
        for row in (orjson.loads(line) for block in blocks for line in block.splitlines()):
            if not _is_theirs(row, keys, proven):
                continue
            for path in said:
                for value in at_path(row, path):
                    yield from (text for _, text in texts(value, path))
                    left -= 1
            if left < 0:
                return


def _saying(collection: Collection) -> list[str]:
    """Return the paths of fields that say what somebody is called, or where they are reached."""
    fields = (field for field in collection.walk() if not field.secret and not field.fields and not field.third_party)
    return [field.path for field in fields if _says(field, collection)]


def _says(field: Field, collection: Collection) -> bool:
    categories = field.data_categories or collection.data_categories
    return any(key == above or key.startswith(f"{above}.") for key in categories for above in _CALLED)


def _is_theirs(row: Row, keys: Iterable[Field], proven: Mapping[str, frozenset[str]]) -> bool:
    return any(
        folded(str(value)) in proven[key.identity or ""]
        for key in keys
        for value in at_path(row, key.path)
        if value is not None
    )
