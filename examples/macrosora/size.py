"""How many people the demo has, and the room they take."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from examples.macrosora.platform.accounts import SMALLEST

USUAL = 200
LARGEST = 100_000
# Measured at 20,000 and 100,000 people, and rounded up: rows, files, and the Redis server's own file.
_BYTES_EACH, _BYTES_ANYWAY = 45_000, 100_000_000
_FILES_EACH, _FILES_ANYWAY = 6, 1_000


class SizeError(ValueError):
    """A demo of that size cannot be made; the message says why, and what can."""


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes and files, needed or free."""

    bytes: int
    files: int


def read_size(text: str) -> int:
    """Return the number of people that a text says. Raises SizeError."""
    if not (text.isascii() and text.isdecimal() and SMALLEST <= int(text) <= LARGEST):
        raise SizeError(f"{text!r} is no size for the demo: write a number of people from {SMALLEST} to {LARGEST}")
    return int(text)


def needed(size: int) -> Room:
    return Room(_BYTES_ANYWAY + size * _BYTES_EACH, _FILES_ANYWAY + size * _FILES_EACH)


def free(folder: Path) -> Room:
    """Return what this user may still write where the folder is, or will be."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    found = os.statvfs(there)
    # File systems without a table of files, such as Btrfs, tell 0 of 0.
    return Room(found.f_bavail * found.f_frsize, found.f_favail if found.f_files else needed(LARGEST).files)


def check_room(*, size: int, folder: Path, has: Room) -> None:
    """Raise SizeError if that many people do not fit."""
    wants = needed(size)
    if has.bytes < wants.bytes:
        raise SizeError(f"{size:,} people need {_gib(wants)} in {folder}, where {_gib(has)} are free")
    if has.files < wants.files:
        raise SizeError(f"{size:,} people need {wants.files:,} files in {folder}, where {has.files:,} can be made")


def _gib(room: Room) -> str:
    return f"{room.bytes / 2**30:.1f} GiB"
