"""A fetcher for WeasyPrint that fetches nothing. Importing this needs WeasyPrint's libraries."""

from __future__ import annotations

from typing import NoReturn

from weasyprint.urls import URLFetcher


class NoFetch(URLFetcher):  # type: ignore[misc, unused-ignore]
    """Refuses every address before it is looked at: the report needs none, so one asked for came in with data.

    Not a list of allowed protocols: such a guard was got round by redirects (CVE-2025-68616).
    """

    def fetch(self, url: str, headers: object = None) -> NoReturn:
        raise ValueError("the report fetches nothing")
