"""Every page that can be reached by links, each kind of page once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import urldefrag, urljoin, urlsplit

from django.urls import Resolver404, resolve
from playwright.sync_api import Page

#: So many addresses of one route are opened to find pages of it that look different.
MOST_OF_A_ROUTE = 5
#: And so many different ones are enough: a page of a hundred collections has a hundred headings.
MOST_KINDS_OF_A_ROUTE = 3
#: What ends the session, or is no page.
_LEFT_OUT = ("/accounts/logout/", "/static/")
#: Route, heading and status.
Kind = tuple[str, str, str]
_KIND = """() => [
    document.querySelector("main h1")?.innerText.replace(/[A-Z0-9-]*[0-9][A-Z0-9-]*/g, "…") ?? "",
    document.querySelector("main [data-status]")?.dataset.status ?? "",
]"""


def route_of(path: str) -> str:
    """Return the name of the view that answers a path; "" if none does."""
    try:
        return resolve(path).view_name
    except Resolver404:
        return ""


def kinds_of_pages(
    page: Page, base: str, starts: Iterable[str], kinds: set[Kind], *, below: str = "/"
) -> Iterator[str]:
    """Open every page that links lead to from `starts`; yield the route, with the page open, for each new kind.

    A kind is a route with a heading and a status: a refused request looks other than one under way. Those in `kinds`
    are passed over, and it learns the new ones. Only pages `below` a path are opened.
    """
    waiting, known = [urljoin(base, start) for start in starts], set[str]()
    opened: dict[str, int] = {}
    while waiting:
        address = waiting.pop(0)
        route = route_of(urlsplit(address).path)
        if address in known or opened.get(route, 0) >= MOST_OF_A_ROUTE:
            continue
        known.add(address)
        opened[route] = opened.get(route, 0) + 1
        if not _is_page(page, address):
            continue
        page.goto(address)
        heading, status = page.evaluate(_KIND)
        kind = (route_of(urlsplit(page.url).path), heading, status)
        waiting += [link for link in _links(page, base) if urlsplit(link).path.startswith(below)]
        alike = sum(known_route == kind[0] for known_route, _heading, _status in kinds)
        if kind not in kinds and alike < MOST_KINDS_OF_A_ROUTE:
            kinds.add(kind)
            yield kind[0]


def _is_page(page: Page, address: str) -> bool:
    """Tell whether a page comes, and no file."""
    answer = page.context.request.get(address)
    return answer.headers.get("content-type", "").startswith("text/html")


def _links(page: Page, base: str) -> list[str]:
    found = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
    addresses = dict.fromkeys(urldefrag(address).url for address in found)
    return [address for address in addresses if address.startswith(base) and not _is_left_out(address)]


def _is_left_out(address: str) -> bool:
    return urlsplit(address).path.startswith(_LEFT_OUT)
