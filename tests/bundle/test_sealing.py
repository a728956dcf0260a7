from __future__ import annotations

import io
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsar.bundle.sealing import SealError, SealKey, new_key, open_stream, seal_stream
from tests.bundle.memory import traced


def sealed(data: bytes, key: SealKey) -> bytes:
    target = io.BytesIO()
    seal_stream(source=io.BytesIO(data), target=target, recipient=key.recipient)
    return target.getvalue()


def opened(data: bytes, key: SealKey) -> bytes:
    return b"".join(open_stream(source=io.BytesIO(data), identity=key.identity_string))


@settings(max_examples=25)
@given(st.integers(0, 300_000))
def test_what_is_sealed_opens_again(size: int) -> None:
    data, key = os.urandom(size), new_key()
    box = sealed(data, key)
    assert box.startswith(b"age-encryption.org/v1\n")
    assert opened(box, key) == data


def test_another_key_opens_nothing() -> None:
    with pytest.raises(SealError, match="No matching keys"):
        next(open_stream(source=io.BytesIO(sealed(b"x", new_key())), identity=new_key().identity_string))


@pytest.mark.parametrize("length", [0, 10, 150, 70_000, 199_000])
def test_a_cut_file_is_an_error_however_late_it_ends(length: int) -> None:
    key = new_key()
    box = sealed(bytes(200_000), key)
    assert len(box) > length
    with pytest.raises(SealError):
        opened(box[:length], key)


def test_a_changed_byte_is_an_error() -> None:
    key = new_key()
    box = bytearray(sealed(bytes(200_000), key))
    box[150_000] ^= 1
    with pytest.raises(SealError):
        opened(bytes(box), key)


class Broken(io.RawIOBase):
    """Fails after `good`, with an error of its own kind, as the libraries of networks have."""

    def __init__(self, good: bytes = b"", error: Exception | None = None) -> None:
        self._good, self._error = io.BytesIO(good), error or OSError("the disk is gone")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._good.readinto(buffer)
        if count == 0:
            raise self._error
        return count


class NetworkIsGoneError(Exception):
    pass


def test_a_source_that_fails_half_way_does_not_end_as_if_it_were_whole() -> None:
    key = new_key()
    box = sealed(bytes(2_000_000), key)
    stream = open_stream(source=Broken(box[:1_000_000], NetworkIsGoneError()), identity=key.identity_string)  # type: ignore[arg-type]
    with pytest.raises(SealError):
        list(stream)


def test_a_failing_source_is_told() -> None:
    key = new_key()
    with pytest.raises(SealError, match="the disk is gone"):
        seal_stream(source=Broken(), target=io.BytesIO(), recipient=key.recipient)  # type: ignore[arg-type]
    with pytest.raises(SealError, match="the disk is gone"):
        list(open_stream(source=Broken(), identity=key.identity_string))  # type: ignore[arg-type]


def test_who_stops_early_leaves_no_thread_behind() -> None:
    key = new_key()
    stream = open_stream(source=io.BytesIO(sealed(bytes(5_000_000), key)), identity=key.identity_string)
    next(stream)
    stream.close()
    assert "open-sealed-bundle" not in {thread.name for thread in threading.enumerate()}


def test_bad_keys_are_refused_without_showing_them() -> None:
    with pytest.raises(SealError, match="no age or SSH public key"):
        seal_stream(source=io.BytesIO(), target=io.BytesIO(), recipient="age1nonsense")
    with pytest.raises(SealError, match=r"^no age identity$"):
        list(open_stream(source=io.BytesIO(), identity="AGE-SECRET-KEY-1NONSENSE"))
    key = new_key()
    assert key.identity_string not in repr(key)


class Zeros(io.RawIOBase):
    """As many zero bytes as asked for, without holding them."""

    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int = -1) -> bytes:
        given = min(self.left, size if size >= 0 else self.left)
        self.left -= given
        return bytes(given)


def test_memory_stays_flat(tmp_path: Path) -> None:
    key, path = new_key(), tmp_path / "sealed"
    with traced() as peak:
        with path.open("wb") as target:
            seal_stream(source=Zeros(20 << 20), target=target, recipient=key.recipient)  # type: ignore[arg-type]
        with path.open("rb") as source:
            assert sum(len(chunk) for chunk in open_stream(source=source, identity=key.identity_string)) == 20 << 20
        assert peak() < 2 << 20
