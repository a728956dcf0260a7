"""One YAML file as nodes that know their lines. Nothing else in the project parses a data map.

Nodes are kept instead of Python values because every later message names a line, and because
duplicate keys are gone once YAML has been turned into dicts.
"""

from __future__ import annotations

from typing import Any

import yaml

from dsar.datamap.model import Location
from dsar.datamap.problems import Problems

# The C parser is some ten times faster; a PyYAML that was built without it reads the same files.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MERGE_TAG = "tag:yaml.org,2002:merge"


def line_of(mark: yaml.Mark | None) -> int:
    """Return the line of a mark, counted from 1; 1 where the parser gave none."""
    return mark.line + 1 if mark else 1


def compose(file: str, content: bytes, problems: Problems) -> yaml.Node | None:
    """Return the root node of a file with merge keys (`<<`) resolved, or None when problems were noted."""
    text = _decode(file, content, problems)
    root = None if text is None else _root(file, text, problems)
    if root is None or not _Checker(file, problems).accepts(root):
        return None
    return root


def _decode(file: str, content: bytes, problems: Problems) -> str | None:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problems.add(Location(file, line), "not UTF-8 text")
        return None


def _root(file: str, text: str, problems: Problems) -> yaml.Node | None:
    try:
        root: yaml.Node | None = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = ", ".join(part for part in (error.context, error.problem) if part)
        problems.add(Location(file, line_of(mark)), f"not YAML: {said}")
        return None
    except yaml.reader.ReaderError:
        problems.add(Location(file, _unprintable(text)), "not YAML: a control character stands here")
        return None
    if root is None:
        problems.add(Location(file, 1), "the file is empty")
    return root


def _unprintable(text: str) -> int:
    """Return the line of the first character that YAML forbids; the error's own position counts bytes or not."""
    found = yaml.reader.Reader.NON_PRINTABLE.search(text)
    return text.count("\n", 0, found.start()) + 1 if found else 1


class _Checker:
    """Walks a tree once: duplicate keys are problems, aliases to a parent end the walk, merges are resolved."""

    def __init__(self, file: str, problems: Problems) -> None:
        self._file = file
        self._problems = problems
        self._constructor = yaml.constructor.SafeConstructor()
        self._done: set[int] = set()
        self._open: set[int] = set()

    def accepts(self, node: yaml.Node) -> bool:
        """Check a node and all below it; False if the tree must not be read."""
        if id(node) in self._open:
            self._add(node, "this alias refers to what it stands in")
            return False
        if id(node) in self._done:
            return True
        self._open.add(id(node))
        accepted = all(self.accepts(child) for child in _children(node))
        if accepted and isinstance(node, yaml.MappingNode):
            accepted = self._mapping(node)
        self._open.discard(id(node))
        self._done.add(id(node))
        return accepted

    def _mapping(self, node: yaml.MappingNode) -> bool:
        self._duplicates(node)
        try:
            self._constructor.flatten_mapping(node)
        except yaml.constructor.ConstructorError as error:
            self._problems.add(Location(self._file, line_of(error.problem_mark)), f"{error.problem}")
            return False
        return True

    def _duplicates(self, node: yaml.MappingNode) -> None:
        first: dict[str, int] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._add(key, "a key must be a word")
            elif key.tag != _MERGE_TAG and key.value in first:
                self._add(key, f"duplicate key '{key.value}' (first on line {first[key.value]})")
            else:
                first[key.value] = line_of(key.start_mark)

    def _add(self, node: yaml.Node, message: str) -> None:
        self._problems.add(Location(self._file, line_of(node.start_mark)), message)


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [child for pair in node.value for child in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []
