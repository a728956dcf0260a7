"""The address of an account was replaced: its old one is told, may stop it, and what is private waits meanwhile."""

from accounts.address_changes.cooling import cooling_off, cooling_off_until
from accounts.address_changes.stopping import (
    AddressTakenError,
    TooLateError,
    forget_changes,
    note_change,
    read_token,
    stop,
    token_of,
)

__all__ = [
    "AddressTakenError",
    "TooLateError",
    "cooling_off",
    "cooling_off_until",
    "forget_changes",
    "note_change",
    "read_token",
    "stop",
    "token_of",
]
