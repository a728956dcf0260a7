"""The record as files for programs and spreadsheets."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from datetime import datetime

from dsar.mapping.recording.record import Record

#: A spreadsheet runs what begins so as a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_json(record: Record, *, tenant: str, made_at: datetime) -> str:
    """Return the record as one JSON document; what is missing has the names of `Fact`."""
    document = {
        "tenant": tenant,
        "made_at": made_at.isoformat(timespec="seconds"),
        "data_map": record.fingerprint,
        "activities": [asdict(item) for item in record.activities],
        "stores_without_purpose": list(record.uncovered),
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def as_csv(record: Record) -> str:
    """Return a line for each activity (RFC 4180); several values of one cell are parted by a semicolon."""
    output = io.StringIO()
    writer = csv.writer(output)
    rows = [asdict(item) for item in record.activities]
    names = list(rows[0]) if rows else ["system"]
    writer.writerow(names)
    for row in rows:
        writer.writerow([_cell(row[name]) for name in names])
    return output.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = "; ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
