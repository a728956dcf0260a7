"""Whether the pages of a series are all of it, each once: told by their rows and by the service's own count."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from dsar.stores.http.paging import Page, PagingError, value_at
from dsar.values import Value


class CountError(PagingError):
    """The service counts other rows than its pages hold: it lies, or rows came or went meanwhile."""


class Completeness:
    """Follows one series. Memory: 16 bytes a page."""

    def __init__(self, paging: Mapping[str, Any] | None) -> None:
        self._total_at = (paging or {}).get("total")
        self._paged = paging is not None
        self._total: int | None = None
        self._rows = 0
        self._pages: set[bytes] = set()

    def page(self, page: Page) -> None:
        """Take a page. Raises PagingError for one that came before, or a total that is no number."""
        self._rows += len(page.rows)
        if self._total_at is not None:
            self._total = _number(value_at(page.body, self._total_at.split(".")), self._total_at)
        if self._paged and page.rows:
            digest = hashlib.blake2b(json.dumps(page.rows, sort_keys=True).encode(), digest_size=16).digest()
            if digest in self._pages:
                raise PagingError("a page came twice: the service does not page so, or its rows cannot be told apart")
            self._pages.add(digest)

    def end(self) -> None:
        """Take the end of the series. Raises CountError if the last page's total is not what was read."""
        if self._total is not None and self._total != self._rows:
            raise CountError(f"the service counts {self._total} rows, and its pages hold {self._rows}")


def _number(value: Value, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise PagingError(f"{name!r} is no number of rows")
    return value
