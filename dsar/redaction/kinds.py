"""What of another person can stand in a text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a value is; OTHER is what a reviewer marked by hand without saying more."""

    EMAIL = "email"
    PHONE = "phone"
    KEY = "key"
    NAME = "name"
    OTHER = "other"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A value in a text, from and to, in characters."""

    start: int
    end: int
    kind: Kind

    def meets(self, other: Finding) -> bool:
        return self.start < other.end and other.start < self.end
