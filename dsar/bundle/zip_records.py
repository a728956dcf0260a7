"""The records that stand around the compressed files of a ZIP, byte for byte as Python's zipfile writes them. Pure.

Source: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3 to 4.5. Names are ASCII, every file is deflated.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

#: Bytes; sizes and places beyond it are written with 64 bits. Some readers take those of 32 bits for signed.
ZIP64_LIMIT = (1 << 31) - 1
_MOST_FILES = (1 << 16) - 1
_PLAIN, _ZIP64 = 20, 45  # the version of the format that a reader must know
_STREAMED = 0x08  # the lengths and the check sum stand behind the file
_DEFLATED = 8
_UNIX, _REGULAR_0644 = 3, 0o100644 << 16
_ELSEWHERE = 0xFFFFFFFF  # in place of a number of 32 bits: see the ZIP64 field


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the archive: where its header stands, its length in bytes, packed and unpacked, and its CRC-32.

    `streamed`: its header was written before these were known; `zip64`: with room for numbers of 64 bits.
    """

    name: str
    offset: int
    streamed: bool = False
    zip64: bool = False
    crc: int = 0
    packed: int = 0
    size: int = 0


class Records:
    """Writes the records of an archive whose files are all of one moment."""

    def __init__(self, modified_at: datetime) -> None:
        moment = modified_at.astimezone(UTC)
        # ZIP knows no year before 1980 and no odd second.
        self._date = (max(moment.year, 1980) - 1980) << 9 | moment.month << 5 | moment.day
        self._time = moment.hour << 11 | moment.minute << 5 | moment.second // 2

    def header(self, member: Member) -> bytes:
        """Return what stands before a file."""
        name, sizes = member.name.encode("ascii"), (member.packed, member.size)
        extra = struct.pack("<HHQQ", 1, 16, member.size, member.packed) if member.zip64 else b""
        fixed = struct.pack(
            "<4s5H3L2H",
            b"PK\3\4",
            *self._facts(member, zip64=member.zip64),
            member.crc,
            *((_ELSEWHERE, _ELSEWHERE) if member.zip64 else sizes),
            len(name),
            len(extra),
        )
        return fixed + name + extra

    def descriptor(self, member: Member) -> bytes:
        """Return what stands behind a streamed file."""
        return struct.pack("<4sLQQ" if member.zip64 else "<4sLLL", b"PK\7\10", member.crc, member.packed, member.size)

    def directory(self, members: Sequence[Member], offset: int) -> bytes:
        """Return the end of the archive, which begins at that offset: the list of its files."""
        entries = b"".join(map(self._entry, members))
        count, length, end = len(members), len(entries), b""
        if count > _MOST_FILES or max(offset, length) > ZIP64_LIMIT:
            end = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, _ZIP64, _ZIP64, 0, 0, count, count, length, offset)
            end += struct.pack("<4sLQL", b"PK\6\7", 0, offset + length, 1)
            count, length, offset = min(count, _MOST_FILES), min(length, _ELSEWHERE), min(offset, _ELSEWHERE)
        return entries + end + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, length, offset, 0)

    def _entry(self, member: Member) -> bytes:
        name, sizes, far = member.name.encode("ascii"), (member.packed, member.size), member.offset > ZIP64_LIMIT
        big = max(sizes) > ZIP64_LIMIT
        long = [*((member.size, member.packed) if big else ()), *((member.offset,) if far else ())]
        extra = struct.pack(f"<HH{len(long)}Q", 1, 8 * len(long), *long) if long else b""
        facts = self._facts(member, zip64=member.zip64 or bool(long))
        fixed = struct.pack(
            "<4sBB5H3L5H2L",
            b"PK\1\2",
            facts[0],
            _UNIX,
            *facts,
            member.crc,
            *((_ELSEWHERE, _ELSEWHERE) if big else sizes),
            *(len(name), len(extra), 0, 0, 0),
            _REGULAR_0644,
            _ELSEWHERE if far else member.offset,
        )
        return fixed + name + extra

    def _facts(self, member: Member, *, zip64: bool) -> tuple[int, int, int, int, int]:
        version = _ZIP64 if zip64 else _PLAIN
        return version, _STREAMED if member.streamed else 0, _DEFLATED, self._time, self._date
