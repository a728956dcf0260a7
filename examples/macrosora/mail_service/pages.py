"""Pages of lists: by number for contacts, by cursor for events."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Protocol

Row = dict[str, Any]
MOST_PER_PAGE = 100
EVENTS_PER_PAGE = 4


class Rows(Protocol):
    """What pages are cut from; rows are made when they are taken."""

    def __len__(self) -> int: ...

    def __getitem__(self, part: slice, /) -> list[Row]: ...


class QueryError(ValueError):
    """The query string asks for something that is not there to be asked; the message says what."""


def numbered(rows: Rows, query: dict[str, str]) -> Row:
    """Return the page `page` (from 1) of `per_page` rows. Raises QueryError."""
    page = _number(query, "page", 1)
    size = min(_number(query, "per_page", 20), MOST_PER_PAGE)
    start = (page - 1) * size
    return {"data": rows[start : start + size], "page": page, "per_page": size, "total": len(rows)}


def after_cursor(rows: Rows, query: dict[str, str]) -> Row:
    """Return the rows after `cursor`, and the `next_cursor`: null on the last page. Raises QueryError."""
    start = _decode(query.get("cursor", ""))
    end = start + EVENTS_PER_PAGE
    return {"data": rows[start:end], "next_cursor": _encode(end) if end < len(rows) else None}


def _number(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise QueryError(f"{name} must be a number from 1, not {text!r}")
    return int(text)


def _encode(position: int) -> str:
    return base64.urlsafe_b64encode(f"after:{position}".encode()).decode()


def _decode(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        text = base64.urlsafe_b64decode(cursor).decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise QueryError("cursor is none of ours") from error
    position = text.removeprefix("after:")
    if not position.isdigit():
        raise QueryError("cursor is none of ours")
    return int(position)
