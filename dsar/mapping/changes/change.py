"""One difference between two maps."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class ChangeKind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    CHANGED = "changed"


class Subject(StrEnum):
    """What changed. A category is one of the whole map; a purpose is one of a system."""

    DATASET = "dataset"
    COLLECTION = "collection"
    FIELD = "field"
    CATEGORY = "category"
    SYSTEM = "system"
    PURPOSE = "purpose"


@dataclass(frozen=True, slots=True)
class Change:
    """`name`: `app`, `app:people`, `app:people.email`, a category, a system or `system: purpose`.

    `fact` (CHANGED) names what is said otherwise, `before` and `after` what is said. Of something MOVED they are
    its names. `meaning`: what it comes to for a person, a sentence; "" where it comes to nothing for them.
    """

    kind: ChangeKind
    subject: Subject
    name: str
    fact: str = ""
    before: Any = None
    after: Any = None
    meaning: str = ""

    def __str__(self) -> str:
        said = f"{self.subject} {self.name}: {self.kind}"
        if self.kind is ChangeKind.MOVED:
            said += f" from {self.before}"
        elif self.kind is ChangeKind.CHANGED:
            said = f"{self.subject} {self.name}: {self.fact} {_told(self.before)} -> {_told(self.after)}"
        return f"{said}\n    {self.meaning}" if self.meaning else said

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "kind": str(self.kind),
            "subject": str(self.subject),
            "name": self.name,
            "fact": self.fact,
            "before": self.before,
            "after": self.after,
            "meaning": self.meaning,
        }


def _told(value: Any) -> str:
    if value is None:
        return "(nothing)"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_told(item)}" for name, item in sorted(value.items()))
    return ", ".join(map(_told, value)) if isinstance(value, list) else str(value)
