"""What a file's footer notes of its row groups and of each column in them (parquet.thrift: FileMetaData)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dsar.stores.objects.parquet.thrift import Struct, read_struct

_DICTIONARY = frozenset({2, 8})  # PLAIN_DICTIONARY, RLE_DICTIONARY
_DATA_PAGES = frozenset({0, 3})  # DATA_PAGE, DATA_PAGE_V2
#: A text that is no number of a dictionary takes as many bytes for its length alone.
_LEAST_TEXT = 4
_END = 8  # bytes after the footer: its length, and the magic


class FooterError(ValueError):
    """The footer does not say what one must."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A column in one row group. `least` and `most` are raw, None where nothing trustworthy is noted."""

    size: int  # bytes when unpacked
    is_folded: bool  # every value is the number of one in a dictionary
    is_encrypted: bool
    least: bytes | None
    most: bytes | None
    codec: int  # parquet.thrift: CompressionCodec


@dataclass(frozen=True, slots=True)
class Group:
    rows: int
    chunks: Sequence[Chunk]

    def size(self, leaves: Sequence[int]) -> int:
        """Return the bytes of some of the columns when unpacked."""
        return sum(self.chunks[leaf].size for leaf in leaves)


def read_groups(source: Any, size: int, columns: int) -> list[Group]:
    """Return the row groups of a file of so many bytes and columns. Raises FooterError."""
    source.seek(size - _END)
    length = int.from_bytes(source.read(4), "little")
    source.seek(max(0, size - _END - length))
    try:
        footer = read_struct(source.read(length))
        ordered = footer.get(7, [])
        groups = [_group(item, ordered) for item in footer[4]]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise FooterError(str(error)) from None
    if any(len(group.chunks) != columns or group.rows < 0 for group in groups):
        raise FooterError("a row group without all columns")
    if sum(group.rows for group in groups) != footer.get(3):
        raise FooterError("another number of rows than in all row groups")
    return groups


def _group(item: Struct, ordered: list[Struct]) -> Group:
    return Group(
        rows=int(item[3]),
        chunks=[_chunk(chunk, ordered[at] if at < len(ordered) else {}) for at, chunk in enumerate(item[1])],
    )


def _chunk(chunk: Struct, order: Struct) -> Chunk:
    facts: Struct = chunk.get(3, {})
    noted: Struct = facts.get(12, {})
    # Without the order that goes with the type (1) bounds mean nothing; the old ones (1, 2) were often wrong.
    least, most = (noted.get(6), noted.get(5)) if 1 in order else (None, None)
    if not (isinstance(least, bytes) and isinstance(most, bytes)):
        least = most = None
    return Chunk(
        size=max(0, int(facts.get(6, 0))),
        is_folded=_is_folded(facts),
        is_encrypted=8 in chunk or 9 in chunk,
        least=least,
        most=most,
        codec=int(facts.get(4, 0)),
    )


def _is_folded(facts: Struct) -> bool:
    """Whether all is in a dictionary: what is beside it would be added to it, row for row, if it were read so."""
    if pages := facts.get(13):
        return {page[2] for page in pages if page[1] in _DATA_PAGES} <= _DICTIONARY
    return bool(_DICTIONARY.intersection(facts.get(2, ()))) and facts.get(6, 0) < _LEAST_TEXT * facts.get(5, 0)
