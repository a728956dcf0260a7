"""What the mail service knows: contacts and their events, read once from a file."""

from __future__ import annotations

import json
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Book:
    """Contacts in the order of their ids, and each contact's events, oldest id first."""

    token: str
    contacts: tuple[Row, ...]
    events: dict[int, list[Row]]
    _by_address: dict[str, list[Row]]

    def find(self, email: str | None) -> list[Row]:
        """Return the contacts of an address, all of them for None."""
        return list(self.contacts) if email is None else self._by_address.get(loosely(email), [])


def read_book(path: Path) -> Book:
    """Read what seeding wrote. Raises OSError, or ValueError for anything but such a file."""
    data = json.loads(path.read_text(encoding="utf-8"))
    try:
        contacts = sorted(data["contacts"], key=lambda contact: int(contact["id"]))
        events = {contact["id"]: data["events"][str(contact["id"])] for contact in contacts}
        return Book(data["token"], tuple(contacts), events, _index(contacts))
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a file of the mail service: {error!r}") from error


def _index(contacts: list[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for contact in contacts:
        found[loosely(contact["email"])].append(contact)
    return found


def loosely(email: str) -> str:
    """Return the form this service compares by: it ignores case and accents, as many a database does.

    So it answers a question for josé@ with jose@'s contacts too, and whoever asks must look again.
    """
    parts = unicodedata.normalize("NFKD", email).casefold()
    return "".join(part for part in parts if not unicodedata.combining(part))
