"""Lines of JSON in a sealed file: packed, and encrypted with age, in flat memory both ways."""

from __future__ import annotations

import zlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from typing import IO, Any, BinaryIO, cast

import orjson

from dsar.bundle.blocks import whole_lines
from dsar.bundle.sealing import open_stream, seal_stream
from dsar.stores.batching import batched

_LEVEL = 1  # of zlib: a database's rows shrink to a fifth already
_LINES = 1_000  # packed at once


def write_sealed(lines: Iterable[Any], target: IO[bytes], *, recipient: str) -> None:
    """Write documents, each a line. Raises what `lines` raises, and SealError, TypeError."""
    source = _Source(_packed(lines))
    try:
        seal_stream(source=cast(BinaryIO, source), target=cast(BinaryIO, target), recipient=recipient)
    except Exception:
        if source.error is not None:
            raise source.error from None  # the library that encrypts knows only its words
        raise


def read_sealed(source: IO[bytes], *, identity: str) -> Generator[Any, None, None]:
    """Yield the documents. Raises SealError for another key, and for a file that was cut or changed."""
    with closing(open_stream(source=cast(BinaryIO, source), identity=identity)) as stream:
        for block in whole_lines(_unpacked(stream)):
            yield from map(orjson.loads, block.splitlines())


class _Source:
    """What is read from where a library wants a file; the first error of its own is kept."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks, self._rest = blocks, b""
        self.error: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        try:
            while not self._rest:
                self._rest = next(self._blocks)
        except StopIteration:
            return b""
        except BaseException as error:
            self.error = error
            raise
        size = len(self._rest) if size < 0 else size
        part, self._rest = self._rest[:size], self._rest[size:]
        return part


def _packed(lines: Iterable[Any]) -> Iterator[bytes]:
    packing = zlib.compressobj(_LEVEL)
    for batch in batched(map(orjson.dumps, lines), _LINES):
        yield packing.compress(b"\n".join(batch) + b"\n")
    yield packing.flush()


def _unpacked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    unpacking = zlib.decompressobj()
    for chunk in chunks:
        yield unpacking.decompress(chunk)
    yield unpacking.flush()
