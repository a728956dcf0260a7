"""What holding a data map against its stores brings to light."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dsar.datamap.model import Location
from dsar.values import on_one_line


class Severity(StrEnum):
    """ERROR: to be mended. WARNING: to be looked at. UNREACHED: a store did not answer, so it is not known."""

    ERROR = "error"
    WARNING = "warning"
    UNREACHED = "unreached"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the check; `rule` is a stable name for machines, `place` is file:line, or empty."""

    severity: Severity
    rule: str
    message: str
    location: Location | None = None
    dataset: str = ""
    collection: str = ""
    field: str = ""

    def __str__(self) -> str:
        where = f"{self.dataset}:{self.collection}" if self.collection else self.dataset
        where = f"{where}.{self.field}" if self.field else where
        said = f"{where}: {self.message}" if where else self.message
        if self.severity is Severity.WARNING:
            said = f"warning: {said}"
        return on_one_line(f"{self.location}: {said}" if self.location else said)

    def as_dict(self) -> dict[str, str | int | None]:
        """Return it for JSON."""
        return {
            "severity": str(self.severity),
            "rule": self.rule,
            "message": self.message,
            "file": self.location.file if self.location else None,
            "line": self.location.line if self.location else None,
            "dataset": self.dataset,
            "collection": self.collection,
            "field": self.field,
        }
