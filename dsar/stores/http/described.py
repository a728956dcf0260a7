"""The requests that change one row of a resource, as `meta.source` describes them: `delete`, `update`, `create`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dsar.datamap.model import Collection
from dsar.stores.patterns import check_declared, check_template, placeholders
from dsar.stores.sources import refuse

#: PUT is none: it replaces a whole resource, and an erasure knows only what it masks.
_METHODS: Mapping[str, tuple[str, ...]] = {
    "delete": ("DELETE", "POST"),
    "update": ("PATCH", "POST"),
    "create": ("POST", "PUT"),
}
#: What may be said of a request besides.
_MORE: Mapping[str, set[str]] = {"update": {"content_type"}, "create": {"content_type", "fields"}}
_JSON = re.compile(r"application/(json|[a-z0-9.-]+\+json)")


@dataclass(frozen=True, slots=True)
class Described:
    """A request for one row: its method, path and query with placeholders, and its body's type if it has a body.

    `fields`: what of a row is sent to make it; nothing said: all of it.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    content_type: str = ""
    fields: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The fields whose values it carries."""
        templates = (self.path, *self.query.values())
        return tuple(dict.fromkeys(name for template in templates for name in placeholders(template)))


def read_described(collection: Collection, name: str) -> Described | None:
    """Return the request under this name, None where there is none. Raises StoreConfigError with file and line."""
    said = collection.source.get(name)
    if said is None:
        return None
    allowed = {"method", "path", "query"} | _MORE.get(name, set())
    if not isinstance(said, Mapping) or not {"method", "path"} <= said.keys() <= allowed:
        raise refuse(collection, f"source: {name!r} must hold 'method' and 'path', and may hold {_may_hold(allowed)}")
    if said["method"] not in _METHODS[name]:
        raise refuse(collection, f"source: {name}: 'method' must be one of {', '.join(_METHODS[name])}")
    found = Described(
        said["method"],
        _path(collection, name, said),
        _query(collection, name, said),
        _type(collection, name, said),
        _fields(collection, name, said),
    )
    for template in (found.path, *found.query.values()):
        check_template(collection, template)
    check_declared(collection, found.names)
    check_declared(collection, found.fields)
    _check_names(collection, name, found)
    return found


def _may_hold(allowed: set[str]) -> str:
    return " and ".join(repr(key) for key in sorted(allowed - {"method", "path"}))


def _path(collection: Collection, name: str, said: Mapping[str, Any]) -> str:
    path = said["path"]
    if not isinstance(path, str) or not path.startswith("/") or any(sign in path for sign in "?#"):
        raise refuse(collection, f"source: {name}: 'path' must begin with / and have no ? or #")
    return path


def _query(collection: Collection, name: str, said: Mapping[str, Any]) -> dict[str, str]:
    query = said.get("query", {})
    if not isinstance(query, Mapping):
        raise refuse(collection, f"source: {name}: 'query' must be a mapping of parameters")
    return {str(key): value if isinstance(value, str) else str(value) for key, value in query.items()}


def _type(collection: Collection, name: str, said: Mapping[str, Any]) -> str:
    has_body = "content_type" in _MORE.get(name, set())
    found = said.get("content_type", "application/json" if has_body else "")
    if has_body and (not isinstance(found, str) or not _JSON.fullmatch(found)):
        raise refuse(collection, f"source: {name}: 'content_type' must be application/json or of that kind")
    return str(found)


def _fields(collection: Collection, name: str, said: Mapping[str, Any]) -> tuple[str, ...]:
    fields = said.get("fields", [])
    if not isinstance(fields, list) or not all(isinstance(item, str) for item in fields):
        raise refuse(collection, f"source: {name}: 'fields' must be a list of names")
    return tuple(fields)


def _check_names(collection: Collection, name: str, found: Described) -> None:
    """Refuse a request that would change more rows than one, or carry a secret into an address."""
    if not collection.primary_key:
        raise refuse(collection, f"source: {name}: one request is of one row: declare a primary key")
    if name != "create" and (missing := [path for path in collection.primary_key if path not in found.names]):
        keys = ", ".join(f"{{{path}}}" for path in missing)
        raise refuse(collection, f"source: {name}: one request is of one row: write {keys} into its path or query")
    secret = {item.name for item in collection.fields if item.secret}
    if carried := [key for key in found.names if key in secret]:
        raise refuse(collection, f"source: {name}: {{{carried[0]}}} is secret: addresses are kept in many a log")
