"""The rows of a page as HTML, many cells at once: as a template each cell would pass through four levels of it."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from dsar.bundle.display import MISSING
from dsar.bundle.sections import Column, Rows

_SHORT = 26  # characters; what is longer may be broken into lines
_BETWEEN = "\x00"  # stands in no cell: display.clean has replaced it
_NONE = f'<span class="none">{MISSING}</span>'


def table_rows(rows: Rows) -> Markup:
    """Return the rows of a table, a line each."""
    if not rows.cells:
        return Markup()
    labels = _escaped([column.label for column in rows.columns])
    columns = [
        _table_cells(texts, column, label)
        for texts, column, label in zip(zip(*rows.cells, strict=True), rows.columns, labels, strict=True)
    ]
    return _safe("".join(f"<tr>{''.join(cells)}</tr>\n" for cells in zip(*columns, strict=True)))


def cards(rows: Rows) -> Markup:
    """Return each row as a list of names and values."""
    names = [f"<dt><bdi>{label}</bdi></dt><dd>" for label in _escaped([column.label for column in rows.columns])]
    return _safe("".join(_card(names, row) for row in rows.cells))


def _card(names: Sequence[str], row: Sequence[str | None]) -> str:
    values = (_NONE if text is None else f"<bdi>{inner}</bdi>" for text, inner in _paired(row))
    return "\n".join(
        ('<dl class="card">', *(f"{name}{value}</dd>" for name, value in zip(names, values, strict=True)), "</dl>\n")
    )


def _table_cells(texts: Sequence[str | None], column: Column, label: str) -> list[str]:
    named = f' data-label="{label}"><bdi>'
    plain, short = (f"<td{kind}{named}" for kind in ("", ' class="short"'))
    if column.numeric:
        plain = short = f'<td class="num"{named}'
    missing = f"{plain.removesuffix('<bdi>')}{_NONE}</td>"
    return [
        missing if text is None else f"{short if 0 < len(text) <= _SHORT else plain}{inner}</bdi></td>"
        for text, inner in _paired(texts)
    ]


def _paired(texts: Sequence[str | None]) -> zip[tuple[str | None, str]]:
    """Return each text with what is written for it."""
    return zip(texts, _escaped([text or "" for text in texts]), strict=True)


def _escaped(texts: Sequence[str]) -> list[str]:
    return str(escape(_BETWEEN.join(texts))).split(_BETWEEN) if texts else []


def _safe(html: str) -> Markup:
    return Markup(html)  # noqa: S704 - put together here, of texts that are escaped above
