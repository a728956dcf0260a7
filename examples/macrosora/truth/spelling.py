"""How a value of a database column is written in JSON: written out here a second time, on purpose.

The portal's own spelling (`dsar/values.py`) is what is being checked, so nothing of it is used.
"""

from __future__ import annotations

import base64
import json
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

Spell = Callable[[Any], Any]


def same(value: Any) -> Any:
    return value


def yes_or_no(value: Any) -> bool:
    return bool(value)


def moment(value: str) -> str:
    """SQLite keeps "2026-01-02 03:04:05.000000"; ISO 8601 leaves a fraction out that is nought."""
    return datetime.fromisoformat(value).isoformat()


def base64_text(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def decimal(value: float) -> str:
    """SQLite keeps NUMERIC as the shortest number that says it: 12.30 is 12.3 there, and 5.00 is 5."""
    return repr(value)


def document(value: str) -> Any:
    return json.loads(value)


def without(value: Any, secret: tuple[str, ...]) -> Any:
    """Return a JSON value without the keys along one path; lists on the way lose it in every element."""
    if isinstance(value, list):
        return [without(item, secret) for item in value]
    if not isinstance(value, dict) or secret[0] not in value:
        return value
    if len(secret) == 1:
        return {key: item for key, item in value.items() if key != secret[0]}
    return {**value, secret[0]: without(value[secret[0]], secret[1:])}


def spell(row: Mapping[str, Any], columns: Mapping[str, Spell]) -> dict[str, Any]:
    """Return the columns that are delivered, each as JSON has it; NULL stays null."""
    return {name: None if row[name] is None else write(row[name]) for name, write in columns.items()}


def folded(email: str) -> str:
    """Return the form in which two addresses are the same: composed, without case."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", email).casefold())
