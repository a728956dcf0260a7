"""A line on a terminal that tells how far a collection is; nothing where nobody looks."""

from __future__ import annotations

from time import monotonic
from types import TracebackType
from typing import Self

from django.core.management.base import OutputWrapper

_OFTEN = 0.1  # seconds between two drawings


class Progress:
    """Counts rows by collection; drawn over itself, and wiped at the end."""

    def __init__(self, terminal: OutputWrapper) -> None:
        self._terminal = terminal
        self._rows: dict[tuple[str, str], int] = {}
        self._drawn = 0.0

    def __enter__(self) -> Self:
        self._shown = self._terminal.isatty()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            self._draw("")

    def __call__(self, dataset: str, collection: str, rows: int) -> None:
        self._rows[dataset, collection] = rows
        if self._shown and monotonic() - self._drawn >= _OFTEN:
            self._drawn = monotonic()
            self._draw(f"{sum(self._rows.values()):,} rows of {len(self._rows)} collections; {dataset}:{collection}")

    def _draw(self, text: str) -> None:
        self._terminal.write(f"\r\x1b[K{text[:100]}", ending="")
        self._terminal.flush()
