"""Reads the key that somebody trusts, as the commands are given it."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path

from dsar.bundle.signing import PUBLIC_KEY_BYTES
from dsar.management.asking import BadInputError


def read_public_key(text: str) -> bytes:
    """Read the key from a file, or the argument itself. Raises BadInputError."""
    try:
        key = base64.b64decode(_text_of(text).strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInputError("--public-key: write the key in base64, or the name of a file with it") from error
    if len(key) != PUBLIC_KEY_BYTES:
        raise BadInputError(f"--public-key: an Ed25519 key has {PUBLIC_KEY_BYTES} bytes, this has {len(key)}")
    return key


def _text_of(argument: str) -> str:
    path = Path(argument)
    return path.read_text(encoding="ascii") if len(argument) < 256 and path.is_file() else argument
