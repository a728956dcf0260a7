"""Tables as files for spreadsheets: nothing in them runs as a formula, and no program guesses their letters wrong."""

from __future__ import annotations

from django.http import HttpResponse

from dsar.bundle import spreadsheet
from dsar.views.desk.figures.tables import Table

_NUMBERS = frozenset({"integer", "float"})


def csv_file(table: Table, *, stem: str) -> HttpResponse:
    """Return a table as an attachment, names of its columns on top."""
    lines = [spreadsheet.header(table.columns)]
    for row in table.rows:
        types = [_NUMBERS if isinstance(cell.raw, int | float) else frozenset() for cell in row]
        lines.append(
            spreadsheet.line([spreadsheet.cell(cell.raw, types=kind) for cell, kind in zip(row, types, strict=True)])
        )
    response = HttpResponse(b"".join(lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{stem}.csv"'
    return response
