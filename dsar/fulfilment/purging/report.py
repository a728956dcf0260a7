"""What a purge has found and done, collection by collection: counts, times and names of tables, never a value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dsar.fulfilment.joinkey import CollectionKey
from dsar.stores.expiring import Survey


@dataclass(frozen=True)
class Part:
    """One collection. `left` is what was past its time afterwards: None if nobody could count it.

    `is_finished` is False where a purge stopped before it had looked at every row. `problem` says why rows could not
    be counted or deleted, "" if they could.
    """

    key: CollectionKey
    category: str
    days: int
    deleted: int = 0
    left: Survey | None = None
    is_finished: bool = True
    problem: str = ""

    @property
    def overdue(self) -> int:
        """How many rows are older than they should be and could have gone."""
        return self.left.past if self.left else 0

    def document(self) -> dict[str, Any]:
        """Return the part as JSON has it."""
        left = self.left or Survey()
        return {
            "dataset": self.key[0],
            "collection": self.key[1],
            "category": self.category,
            "days": self.days,
            "deleted": self.deleted,
            "counted": self.left is not None,
            "past": left.past,
            "held": left.held,
            "oldest": left.oldest.isoformat() if left.oldest else None,
            "named": dict(sorted(left.named.items())),
            "odd": {age.name.lower(): rows for age, rows in sorted(left.odd.items(), key=lambda item: item[0].name)},
            "finished": self.is_finished,
            "problem": self.problem,
        }


@dataclass
class Report:
    """`problems` are those of no single collection: a store that could not be searched for somebody's rows."""

    parts: list[Part] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def deleted(self) -> int:
        return sum(part.deleted for part in self.parts)

    @property
    def overdue(self) -> int:
        return sum(part.overdue for part in self.parts)

    def document(self) -> dict[str, Any]:
        return {"collections": [part.document() for part in self.parts], "problems": self.problems}
