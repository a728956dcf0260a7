"""Elements of the picture. Everything that a map says is escaped here, and nowhere else is markup made."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape


def element(name: str, *inside: str, **attributes: str | float) -> str:
    """Return an element; `inside` is markup. `class_` and `aria_hidden` are written without and with a hyphen."""
    said = "".join(f' {_name(key)}="{_value(value)}"' for key, value in attributes.items())
    return f"<{name}{said}>{''.join(inside)}</{name}>" if inside else f"<{name}{said}/>"


def text(said: str, x: float, y: float, class_: str) -> str:
    return element("text", words(said), x=x, y=y, class_=class_)


def words(said: str) -> str:
    """Return words as markup; what XML cannot hold is left out."""
    return escape("".join(item if item.isprintable() else " " for item in said))


def titled(said: Iterable[str]) -> str:
    return element("title", words("; ".join(said)))


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-") if key != "viewBox" else key


def _value(value: str | float) -> str:
    return words(value) if isinstance(value, str) else f"{value:g}" if abs(value) < 1000 else f"{value:.1f}"
