"""Age files by passphrase: what is written as a stream, age's own library opens."""

from __future__ import annotations

import io
import os

import pyrage
import pytest

from dsar.bundle.passphrase import seal_with_passphrase

QUICK = 10


def sealed(content: bytes, passphrase: str) -> bytes:
    out = io.BytesIO()
    seal_with_passphrase(source=io.BytesIO(content), target=out, passphrase=passphrase, work_factor=QUICK)
    return out.getvalue()


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 131_072, 300_000])
def test_age_opens_what_was_sealed(size: int) -> None:
    content = os.urandom(size)
    assert pyrage.passphrase.decrypt(sealed(content, "pässphrase 🔑 x"), "pässphrase 🔑 x") == content


def test_another_passphrase_opens_nothing() -> None:
    with pytest.raises(pyrage.DecryptError):
        pyrage.passphrase.decrypt(sealed(b"mine", "one"), "two")


def test_a_cut_or_changed_file_opens_nothing() -> None:
    whole = sealed(bytes(200_000), "one")
    flipped = bytearray(whole)
    flipped[-1] ^= 1
    for broken in (whole[:-70_000], whole[:-1], bytes(flipped)):
        with pytest.raises(pyrage.DecryptError):
            pyrage.passphrase.decrypt(broken, "one")


def test_the_same_content_is_sealed_differently_each_time() -> None:
    assert sealed(b"mine", "one") != sealed(b"mine", "one")
