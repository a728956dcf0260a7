"""What is wrong with a data map, told all at once and with its place."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field

from dsar.datamap.model import Location


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend, printed as `file:line: message`."""

    location: Location
    message: str

    def __str__(self) -> str:
        return f"{self.location}: {self.message}"


class DataMapError(Exception):
    """A folder is no data map. `problems` holds everything found, by file and line; str() is one a line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems), key=_place))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def _place(problem: Problem) -> tuple[str, int, str]:
    return (problem.location.file, problem.location.line, problem.message)


@dataclass(slots=True)
class Problems:
    """The problems found so far.

    `graph_doubtful` is set once one of them may have cost an identity or a reference: what cannot be reached
    is then not looked for, since it would only be that mistake's echo. `names_lost` likewise: something has no
    name or could not be read, so that a reference to it must not be called a reference to nothing.
    """

    found: list[Problem] = field(default_factory=list)
    graph_doubtful: bool = False
    names_lost: bool = False

    def add(self, location: Location, message: str, *, graph: bool = True) -> None:
        """Note a problem; `graph=False` says that it leaves identities and references as they are."""
        self.found.append(Problem(location, message))
        self.graph_doubtful = self.graph_doubtful or graph


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "; did you mean 'identity'?" for the nearest known word, or nothing when none is near."""
    near = difflib.get_close_matches(word, sorted(known), n=1)
    return f"; did you mean '{near[0]}'?" if near else ""
