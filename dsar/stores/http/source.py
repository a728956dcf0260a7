"""A collection's `meta.source` in an HTTP API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dsar.datamap.model import Collection
from dsar.stores.http.described import Described, read_described
from dsar.stores.patterns import check_declared, check_template, placeholders
from dsar.stores.sources import check_keys, refuse, text

#: Each kind of paging with the keys it needs, and the texts and the numbers it may have besides.
PAGING: Mapping[str, tuple[frozenset[str], frozenset[str], frozenset[str]]] = {
    "page": (frozenset({"param"}), frozenset({"size_param", "total"}), frozenset({"size", "start"})),
    "offset": (frozenset({"param"}), frozenset({"size_param", "total"}), frozenset({"size"})),
    "cursor": (frozenset({"param", "next"}), frozenset({"size_param", "total"}), frozenset({"size"})),
    "link": (frozenset(), frozenset({"next", "size_param", "total"}), frozenset({"size"})),
}


@dataclass(frozen=True, slots=True)
class Source:
    """A resource: its path and query with placeholders, where the rows are in a body, and how pages go on.

    `delete` and `update` are the requests that change a row, where the data map describes them, and `create` the one
    that makes a row anew which was deleted by mistake.
    """

    path: str
    query: Mapping[str, str]
    rows: tuple[str, ...]
    paging: Mapping[str, Any] | None
    names: tuple[str, ...]
    delete: Described | None = None
    update: Described | None = None
    create: Described | None = None

    @property
    def asks_by_path(self) -> bool:
        """Whether a value is part of the path: then "404 Not Found" means that there are no rows."""
        return bool(placeholders(self.path))


def read_source(collection: Collection) -> Source:
    """Return the source. Raises StoreConfigError with file and line."""
    check_keys(
        collection, allowed=("path", "query", "rows", "paging", "delete", "update", "create"), required=("path",)
    )
    path, query = text(collection, "path"), _query(collection)
    if not path.startswith("/") or any(sign in path for sign in "?#"):
        raise refuse(collection, "source: 'path' must begin with / and have no ? or #; write a query under 'query'")
    for template in (path, *query.values()):
        check_template(collection, template)
    names = tuple(dict.fromkeys(name for template in (path, *query.values()) for name in placeholders(template)))
    check_declared(collection, names)
    _check_entry_points(collection, names)
    rows = text(collection, "rows")
    inside = tuple(rows.split(".")) if rows else ()
    described = (read_described(collection, name) for name in ("delete", "update", "create"))
    return Source(path, query, inside, _paging(collection), names, *described)


def _query(collection: Collection) -> dict[str, str]:
    query = collection.source.get("query", {})
    if not isinstance(query, Mapping):
        raise refuse(collection, "source: 'query' must be a mapping of parameters")
    return {str(name): value if isinstance(value, str) else str(value) for name, value in query.items()}


def _check_entry_points(collection: Collection, names: tuple[str, ...]) -> None:
    """Refuse an entry point by which the resource cannot be asked: its rows would be missed in silence."""
    for item in collection.walk():
        if item.identity is not None and names and item.path not in names:
            asked = ", ".join(f"{{{name}}}" for name in names)
            raise refuse(
                collection,
                f"source: rows are asked by {asked}, not by the identity field {item.path!r}; add a "
                "collection that asks by it, or take the identity away",
            )


def _paging(collection: Collection) -> Mapping[str, Any] | None:
    paging = collection.source.get("paging")
    if paging is None:
        return None
    known = PAGING.get(str(paging.get("kind"))) if isinstance(paging, Mapping) else None
    if known is None:
        raise refuse(collection, f"source: paging: 'kind' must be one of {', '.join(PAGING)}")
    required, texts, numbers = known
    for key in sorted(required - paging.keys()):
        raise refuse(collection, f"source: paging: {key!r} is missing")
    for key, value in paging.items():
        if key != "kind" and not _is_right(value, is_text=key in required | texts, is_number=key in numbers):
            raise refuse(collection, f"source: paging: {key!r} is unknown here, or not of the right type")
    if ("size" in paging) != ("size_param" in paging):
        raise refuse(collection, "source: paging: 'size' and 'size_param' go together")
    return dict(paging)


def _is_right(value: Any, *, is_text: bool, is_number: bool) -> bool:
    if is_number:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return is_text and isinstance(value, str) and value != ""
