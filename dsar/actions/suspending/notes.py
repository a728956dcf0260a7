"""What stood in the rows of a hidden account, as a suspension holds it: wrapped by the keyring."""

from __future__ import annotations

from accounts import keyring
from dsar.fulfilment.stating.kept import Kept

_PURPOSE = "suspension"


def sealed(kept: Kept) -> bytes | None:
    """Return what a row's `before` holds, None for nothing. Raises KeyringError."""
    return keyring.wrap(b"".join(kept.to_lines()), purpose=_PURPOSE) if kept else None


def opened(before: bytes | memoryview[int] | None) -> Kept:
    """Return what was kept. Raises KeyringError."""
    return Kept() if before is None else Kept.from_lines(keyring.unwrap(before, purpose=_PURPOSE).splitlines())
