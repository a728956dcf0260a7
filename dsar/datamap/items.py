"""Strict readers of YAML nodes: each notes what is wrong, with its line, and goes on.

An `Item` is one node; `Keys` is a mapping whose keys were checked against the words of its level.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

import yaml

from dsar.datamap.model import Location
from dsar.datamap.problems import Problems, did_you_mean
from dsar.datamap.yaml_file import line_of

_TAG = "tag:yaml.org,2002:"
_NULL, _BOOL, _INT = _TAG + "null", _TAG + "bool", _TAG + "int"
_TEXT = frozenset({_TAG + "str", _INT, _TAG + "float", _TAG + "timestamp"})

Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Item:
    """A node in a file. `graph` False: a mistake here costs no identity and no reference."""

    file: str
    node: yaml.Node
    problems: Problems
    graph: bool = True

    @property
    def location(self) -> Location:
        return Location(self.file, line_of(self.node.start_mark))

    @property
    def is_null(self) -> bool:
        return self.node.tag == _NULL

    @property
    def is_scalar(self) -> bool:
        return isinstance(self.node, yaml.ScalarNode)

    def problem(self, message: str, *, graph: bool | None = None) -> None:
        self.problems.add(self.location, message, graph=self.graph if graph is None else graph)

    def beside(self, node: yaml.Node) -> Item:
        return Item(self.file, node, self.problems, self.graph)

    def harmless(self) -> Item:
        return Item(self.file, self.node, self.problems, graph=False)

    def items(self, what: str) -> list[Item]:
        """Return the items of a list, none for anything else."""
        if isinstance(self.node, yaml.SequenceNode):
            return [self.beside(child) for child in self.node.value]
        self.problem(f"{what} must be a list, not {self.describe()}")
        return []

    def pairs(self, what: str) -> list[tuple[Item, Item]]:
        """Return the keys and values of a mapping, none for anything else."""
        if isinstance(self.node, yaml.MappingNode):
            return [(self.beside(key), self.beside(value)) for key, value in self.node.value]
        self.problem(f"{what} must be a mapping, not {self.describe()}")
        return []

    def text(self, what: str) -> str | None:
        """Return the text of a scalar; numbers and dates stand as they are written."""
        if not isinstance(self.node, yaml.ScalarNode) or self.node.tag not in _TEXT:
            hint = " (put it in quotes)" if self.node.tag == _BOOL else ""
            self.problem(f"{what} must be text, not {self.describe()}{hint}")
            return None
        if not self.node.value.strip():
            self.problem(f"{what} must not be empty")
            return None
        return str(self.node.value)

    def flag(self, what: str) -> bool:
        if self.node.tag == _BOOL:
            return bool(self.plain())
        self.problem(f"{what} must be true or false, not {self.describe()}")
        return False

    def integer(self, what: str) -> int | None:
        if self.node.tag == _INT:
            return int(self.plain())
        self.problem(f"{what} must be a whole number, not {self.describe()}")
        return None

    def word(self, what: str, known: frozenset[str]) -> str | None:
        """Return the text if it is one of the known words."""
        found = self.text(what)
        if found is None or found in known:
            return found
        self.problem(f"unknown {what} '{found}'{did_you_mean(found, known)}")
        return None

    def plain(self) -> Any:
        """Return the node and all below it as Python values, None for a node with an unknown tag."""
        try:
            return yaml.constructor.SafeConstructor().construct_document(self.node)
        except (yaml.constructor.ConstructorError, ValueError) as error:
            self.problem(f"not a plain value: {getattr(error, 'problem', None) or error}")
            return None

    def describe(self) -> str:
        """Name what stands here, for messages."""
        if isinstance(self.node, yaml.MappingNode):
            return "a mapping"
        if isinstance(self.node, yaml.SequenceNode):
            return "a list"
        return "nothing" if self.is_null else f"'{self.node.value}'"


class Keys:
    """A mapping whose keys are known. A key with no value (null) counts as absent, as it does in Fideslang."""

    def __init__(self, owner: Item, what: str, values: Mapping[str, Item]) -> None:
        self.owner = owner
        self.what = what
        self._values = values
        self._used: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def peek(self, name: str) -> Item | None:
        """Return the item without counting it as read: `rest` still keeps it."""
        return self._values.get(name)

    def take(self, name: str) -> Item | None:
        self._used.add(name)
        return self._values.get(name)

    def text(self, name: str) -> str | None:
        item = self.take(name)
        # An empty description says as little as none; Fides writes `description: ''` in many files.
        return None if item is None or item.node.value == "" else item.text(f"'{name}'")

    def demand(self, name: str) -> None:
        """Note a problem if a key is missing from what is a mapping at all."""
        if name not in self._values and isinstance(self.owner.node, yaml.MappingNode):
            self.owner.problem(f"{self.what} needs '{name}'")

    def required(self, name: str) -> str | None:
        """Return a text that must be there; without it nothing can refer to what is read here."""
        self.demand(name)
        item = self.take(name)
        found = None if item is None else item.text(f"'{name}'")
        if found is None:
            self.owner.problems.names_lost = True
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        found = (item.text(f"an item of '{name}'") for item in self.items(name))
        return tuple(text for text in found if text is not None)

    def flag(self, name: str) -> bool:
        item = self.take(name)
        return item is not None and item.flag(f"'{name}'")

    def integer(self, name: str) -> int | None:
        item = self.take(name)
        return None if item is None else item.integer(f"'{name}'")

    def choice(self, name: str, kind: type[Choice]) -> Choice | None:
        item = self.take(name)
        found = None if item is None else item.word(name, frozenset(kind))
        return None if found is None else kind(found)

    def word(self, name: str, what: str, known: frozenset[str]) -> str | None:
        item = self.take(name)
        return None if item is None else item.word(what, known)

    def words(self, name: str, what: str, known: frozenset[str]) -> tuple[str, ...]:
        found = (item.word(what, known) for item in self.items(name))
        return tuple(word for word in found if word is not None)

    def items(self, name: str) -> list[Item]:
        item = self.take(name)
        return [] if item is None else item.items(f"'{name}'")

    def mapping(self, name: str) -> dict[str, Any] | None:
        """Return a mapping that somebody else will read, as plain values; None when absent or no mapping."""
        item = self.take(name)
        if item is None:
            return None
        item.pairs(f"'{name}'")
        found = item.plain()
        return found if isinstance(found, dict) else None

    def below(self, name: str, allowed: frozenset[str]) -> Keys:
        """Return the keys of a nested mapping; no keys when it is absent."""
        item = self.take(name)
        what = f"'{name}' of {self.what}"
        return Keys(self.owner, what, {}) if item is None else read_keys(item, what, allowed)

    def rest(self) -> dict[str, Any]:
        """Return what was not taken so far, as plain values: known to Fideslang, kept, not used here."""
        return {name: item.plain() for name, item in self._values.items() if name not in self._used}


def read_keys(
    item: Item, what: str, allowed: frozenset[str], elsewhere: Mapping[str, frozenset[str]] | None = None
) -> Keys:
    """Read a mapping. Keys that are not allowed are problems; `elsewhere` tells where such a key belongs."""
    values = {}
    for key, value in item.pairs(what):
        name = str(key.node.value)
        if not isinstance(key.node, yaml.ScalarNode):
            continue  # noted when the file was composed
        if name not in allowed:
            key.problem(f"unknown key '{name}' in {what}{_hint(name, allowed, elsewhere or {})}")
        elif not value.is_null:
            values[name] = value
    return Keys(item, what, values)


def _hint(name: str, allowed: frozenset[str], elsewhere: Mapping[str, frozenset[str]]) -> str:
    for place, words in elsewhere.items():
        if name in words:
            return f"; it belongs under '{place}'"
    for place, words in elsewhere.items():
        if not did_you_mean(name, allowed) and (hint := did_you_mean(name, words)):
            return f"{hint.removesuffix('?')} under '{place}'?"
    return did_you_mean(name, allowed)
