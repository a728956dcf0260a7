"""How values, names and moments read on a page. Display only: data files hold what the stores hold."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import orjson

from dsar.wording import (
    counted,
    day,
    gettext,
    inside,
    label,
    label_inside,
    labelled,
    moment,
    month,
    number,
    pgettext,
    words_of,
)

__all__ = [
    "MISSING",
    "category",
    "clean",
    "clip",
    "counted",
    "day",
    "label",
    "moment",
    "month",
    "number",
    "shown",
    "subject",
    "use",
]

MISSING = "—"
_MOMENTS = frozenset({"datetime"})
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


def category(key: str) -> str:
    """Return a data category as words: `user.device.ip_address` is Device: IP address."""
    first, *rest = [_part(part) for part in key.removeprefix("user.").split(".")]
    return labelled(first, ", ".join(map(inside, rest))) if rest else first


def use(key: str) -> str:
    """Return a kind of use as words, from the general to the particular."""
    return " › ".join(_part(part) for part in key.split("."))


def subject(key: str) -> str:
    """Return whose data it is as words: `job_applicant` is Job applicant."""
    return _part(key)


def _part(name: str) -> str:
    return pgettext("taxonomy", words_of(name))


def shown(value: Any, *, types: frozenset[str], limit: int) -> str | None:
    """Return one JSON value as text of at most `limit` characters; None for a missing one."""
    if value is None:
        return None
    if type(value) is int:
        return clip(str(value), limit)
    if value == "":
        return gettext("(empty text)")
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
        return gettext("Yes") if value else gettext("No")
    if not isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    text = orjson.dumps(value).decode()
    return _words(value) if len(text) <= _PLAIN_DEPTH else text


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{label_inside(name)}: {_word(item)}" for name, item in value.items()) or gettext(
            "(nothing inside)"
        )
    return ", ".join(_word(item) for item in value) or gettext("(empty list)")


def _word(value: Any) -> str:
    if value is None:
        return MISSING
    if isinstance(value, dict | list):
        return f"({_words(value)})"
    return value if isinstance(value, str) else _told(value)
