"""Patterns of keys that nobody has declared, told without a value that a key may hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

#: Keys of each pattern that are kept to look at.
SAMPLE = 50
#: A part is literal text if so many keys have it that differ elsewhere; a name or number of somebody is no such part.
_OFTEN = 3
_WORD = re.compile(r"[A-Za-z][A-Za-z_-]*")


@dataclass
class Pattern:
    """Keys of one first part and one number of parts."""

    parts: list[str | None]  # None: it varies
    keys: list[bytes] = field(default_factory=list)

    @property
    def name(self) -> str:
        return "_".join(part for part in self.parts if part).replace("-", "_")

    @property
    def placeholders(self) -> list[str]:
        return [_placeholder(self.parts, at) for at, part in enumerate(self.parts) if part is None]

    @property
    def template(self) -> str:
        return ":".join(part or f"{{{_placeholder(self.parts, at)}}}" for at, part in enumerate(self.parts))


def patterns(keys: Iterable[tuple[str, bytes]]) -> Iterator[Pattern]:
    """Yield the patterns of keys (text, bytes) whose first part is a word that more than one key has."""
    groups: dict[tuple[str, int], list[tuple[list[str], bytes]]] = {}
    for name, key in keys:
        parts = name.split(":")
        if _WORD.fullmatch(parts[0]) and len(parts) > 1:
            group = groups.setdefault((parts[0], len(parts)), [])
            if len(group) < SAMPLE:
                group.append((parts, key))
    for _place, group in sorted(groups.items()):
        if len(group) > 1:
            yield from _split(group)


def _split(group: list[tuple[list[str], bytes]]) -> Iterator[Pattern]:
    found: dict[tuple[str | None, ...], Pattern] = {}
    for parts, key in group:
        shape = tuple(part if _is_literal(at, part, group) else None for at, part in enumerate(parts))
        found.setdefault(shape, Pattern(list(shape))).keys.append(key)
    yield from found.values()


def _is_literal(at: int, part: str, group: list[tuple[list[str], bytes]]) -> bool:
    if at == 0:
        return True
    beside = {parts[1] for parts, _key in group if parts[at] == part}
    return at > 1 and _WORD.fullmatch(part) is not None and len(beside) >= _OFTEN


def _placeholder(parts: list[str | None], at: int) -> str:
    """Name a part after the word before it: session:{session_id}."""
    before = parts[at - 1] if at else None
    return f"{before.replace('-', '_')}_id" if before else f"part_{at + 1}"
