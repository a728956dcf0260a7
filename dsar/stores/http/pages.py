"""Answers of one series, read as pages: their rows, the way on, and whether that is all."""

from __future__ import annotations

import httpx

from dsar.stores.base import StoreError
from dsar.stores.http.completeness import Completeness, CountError
from dsar.stores.http.exchange import Answer
from dsar.stores.http.paging import Page, PagingError, make_next, value_at
from dsar.stores.http.source import Source
from dsar.stores.parsing import parse, rows_at
from dsar.values import Row, Value


class Pages:
    """Follows one series; `doing` names dataset, collection and path for messages."""

    def __init__(self, source: Source, doing: str) -> None:
        self._source = source
        self._doing = doing
        self._following = make_next(source.paging)
        self._complete = Completeness(source.paging)

    def take(self, url: httpx.URL, answer: Answer) -> tuple[list[Row], httpx.URL | None]:
        """Return the rows of a page and the address of the next, None after the last. Raises StoreError."""
        try:
            body = parse(answer.content)
            return self._take(Page(url, body, answer.headers, self._rows(body)))
        except PagingError as error:
            raise StoreError(f"{self._doing}: {error}", retry=isinstance(error, CountError)) from None
        except ValueError as error:
            raise StoreError(f"{self._doing}: not the JSON that was expected ({error})", retry=False) from None

    def _take(self, page: Page) -> tuple[list[Row], httpx.URL | None]:
        after = self._following(page)
        self._complete.page(page)
        if after is None:
            self._complete.end()
        return page.rows, after

    def _rows(self, body: Value) -> list[Row]:
        """Return the rows; where there are pages they are an array, and an object in its place is something else."""
        rows = rows_at(body, self._source.rows)
        if self._source.paging is not None and not isinstance(value_at(body, list(self._source.rows)), list):
            raise ValueError("is no array")
        return rows
