"""The lines of a file, as far as it reached when it was listed."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import IO

from dsar.stores.base import StoreError

_BLOCK = 1024 * 1024
#: A line longer than this is no row but a broken or hostile file; it would have to be held in memory.
MOST_BYTES = 64 * 1024 * 1024


def read_lines(handle: IO[bytes], size: int | None, name: str) -> Generator[tuple[int, bytes, bool], None, None]:
    """Yield (number from 1, line without its end, whether it had an end). Raises StoreError.

    `size`: the bytes to read; None for all there are.
    """
    number, rest = 0, b""
    for block in _blocks(handle, size, name):
        lines = (rest + block).split(b"\n") if rest else block.split(b"\n")
        rest = lines.pop()
        for line in lines:
            number += 1
            yield number, line, True
        if len(rest) > MOST_BYTES:
            raise StoreError(f"{name}:{number + 1}: the line is longer than {MOST_BYTES} bytes", retry=False)
    if rest:
        yield number + 1, rest, False


def _blocks(handle: IO[bytes], size: int | None, name: str) -> Iterator[bytes]:
    if size is None:
        yield from iter(lambda: handle.read(_BLOCK), b"")
        return
    left = size
    while left:
        block = handle.read(min(_BLOCK, left))
        if not block:
            raise StoreError(f"{name}: became shorter while it was read", retry=True)
        left -= len(block)
        yield block
