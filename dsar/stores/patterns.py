"""Names with placeholders: `calls/user={user_id}/*.jsonl`, `session:{session_id}`, `/v1/contacts/{contact_id}`."""

from __future__ import annotations

import re
from collections.abc import Collection as Names
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dsar.datamap.model import Collection
from dsar.stores.sources import refuse

_PART = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Piece:
    """A literal text, or a placeholder (`name` is set)."""

    text: str
    name: str | None = None


def split(template: str) -> tuple[Piece, ...]:
    """Return literal and placeholder pieces in turn; literals may be empty."""
    parts = _PART.split(template)
    return tuple(Piece("", part) if at % 2 else Piece(part) for at, part in enumerate(parts))


def placeholders(template: str) -> tuple[str, ...]:
    """Return the names in braces, in order, each once."""
    return tuple(dict.fromkeys(_PART.findall(template)))


def check_template(collection: Collection, template: str) -> None:
    """Raise StoreConfigError for a stray brace or a placeholder without a name."""
    if any(not name for name in placeholders(template)) or set("{}") & set(_PART.sub("", template)):
        raise refuse(collection, f"source: {template!r}: write each placeholder as {{field}}")


def check_declared(collection: Collection, names: Names[str]) -> None:
    """Raise StoreConfigError for a placeholder that is no top-level field of the collection."""
    fields = {item.name for item in collection.fields}
    for name in names:
        if name not in fields:
            raise refuse(collection, f"source: {{{name}}} is no field of the collection; declare it under fields")


class KeyPattern:
    """Matches names against a template; a placeholder stands for one or more characters but the separator."""

    def __init__(self, template: str, separator: str) -> None:
        self.template = template
        self.names = placeholders(template)
        self._pieces = split(template)
        self._regex = re.compile("".join(_regex_parts(self._pieces, separator, self.names)), re.DOTALL)

    def values(self, name: str) -> dict[str, str] | None:
        """Return the placeholders' texts in the name, or None if it is none of the template's."""
        found = self._regex.fullmatch(name)
        return None if found is None else dict(zip(self.names, found.groups(), strict=True))

    def build(self, values: Mapping[str, str]) -> str | None:
        """Return the name with the values, or None if they could not be read back: they would name something else."""
        name = "".join(values[piece.name] if piece.name else piece.text for piece in self._pieces)
        return name if self.values(name) == dict(values) else None

    @property
    def prefix(self) -> str:
        """The literal text before the first placeholder."""
        return self._pieces[0].text


def _regex_parts(pieces: tuple[Piece, ...], separator: str, names: tuple[str, ...]) -> Iterator[str]:
    seen: set[str] = set()
    for piece in pieces:
        if piece.name is None:
            yield re.escape(piece.text)
        elif piece.name in seen:
            yield f"(?P=_{names.index(piece.name)})"
        else:
            seen.add(piece.name)
            yield f"(?P<_{names.index(piece.name)}>[^{re.escape(separator)}]+?)"
