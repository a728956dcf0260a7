"""The requests that read a collection, with the names of fields where their values will stand."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import httpx

from dsar.datamap.model import Collection
from dsar.stores.base import Explained
from dsar.stores.http.paging import first_url
from dsar.stores.http.requests import check_asked, fixed_values, make_url
from dsar.stores.http.source import Source


def explain(collection: Collection, by: Sequence[tuple[str, ...]], source: Source, base: httpx.URL) -> Explained:
    """Return the first request of a series. Raises StoreError if the resource cannot be asked so."""
    for paths in by if source.names else ():
        check_asked(collection, source, paths, fixed_values(collection.only))
    each = f"one series of requests for each {', '.join(source.names)}" if source.names else "one series of requests"
    return Explained((f"GET {_written(source, base)}",), (each, _paging(source)))


def _written(source: Source, base: httpx.URL) -> str:
    """Return the address made as for values, then the names in their places made readable again."""
    names = {name: f"{{{name}}}" for name in source.names}
    url = str(first_url(make_url(base, source, names), source.paging))
    for written in names.values():
        url = url.replace(quote(written, safe=""), written)
    return url


def _paging(source: Source) -> str:
    paging = source.paging
    if paging is None:
        return "one answer holds all rows"
    says = {
        "page": "next page: {param} counts on, until a page is empty",
        "offset": "next page: {param} grows by the rows that came, until a page is empty",
        "cursor": "next page: {param} is what stands at {next} of the answer, until there is nothing",
        "link": "next page: the link at {next} of the answer, until there is none",
    }[paging["kind"]]
    return says.format_map({"next": "rel=next in its Link header", **paging})
