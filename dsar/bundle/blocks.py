"""Rows on their way into a bundle: blocks of whole lines of JSON, so that a call costs little and memory stays flat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

BLOCK_BYTES = 1 << 19


def whole_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what the chunks hold, cut behind line ends; the last line gets its end if it has none."""
    rest: list[bytes] = []
    for chunk in chunks:
        cut = chunk.rfind(b"\n") + 1
        if cut:
            yield b"".join((*rest, chunk[:cut]))
            rest = []
        if cut < len(chunk):
            rest.append(chunk[cut:])
    if rest:
        yield b"".join((*rest, b"\n"))
