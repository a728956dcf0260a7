"""What the mail service knows: contacts and their events. Rows stay in the file; only their places are held.

What is deleted stays in the file, too, but is not found any more: this is a demo's service.
"""

from __future__ import annotations

import json
import os
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from examples.macrosora.mail_service.changed import Changed, read_changed
from examples.macrosora.mail_service.gone import Gone, read_gone

Row = dict[str, Any]
#: Where a line's JSON lies in the file: its first byte, and how many.
Place = tuple[int, int]


@dataclass(frozen=True)
class Book:
    """Contacts in the order of their ids, and each contact's events, oldest id first."""

    token: str
    _file: int  # a descriptor that is read from by place, so that threads need no lock
    _contacts: dict[int, Place]
    _events: dict[int, Place]
    _by_address: dict[str, list[int]]
    _gone: Gone
    changed: Changed

    def find(self, email: str | None) -> Found:
        """Return the contacts of an address, all of them for None."""
        numbers = self._contacts if email is None else self._by_address.get(loosely(email), ())
        return Found(self, tuple(self._contacts[number] for number in numbers if number not in self._gone.contacts))

    def events(self, contact_id: int) -> list[Row] | None:
        """Return what became of the mail of a contact, None where there is no such contact."""
        place = None if contact_id in self._gone.contacts else self._events.get(contact_id)
        return None if place is None else [row for row in self.read(place) if row["id"] not in self._gone.events]

    def subscribe(self, contact_id: int, subscribed: bool) -> bool:
        """Say whether a contact wants the mails of its list; return whether it was there."""
        found = contact_id in self._contacts and contact_id not in self._gone.contacts
        if found:
            self.changed.subscribe(contact_id, subscribed)
        return found

    def delete_contact(self, contact_id: int) -> bool:
        """Delete a contact and its events; return whether it was there."""
        found = contact_id in self._contacts and contact_id not in self._gone.contacts
        if found:
            self._gone.contact(contact_id)
        return found

    def delete_event(self, contact_id: int, name: str) -> bool:
        """Delete an event of a contact; return whether it was there."""
        found = any(row["id"] == name for row in self.events(contact_id) or ())
        if found:
            self._gone.event(name)
        return found

    def read(self, place: Place) -> Any:
        """Return what the JSON there says."""
        return json.loads(os.pread(self._file, place[1], place[0]))


@dataclass(frozen=True)
class Found:
    """Contacts that are read from the file when some of them are taken."""

    book: Book
    places: tuple[Place, ...]

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, part: slice) -> list[Row]:
        return [self._as_it_is(self.book.read(place)) for place in self.places[part]]

    def _as_it_is(self, contact: Row) -> Row:
        subscribed = self.book.changed.subscribed.get(contact["id"], contact["subscribed"])
        return {**contact, "subscribed": subscribed}


def read_book(path: Path) -> Book:
    """Look through what seeding wrote; the file stays open. Raises OSError, or ValueError for any other file."""
    with path.open("rb") as file:
        lines = _lines(file)
        try:
            token = json.loads(next(lines)[1].rstrip(b",") + b"}")["token"]
            contacts, by_address = _index(_section(lines, b'"contacts": ['))
            events = dict(_events(_section(lines, b'"events": {')))
        except (KeyError, TypeError, ValueError, StopIteration) as error:
            raise ValueError(f"not a file of the mail service: {error!r}") from error
    if len(events) != len(contacts):
        raise ValueError(f"not a whole file of the mail service: {len(contacts)} contacts, events of {len(events)}")
    return Book(token, os.open(path, os.O_RDONLY), contacts, events, by_address, read_gone(path), read_changed(path))


def _lines(file: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield (place of its first byte, line without its end) for each line."""
    at = 0
    for line in file:
        yield at, line.rstrip(b"\n")
        at += len(line)


def _section(lines: Iterator[tuple[int, bytes]], head: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a list or object. Raises ValueError if another one begins here."""
    if next(lines)[1] != head:
        raise ValueError(f"no {head.decode()}")
    return ((at, line.rstrip(b",")) for at, line in takewhile(lambda item: item[1] not in (b"],", b"}}"), lines))


def _index(lines: Iterator[tuple[int, bytes]]) -> tuple[dict[int, Place], dict[str, list[int]]]:
    """Return the places of contacts, which are written in the order of their ids, and the ids of each address."""
    places: dict[int, Place] = {}
    found: dict[str, list[int]] = defaultdict(list)
    for at, line in lines:
        contact = json.loads(line)
        places[contact["id"]] = (at, len(line))
        found[loosely(contact["email"])].append(contact["id"])
    return places, found


def _events(lines: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, Place]]:
    for at, line in lines:
        key, colon, events = line.partition(b": ")
        if not colon:
            raise ValueError("no events in a line of them")
        yield int(json.loads(key)), (at + len(key) + len(colon), len(events))


def loosely(email: str) -> str:
    """Return the form this service compares by: it ignores case and accents, as many a database does.

    So it answers a question for josé@ with jose@'s contacts too, and whoever asks must look again.
    """
    parts = unicodedata.normalize("NFKD", email).casefold()
    return "".join(part for part in parts if not unicodedata.combining(part))
