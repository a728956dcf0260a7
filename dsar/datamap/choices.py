"""Where a person's choice (dsar.models.Purpose) is written in a collection, as the data map says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as made
from typing import Any

Scalar = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Choice:
    """`field` holds `given` or `refused`. `where`: field -> values; in rows with others nothing is written."""

    field: str
    given: Scalar
    refused: Scalar
    where: Mapping[str, tuple[Scalar, ...]] = made(default_factory=dict)

    def value(self, *, given: bool) -> Scalar:
        return self.given if given else self.refused

    def document(self) -> dict[str, Any]:
        """Return it as the map writes it: for comparing maps."""
        said: dict[str, Any] = {"field": self.field, "given": self.given, "refused": self.refused}
        where = {name: list(values) for name, values in self.where.items()}
        return said | ({"where": where} if where else {})
