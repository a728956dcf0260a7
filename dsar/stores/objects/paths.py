"""Which files a collection means: `calls/date={date}/*.jsonl`, relative to the store's address."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dsar.datamap.model import Collection
from dsar.stores.patterns import check_template, placeholders, split
from dsar.stores.sources import refuse

_GLOB = re.compile(r"(\*\*/|\*\*|\*)")
_GLOBS = {"**/": r"(?:[^/]+/)*", "**": r".+", "*": r"[^/]*"}


class PathPattern:
    """`{name}` stands for a part of one segment, `*` for any part of one, `**` for any segments."""

    def __init__(self, template: str) -> None:
        self.names = placeholders(template)
        self._template = template
        self.segments = tuple(template.split("/"))
        self._regex = _compile(template, self.names)
        self._segments = tuple(_compile(segment, self.names) for segment in self.segments)

    @property
    def folder(self) -> str:
        """The folder under which every matching file lies: the segments before the first that varies."""
        fixed = []
        for segment in self.segments[:-1]:
            if "*" in segment or "{" in segment:
                break
            fixed.append(segment)
        return "/".join(fixed)

    def values(self, path: str) -> dict[str, str] | None:
        """Return the placeholders' texts in the path, or None if it is none of the pattern's."""
        found = self._regex.fullmatch(path)
        return None if found is None else {name: found[f"_{at}"] for at, name in enumerate(self.names)}

    def build(self, values: Mapping[str, str], filler: str) -> str | None:
        """Return a path with the values, and `filler` for each `*`; None if the values could not be read back from it.

        Then they would name another file, or one outside of the store.
        """
        pieces = split(self._template)
        path = "".join(values[piece.name] if piece.name else _filled(piece.text, filler) for piece in pieces)
        is_safe = not {"", ".", ".."} & set(path.split("/")) and "\0" not in path
        return path if is_safe and self.values(path) == dict(values) else None

    def leads_through(self, path: str) -> bool:
        """Return whether matching files may lie at or below the path."""
        for segment, regex, name in zip(self.segments, self._segments, path.split("/"), strict=False):
            if "**" in segment:
                return True
            if not regex.fullmatch(name):
                return False
        return True


def check_path(collection: Collection, template: str) -> None:
    """Raise StoreConfigError for a path that is absolute, climbs out of the store, or has a stray brace."""
    segments = template.split("/")
    if not template or any(segment in ("", ".", "..") for segment in segments):
        raise refuse(collection, "source: 'path' must be relative, without empty segments, '.' and '..'")
    check_template(collection, template)


def _filled(text: str, filler: str) -> str:
    return "".join("" if part == "**/" else filler if part in _GLOBS else part for part in _GLOB.split(text))


def _compile(template: str, names: tuple[str, ...]) -> re.Pattern[str]:
    seen: set[str] = set()
    return re.compile("".join(_part(piece.text, piece.name, names, seen) for piece in split(template)), re.DOTALL)


def _part(text: str, name: str | None, names: tuple[str, ...], seen: set[str]) -> str:
    if name is None:
        return "".join(_GLOBS.get(part) or re.escape(part) for part in _GLOB.split(text))
    group = f"_{names.index(name)}"
    if name in seen:
        return f"(?P={group})"
    seen.add(name)
    return f"(?P<{group}>[^/]+?)"
