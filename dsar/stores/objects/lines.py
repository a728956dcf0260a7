"""The lines of a file, as far as it reached when it was listed."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import IO

from dsar.stores.base import StoreError

_BLOCK = 256 * 1024
#: A line longer than this is no row but a broken or hostile file; it would have to be held in memory.
MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines in one piece; `number` is the first one's, from 1, and `ended` whether the last one had an end.

    `mark`: the byte order mark that stood before them.
    """

    number: int
    data: bytes
    ended: bool
    mark: bytes = b""


def read_blocks(handle: IO[bytes], size: int | None, name: str) -> Generator[Block, None, None]:
    """Yield the lines by the block; one that had no end, which is the last, comes by itself. Raises StoreError.

    A byte order mark at the start, which Windows' tools write, is left out.
    """
    number, rest = 1, list[bytes]()
    for piece in _pieces(handle, size, name):
        cut = piece.rfind(b"\n")
        if cut >= 0:
            data = b"".join((*rest, piece[:cut]))
            yield _block(number, data, ended=True)
            number, rest = number + data.count(b"\n") + 1, []
        rest.append(piece[cut + 1 :])
        if sum(map(len, rest)) > MOST_BYTES:
            raise StoreError(f"{name}:{number}: the line is longer than {MOST_BYTES} bytes", retry=False)
    if last := b"".join(rest):
        yield _block(number, last, ended=False)


def _block(number: int, data: bytes, *, ended: bool) -> Block:
    mark = BOM_UTF8 if number == 1 and data.startswith(BOM_UTF8) else b""
    return Block(number, data[len(mark) :] if mark else data, ended, mark)


def _pieces(handle: IO[bytes], size: int | None, name: str) -> Iterator[bytes]:
    if size is None:
        yield from iter(lambda: handle.read(_BLOCK), b"")
        return
    left = size
    while left:
        piece = handle.read(min(_BLOCK, left))
        if not piece:
            raise StoreError(f"{name}: became shorter while it was read", retry=True)
        left -= len(piece)
        yield piece
