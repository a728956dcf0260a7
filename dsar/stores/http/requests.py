"""The requests that a selection means: one series of pages for each value that the resource is asked by."""

from __future__ import annotations

from collections.abc import Collection as Names
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

import httpx

from dsar.datamap.model import Collection
from dsar.stores.base import Selection, StoreError
from dsar.stores.casting import cast
from dsar.stores.http.source import Source
from dsar.stores.matching import fields_by_path, key_of, wanted
from dsar.stores.patterns import placeholders, split
from dsar.values import Row, Value


class Addressed(Protocol):
    """What has an address with placeholders: a resource, and each request that changes a row of it."""

    @property
    def path(self) -> str: ...

    @property
    def query(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class Series:
    """The first request's address, and the fields that every row of the series has been asked by."""

    url: httpx.URL
    asked: Row


def make_series(base: httpx.URL, collection: Collection, source: Source, selection: Selection) -> Iterator[Series]:
    """Yield one series for each different value. Raises StoreError if the resource cannot be asked so."""
    if not source.names:
        if any(item.values for item in selection.alternatives):
            yield Series(make_url(base, source, {}), {})
        return
    fields = fields_by_path(collection)
    items = tuple(fields[name] for name in source.names)
    seen = set()
    for values in _asked(collection, source, selection):
        asked = {name: cast(value, fields[name].data_type) for name, value in zip(source.names, values, strict=True)}
        texts = {name: cast(value, "string") for name, value in asked.items()}
        key = key_of(values, items)
        if key is None or key in seen or not can_stand(source, texts):
            continue
        seen.add(key)
        yield Series(make_url(base, source, texts), asked)


def fixed_values(only: Mapping[str, Value]) -> dict[str, Value]:
    """Return what a fixed filter fills placeholders with: where it allows one value only."""
    return {name: wanted(value)[0] for name, value in only.items() if len(wanted(value)) == 1}


def check_asked(collection: Collection, source: Source, paths: tuple[str, ...], fixed: Names[str]) -> None:
    """Raise StoreError (not for retry) where these paths, with what is fixed, do not fill the placeholders."""
    if missing := [name for name in source.names if name not in paths and name not in fixed]:
        raise StoreError(
            f"{collection.dataset}:{collection.name}: {source.path} needs {', '.join(missing)}, "
            f"and cannot be asked by {', '.join(paths)}",
            retry=False,
        )


def _asked(collection: Collection, source: Source, selection: Selection) -> Iterator[tuple[Value, ...]]:
    """Yield the values of the placeholders, from each alternative and from what is fixed."""
    fixed = fixed_values(selection.only)
    for alternative in selection.alternatives:
        check_asked(collection, source, alternative.paths, fixed)
        for values in sorted(alternative.values, key=repr):
            given = {**fixed, **dict(zip(alternative.paths, values, strict=True))}
            yield tuple(given[name] for name in source.names)


def can_stand(source: Addressed, texts: Mapping[str, str | None]) -> bool:
    """Return whether the texts can stand in an address; as a segment, "", "." and ".." name another resource."""
    in_path = placeholders(source.path)
    for name, text in texts.items():
        if text is None or any("\ud800" <= sign <= "\udfff" for sign in text):
            return False
        if name in in_path and text in ("", ".", ".."):
            return False
    return True


def make_url(base: httpx.URL, source: Addressed, texts: Mapping[str, str]) -> httpx.URL:
    """Return the address; values are percent-encoded whole, so that none can change the path or add a parameter."""
    path = base.raw_path.decode("ascii").rstrip("/") + _filled(source.path, texts)
    pairs = [f"{quote(name, safe='')}={_filled(value, texts)}" for name, value in source.query.items()]
    query = "?" + "&".join(pairs) if pairs else ""
    return base.copy_with(raw_path=(path + query).encode("ascii"))


def _filled(template: str, texts: Mapping[str, str]) -> str:
    parts = (
        quote(texts[piece.name], safe="") if piece.name else quote(piece.text, safe="/") for piece in split(template)
    )
    return "".join(parts)
