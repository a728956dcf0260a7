"""What became of each erasure in each dataset, read from the ledger's lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from dsar.fulfilment.ledger.ledger import Case


class State(Enum):
    """MEANT: a process was killed before it could say more, or a store failed: what is gone is not known."""

    MEANT = "meant"
    APPLIED = "applied"
    REVERTED = "reverted"


@dataclass
class Deed:
    """One erasure in one dataset; `turn` counts up where it was done anew after it was taken back."""

    state: State = State.MEANT
    as_of: datetime | None = None
    erased_at: datetime | None = None
    turn: int = 0

    def read(self, line: dict[str, Any]) -> None:
        """Follow one line of it."""
        kind = line["kind"]
        if self.state is State.REVERTED and kind != "reverted":
            self.state, self.as_of, self.erased_at, self.turn = State.MEANT, None, None, self.turn + 1
        if kind == "reverted":
            self.state = State.REVERTED
        elif kind == "applied":
            self.state = State.APPLIED
            self.as_of, self.erased_at = (datetime.fromisoformat(line[name]) for name in ("as_of", "erased_at"))


#: Whose erasure, and in which dataset.
DeedKey = tuple[Case, str]
Deeds = dict[DeedKey, Deed]


def followed(lines: Iterable[dict[str, Any]], deeds: Deeds) -> Iterator[tuple[DeedKey, Deed, dict[str, Any]]]:
    """Add what lines say to `deeds`; yield each line that is of a dataset, with how its deed then stands."""
    for line in lines:
        if "dataset" in line:
            key = (Case(line["tenant"], line["reference"]), line["dataset"])
            deed = deeds.setdefault(key, Deed())
            deed.read(line)
            yield key, deed, line


def read_deeds(lines: Iterable[dict[str, Any]]) -> Deeds:
    """Return how every erasure stands at the end of the lines."""
    deeds: Deeds = {}
    for _ in followed(lines, deeds):
        pass
    return deeds
