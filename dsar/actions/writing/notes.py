"""What stood in rows that hold a state for a while, as the database holds it: wrapped by the keyring."""

from __future__ import annotations

from accounts import keyring
from dsar.fulfilment.stating.kept import Kept


def sealed(kept: Kept, *, purpose: str) -> bytes | None:
    """Return what a row's `before` holds, None for nothing. Raises KeyringError."""
    return keyring.wrap(b"".join(kept.to_lines()), purpose=purpose) if kept else None


def opened(before: bytes | memoryview[int] | None, *, purpose: str) -> Kept:
    """Return what was kept. Raises KeyringError."""
    return Kept() if before is None else Kept.from_lines(keyring.unwrap(before, purpose=purpose).splitlines())
