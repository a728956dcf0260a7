"""What a correction would write, as a reviewer approves it: places and counts, never a value."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from dsar.fulfilment.correcting.values import Place


@dataclass(frozen=True, slots=True)
class Line:
    """One proposal in one place. `rows` hold the value that is to be replaced; `done` hold the right one already.

    `digest` changes with which rows those are. `stays`: why they stay as they are; `problem`: why the store would not
    take the new value; "" if it does.
    """

    proposal: int
    place: Place
    rows: int
    digest: int = 0
    done: int = 0
    stays: str = ""
    problem: str = ""

    @property
    def can_be_written(self) -> bool:
        return self.rows > 0 and not self.stays and not self.problem

    def with_problem(self, problem: str) -> Line:
        return replace(self, problem=problem)

    def document(self) -> list[Any]:
        place = (self.place.dataset, self.place.collection, self.place.path)
        return [self.proposal, *place, self.rows, f"{self.digest:064x}", self.done, self.stays, self.problem]

    @classmethod
    def read(cls, document: Iterable[Any]) -> Line:
        """Return what `document` has written."""
        proposal, dataset, collection, path, rows, digest, done, stays, problem = document
        return cls(proposal, Place(dataset, collection, path), rows, int(digest, 16), done, stays, problem)


@dataclass(frozen=True)
class Preview:
    """`lines` in the order in which they are shown. `problems`: stores that could not be read; nothing is approved so.

    `proposals_sha256` names the proposals that were looked for.
    """

    lines: tuple[Line, ...]
    problems: tuple[str, ...]
    proposals_sha256: str = ""

    @property
    def fingerprint(self) -> str:
        """The sha256 (hex) of what would be written into which rows."""
        document = [self.proposals_sha256, [line.document() for line in self.lines]]
        return hashlib.sha256(json.dumps(document).encode()).hexdigest()

    def document(self) -> dict[str, Any]:
        return {
            "lines": [line.document() for line in self.lines],
            "problems": list(self.problems),
            "proposals_sha256": self.proposals_sha256,
        }

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Preview:
        """Return what `document` has written, with the same fingerprint."""
        lines = tuple(map(Line.read, document["lines"]))
        return cls(lines, tuple(document["problems"]), document["proposals_sha256"])

    def chosen(self, numbers: Collection[int]) -> tuple[Line, ...]:
        """Return the lines of these numbers that can be written. Numbers count from 0."""
        return tuple(line for at, line in enumerate(self.lines) if at in numbers and line.can_be_written)
