"""Reads stores.yml: where each dataset of a data map is kept.

shop: sqlite:///shop.db            # relative to this file's folder
usage:
  url: s3://bucket/usage
  secret: ${USAGE_SECRET}          # from the environment
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection as Names
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import SafeConstructor

from dsar.stores.base import StoreConfigError

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")  # RFC 3986 section 3.1
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class StoreConfig:
    """The address of a store and its kind's options; `location` (file:line) is for messages."""

    url: str = field(repr=False)  # may hold a password
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    location: str = ""

    @property
    def place(self) -> str:
        return f"{self.location}: " if self.location else ""


def scheme_of(url: str) -> str:
    """Return the scheme of an address, without a driver ("postgresql+psycopg" is "postgresql")."""
    return url.partition(":")[0].partition("+")[0]


def read_configs(path: Path, options_by_scheme: Mapping[str, Names[str]]) -> dict[str, StoreConfig]:
    """Return each dataset's config. Raises StoreConfigError with file and line."""
    return {name: _config(path, node, options_by_scheme) for name, node in _entries(path, _root(path))}


def _root(path: Path) -> yaml.Node | None:
    try:
        return yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except FileNotFoundError as error:
        raise StoreConfigError(f"{path.name}: there is no such file; it says where each dataset is kept") from error
    except OSError as error:
        raise StoreConfigError(f"{path.name}: cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        raise StoreConfigError(f"{path.name}:{mark.line + 1 if mark else 1}: not YAML") from error


def _entries(path: Path, node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    """Yield key and value of a mapping. Raises StoreConfigError for another node, or a key twice or not text."""
    if node is None:
        return
    if not isinstance(node, yaml.MappingNode):
        raise _error(path, node, "a mapping is expected here: name: value")
    seen: set[str] = set()
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.value in seen:
            raise _error(path, key, f"each name must be text and stand once: {key.value!r}")
        seen.add(key.value)
        yield key.value, value


def _config(path: Path, node: yaml.Node, options_by_scheme: Mapping[str, Names[str]]) -> StoreConfig:
    entries = dict(_entries(path, node)) if isinstance(node, yaml.MappingNode) else {"url": node}
    if "url" not in entries:
        raise _error(path, node, "'url' is missing")
    url = _value(path, entries.pop("url"))
    if not isinstance(url, str):
        raise _error(path, node, "'url' must be text")
    allowed = options_by_scheme.get(scheme_of(url))
    if not _SCHEME.match(url):
        # Not repeated: whatever was meant, it may hold a password.
        raise _error(path, node, "'url' must begin with a scheme, as file: or postgresql:")
    if allowed is None:
        raise _error(path, node, f"unknown scheme {scheme_of(url)!r}; write one of {', '.join(options_by_scheme)}")
    for name, value in entries.items():
        if name not in allowed:
            raise _error(path, value, f"unknown option {name!r}; write one of {', '.join(sorted(allowed))}")
    options = {name: _value(path, value) for name, value in entries.items()}
    return StoreConfig(_absolute(url, path.parent), options, f"{path.name}:{node.start_mark.line + 1}")


def _value(path: Path, node: yaml.Node) -> Any:
    """Return the node's value with every ${NAME} in its texts filled from the environment."""
    if isinstance(node, yaml.MappingNode):
        return {name: _value(path, value) for name, value in _entries(path, node)}
    if isinstance(node, yaml.SequenceNode):
        return [_value(path, item) for item in node.value]
    value = SafeConstructor().construct_object(node)
    return _VARIABLE.sub(lambda found: _variable(path, node, found[1]), value) if isinstance(value, str) else value


def _variable(path: Path, node: yaml.Node, name: str) -> str:
    value = os.environ.get(name)
    if value is None:
        raise _error(path, node, f"the environment variable {name} is not set")
    return value


def _absolute(url: str, folder: Path) -> str:
    """Return the address with a relative file name resolved against the folder."""
    for start, result in (("sqlite:///", "sqlite:///"), ("file:", "file://")):
        rest = url.removeprefix(start)
        if rest != url and rest and not rest.startswith("/"):
            return f"{result}{(folder / rest).resolve()}"
    return url


def _error(path: Path, node: yaml.Node, message: str) -> StoreConfigError:
    return StoreConfigError(f"{path.name}:{node.start_mark.line + 1}: {message}")
