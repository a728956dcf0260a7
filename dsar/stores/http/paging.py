"""How the next page of a series is asked for. Every page is read; a series that never ends is an error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from dsar.values import Row, Value


class PagingError(Exception):
    """A page does not lead to a next one as the data map says; the message quotes no value."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: its address, its body, its headers and the rows it holds."""

    url: httpx.URL
    body: Value
    headers: httpx.Headers
    rows: list[Row]


#: Returns the address of the next page, or None after the last. Raises PagingError.
Next = Callable[[Page], httpx.URL | None]


def first_url(url: httpx.URL, paging: Mapping[str, Any] | None) -> httpx.URL:
    """Return the address of the first page."""
    if paging is None:
        return url
    params: dict[str, Any] = {}
    if "size_param" in paging:
        params[paging["size_param"]] = paging["size"]
    if paging["kind"] in ("page", "offset"):
        params[paging["param"]] = paging.get("start", 1) if paging["kind"] == "page" else 0
    return url.copy_merge_params(params) if params else url


def make_next(paging: Mapping[str, Any] | None) -> Next:
    """Return the way on of one series; it remembers where the series has been."""
    return _none if paging is None else _KINDS[paging["kind"]](paging)


def _none(_page: Page) -> None:
    return None


def _counting(paging: Mapping[str, Any]) -> Next:
    """Go on until a page is empty: a shorter one may only mean that the service allows no larger size."""
    by_rows = paging["kind"] == "offset"

    def following(page: Page) -> httpx.URL | None:
        if not page.rows:
            return None
        at = int(page.url.params[paging["param"]])
        return page.url.copy_set_param(paging["param"], str(at + (len(page.rows) if by_rows else 1)))

    return following


def _by_cursor(paging: Mapping[str, Any]) -> Next:
    seen: set[str] = set()

    def following(page: Page) -> httpx.URL | None:
        cursor = value_at(page.body, paging["next"].split("."))
        if cursor is None or cursor == "":
            return None
        if isinstance(cursor, bool) or not isinstance(cursor, str | int):
            raise PagingError(f"{paging['next']!r} is no cursor")
        if str(cursor) in seen:
            raise PagingError("a cursor came twice; the pages would never end")
        seen.add(str(cursor))
        return page.url.copy_set_param(paging["param"], str(cursor))

    return following


def _by_link(paging: Mapping[str, Any]) -> Next:
    seen: set[httpx.URL] = set()

    def following(page: Page) -> httpx.URL | None:
        link = _link(page, paging.get("next"))
        if link is None:
            return None
        try:
            url = page.url.join(link)  # it may be relative to the page's own address
        except httpx.InvalidURL:
            raise PagingError("the link to the next page is no address") from None
        if not same_origin(url, page.url):
            raise PagingError("the next page is said to be on another host")
        if url == page.url or url in seen:
            raise PagingError("a link came twice; the pages would never end")
        seen.add(url)
        return url

    return following


def _link(page: Page, path: str | None) -> str | None:
    """Return the link to the next page: at the path of the body, else in the Link header (RFC 8288)."""
    if path is None:
        return httpx.Response(200, headers=page.headers).links.get("next", {}).get("url")
    link = value_at(page.body, path.split("."))
    if link is not None and not isinstance(link, str):
        raise PagingError(f"{path!r} is no link")
    return link or None


def same_origin(one: httpx.URL, other: httpx.URL) -> bool:
    """Return whether scheme, host and port are the same: credentials go nowhere else."""
    return (one.scheme, one.host, _port(one)) == (other.scheme, other.host, _port(other))


def _port(url: httpx.URL) -> int | None:
    return url.port or {"http": 80, "https": 443}.get(url.scheme)


def value_at(body: Value, names: list[str]) -> Value:
    """Return what stands at the path, None for a null on the way. Raises PagingError where there is no object."""
    for name in names:
        if not isinstance(body, dict):
            raise PagingError(f"{'.'.join(names)!r} is not in the answer")
        body = body.get(name)
        if body is None:
            return None
    return body


_KINDS: Mapping[str, Callable[[Mapping[str, Any]], Next]] = {
    "page": _counting,
    "offset": _counting,
    "cursor": _by_cursor,
    "link": _by_link,
}
