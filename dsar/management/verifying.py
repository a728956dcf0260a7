"""What the commands that check signed files share: the file, the key that is trusted, what is said of a check."""

from __future__ import annotations

import argparse
import base64
import binascii
from pathlib import Path
from typing import BinaryIO

from django.core.management.base import OutputWrapper
from django.db import DatabaseError

from accounts.keyring import KeyringError
from dsar.actions.delivery.signing import published_keys
from dsar.bundle.signing import PUBLIC_KEY_BYTES
from dsar.bundle.verify import Check
from dsar.management.asking import BadInputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument(
        "--public-key",
        metavar="KEY",
        help="the key that is trusted: 32 bytes in base64, or a file of that; else those of this portal's tenants",
    )


def opened(file: Path) -> BinaryIO:
    """Open a file to read. Raises BadInputError."""
    try:
        return file.open("rb")
    except OSError as error:
        raise BadInputError(f"{file}: cannot be read: {error.strerror}") from error


def given_key(text: str) -> bytes:
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


def known_key(claimed: str, *, stderr: OutputWrapper) -> bytes | None:
    """Return the key of the id that a file names, if it is one of this portal's tenants.

    Where there is no portal (whoever got the file may have but this clone), all but whose key it is can be checked.
    """
    try:
        _slug, key = published_keys().get(claimed, ("", None))
    except (DatabaseError, KeyringError):
        stderr.write("this portal's own keys cannot be read: no key is trusted but one named by --public-key")
        return None
    return key


def line_of(check: Check) -> str:
    return f"{'ok    ' if check.passed else 'WRONG '} {check.name}: {check.message}"
