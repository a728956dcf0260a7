"""How values, names and moments read on a page. Display only: data files hold what the stores hold."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

import orjson

MISSING = "—"
_MOMENTS = frozenset({"datetime"})
# Not strftime: the words of a page must not hang on the machine's locale.
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_ACRONYMS = {
    name.lower(): name for name in ("API", "CPU", "CSV", "GPU", "HTTP", "ID", "IP", "JSON", "SMS", "URL", "UUID", "VAT")
}
_PLAIN_DEPTH = 2000  # characters of JSON up to which a nested value is told as words
# Controls could end a line or a field of what shows them; lone surrogates and NUL are no text for HTML.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# Overrides and embeddings turn the words around them, so a name could rewrite the sentence that quotes it.
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """Return the text without what could harm the page around it: controls as U+FFFD, bidi overrides removed."""
    if text.isprintable():  # most are, and it takes a tenth of the time to see
        return text
    return _TURNS.sub("", _CONTROLS.sub("\ufffd", text.replace("\r\n", "\n")))


def clip(text: str, limit: int) -> str:
    """Return at most `limit` characters, the last an ellipsis where something is left off."""
    if len(text) <= limit and text.isprintable():
        return text
    # Cutting first: cleaning a string of 10 MB to show a line of it would be slow.
    shown = clean(text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1].rstrip() + "…"


@lru_cache(maxsize=4096)
def label(name: str) -> str:
    """Return a column's or category's technical name as words: `ip_address` is IP address.

    Remembered: of names of the data map only, never of what stands in a person's rows.
    """
    return _as_words(name)


def _as_words(name: str) -> str:
    words = re.sub(r"([a-z])([A-Z])", r"\1 \2", name).replace("_", " ").replace("-", " ").split()
    text = " ".join(_ACRONYMS.get(word.lower(), word if word.isupper() else word.lower()) for word in words)
    return text[:1].upper() + text[1:] if text else name


def category(key: str) -> str:
    """Return a data category as words: `user.device.ip_address` is Device: IP address."""
    first, *rest = [label(part) for part in key.removeprefix("user.").split(".")]
    return (
        f"{first}: {', '.join(part[:1].lower() + part[1:] if part[1:2].islower() else part for part in rest)}"
        if rest
        else first
    )


def day(moment: date) -> str:
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def month(moment: date) -> str:
    return f"{_MONTHS[moment.month - 1]} {moment.year}"


def moment(value: datetime) -> str:
    """Return a moment in UTC to the minute, saying so."""
    utc = value.astimezone(UTC)
    return f"{day(utc)}, {utc:%H:%M} UTC"


def number(value: int) -> str:
    return f"{value:,}"


def counted(value: int, one: str, many: str) -> str:
    return f"{value:,} {one if value == 1 else many}"


def shown(value: Any, *, types: frozenset[str], limit: int) -> str | None:
    """Return one JSON value as text of at most `limit` characters; None for a missing one."""
    if value is None:
        return None
    if type(value) is int:
        return clip(str(value), limit)
    if value == "":
        return "(empty text)"
    if isinstance(value, str):
        return clip(_moment_text(value) if types == _MOMENTS else value, limit)
    return clip(_told(value), limit)


def _moment_text(value: str) -> str:
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return value
    if parsed.tzinfo is None:
        return parsed.strftime("%Y-%m-%d %H:%M:%S")
    return parsed.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _told(value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if not isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    text = orjson.dumps(value).decode()
    return _words(value) if len(text) <= _PLAIN_DEPTH else text


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{_as_words(name)}: {_word(item)}" for name, item in value.items()) or "(nothing inside)"
    return ", ".join(_word(item) for item in value) or "(empty list)"


def _word(value: Any) -> str:
    if value is None:
        return MISSING
    if isinstance(value, dict | list):
        return f"({_words(value)})"
    return value if isinstance(value, str) else _told(value)
