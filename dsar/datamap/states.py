"""The two states in which a person's rows can be held for a while, as the data map says, and put back afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dsar.datamap.choices import Scalar


class StateKind(StrEnum):
    """SUSPEND hides an account; RESTRICT stops processing (GDPR Article 18). Both are keys of a collection's meta."""

    SUSPEND = "suspend"
    RESTRICT = "restrict"


@dataclass(frozen=True, slots=True)
class State:
    """`fields` hold these values while it lasts. `purposes`: for which of them processing stops; empty: for all."""

    fields: Mapping[str, Scalar]
    purposes: tuple[str, ...] = ()

    def holds_for(self, purposes: frozenset[str] | None) -> bool:
        """Return whether it is for one of these purposes; None: whatever it is for."""
        return purposes is None or not self.purposes or not purposes.isdisjoint(self.purposes)

    def document(self) -> dict[str, Any]:
        """Return it as the map writes it: for comparing maps."""
        said: dict[str, Any] = {"fields": dict(self.fields)}
        return said | ({"purposes": sorted(self.purposes)} if self.purposes else {})
