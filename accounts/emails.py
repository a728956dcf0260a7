"""The one normal form of an email address, and what is refused outright."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import User


def normal_email(value: str) -> str:
    """Return the one normal form of an email address: NFC, case-folded; plus tags and dots stay (datamap.md)."""
    return unicodedata.normalize("NFC", value.strip()).casefold()


def has_control_characters(value: str) -> bool:
    """Tell whether the text holds a line end or another control or invisible format character (Unicode Cc, Cf)."""
    return any(unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"} for character in value)


def display_name(user: User) -> str:
    """Return how the account is greeted: its name, or its address."""
    return user.name or user.email
