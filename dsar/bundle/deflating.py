"""Bytes on their way into an archive: compressed, counted and hashed in one pass."""

from __future__ import annotations

import hashlib

from zlib_ng import zlib_ng

_LEVEL = 5  # of zlib-ng: files as small as zlib's usual 6 makes them, in less than half of its time
_RAW = -15  # the window of 32 KiB, and no header: ZIP has its own


class Deflater:
    """Compresses one file. `size` and `packed` are bytes so far, unpacked and packed; `crc` is ZIP's check sum."""

    def __init__(self) -> None:
        self._compressor = zlib_ng.compressobj(_LEVEL, zlib_ng.DEFLATED, _RAW)
        self._hash = hashlib.sha256()
        self.crc = self.size = self.packed = 0

    def feed(self, data: bytes) -> bytes:
        """Return what comes out for now."""
        self._hash.update(data)
        self.crc = zlib_ng.crc32(data, self.crc)
        self.size += len(data)
        return self._counted(self._compressor.compress(data))

    def finish(self) -> bytes:
        """Return what is left. To be called once."""
        return self._counted(self._compressor.flush())

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def _counted(self, packed: bytes) -> bytes:
        self.packed += len(packed)
        return packed
