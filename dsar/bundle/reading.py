"""Opens an archive that may be hostile: nothing is unpacked to disk, and what could hurt the reader is refused."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import BinaryIO

from dsar.bundle.names import is_safe

_CHUNK = 1 << 18
_HEADER = 30  # bytes of a local file header before its name (APPNOTE 4.3.7)
_ENCRYPTED = 0x1
#: What reading a damaged entry raises.
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError)


class UnsafeArchive(Exception):  # noqa: N818 - says what the file is
    """The file is no ZIP, or not one that may be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds in files and bytes; a small archive of more than `ratio` bytes a byte is a bomb from `bomb_bytes` on."""

    files: int = 20_000
    total_bytes: int = 64 << 30
    document_bytes: int = 64 << 20
    line_bytes: int = 256 << 20
    ratio: int = 200
    bomb_bytes: int = 1 << 30


def open_archive(file: BinaryIO, limits: Limits) -> zipfile.ZipFile:
    """Return the opened archive. Raises UnsafeArchive."""
    try:
        archive = zipfile.ZipFile(file)
    except DAMAGE as error:
        raise UnsafeArchive(f"this is no readable ZIP file ({error})") from error
    entries = archive.infolist()
    for check in (_check_number, _check_names, _check_kinds, _check_bomb, _check_layout):
        check(entries, limits)
    return archive


def read(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """Yield an entry in chunks. Raises one of DAMAGE."""
    with archive.open(name) as handle:
        while chunk := handle.read(_CHUNK):
            yield chunk


def read_document(archive: zipfile.ZipFile, name: str, limits: Limits) -> bytes:
    """Return a whole small entry. Raises UnsafeArchive if it is missing, too long or damaged."""
    try:
        if archive.getinfo(name).file_size > limits.document_bytes:
            raise UnsafeArchive(f"{name} is too long to be read")
        return b"".join(read(archive, name))
    except KeyError:
        raise UnsafeArchive(f"{name} is missing") from None
    except DAMAGE as error:
        raise UnsafeArchive(f"{name} is damaged ({error})") from error


def _check_number(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(entries) > limits.files:
        raise UnsafeArchive(f"{len(entries)} files are more than {limits.files}")


def _check_names(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    for entry in entries:
        # orig_filename: zipfile itself cuts names at a NUL.
        if not is_safe(entry.orig_filename):
            raise UnsafeArchive(f"{entry.orig_filename!r} is no safe file name")
    doubled = [name for name, times in Counter(entry.filename.casefold() for entry in entries).items() if times > 1]
    if doubled:
        raise UnsafeArchive(f"{doubled[0]!r} stands in the archive more than once")


def _check_kinds(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    for entry in entries:
        # No kind at all is what tools write that do not know Unix.
        if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
            raise UnsafeArchive(f"{entry.filename!r} is no regular file")
        if entry.flag_bits & _ENCRYPTED or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise UnsafeArchive(f"{entry.filename!r} is packed in a way that no bundle uses")


def _check_bomb(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    total = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if total > limits.total_bytes or (total > limits.bomb_bytes and total > packed * limits.ratio):
        raise UnsafeArchive(f"it would unpack to {total} bytes from {packed}: a zip bomb")


def _check_layout(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    """Refuse entries that share bytes (a bomb without a high ratio), and anything put before the first."""
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    if ordered and ordered[0].header_offset != 0:
        raise UnsafeArchive("something stands before the first file")
    for entry, following in pairwise(ordered):
        if entry.header_offset + _HEADER + len(entry.orig_filename) + entry.compress_size > following.header_offset:
            raise UnsafeArchive(f"{entry.filename!r} and {following.filename!r} share bytes")
