"""A service's address, access and manners."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from dsar.stores.base import StoreConfigError
from dsar.stores.http.auth import Auth, read_auth
from dsar.stores.sources import check_options, number

#: auth: see auth.py; rate: requests a second; timeout: s to connect and for each piece of an answer, and ten times
#: that for a whole one; attempts: of one request; max_pages: of one series; max_bytes: of one answer.
OPTIONS = frozenset({"auth", "rate", "timeout", "attempts", "max_pages", "max_bytes"})


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """What holds for every request to a service."""

    base: httpx.URL
    auth: Auth
    rate: float
    timeout: float
    attempts: int
    max_pages: int
    max_bytes: int


def read_options(url: str, options: Mapping[str, Any]) -> HttpOptions:
    """Return the checked options. Raises StoreConfigError."""
    check_options("http", options, OPTIONS)
    return HttpOptions(
        base=_base(url),
        auth=read_auth(options.get("auth")),
        rate=number(options, "rate", 50, least=0.01, most=10_000),
        timeout=number(options, "timeout", 30, least=0.1, most=600),
        attempts=int(number(options, "attempts", 6, least=1, most=20)),
        max_pages=int(number(options, "max_pages", 10_000, least=1, most=1_000_000)),
        max_bytes=int(number(options, "max_bytes", 32 * 1024 * 1024, least=1, most=1024**3)),
    )


def _base(url: str) -> httpx.URL:
    try:
        base = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise StoreConfigError("not an address of a service: write https://host/folder") from error
    if not base.host or base.query or base.fragment or base.userinfo:
        raise StoreConfigError("write the service's address as https://host/folder; credentials belong under auth")
    return base
