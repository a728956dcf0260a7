"""One worker's turn over all that is due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from dsar.actions.writing.claims import Claim
from dsar.fulfilment.overtaken import OvertakenError

Held = TypeVar("Held", bound=Claim[Any])

#: After so long a turn ends, and the next goes on: a task must end before its time limit (portal.settings).
_MOST_OF_A_TURN = timedelta(minutes=5)


def run_turn(claim: Callable[[], Held | None], write: Callable[[Held], bool], *, clock: Callable[[], datetime]) -> int:
    """Write all that can be claimed; return how many are done. One that is overtaken holds up no other."""
    count, start = 0, clock()
    while clock() < start + _MOST_OF_A_TURN and (held := claim()) is not None:
        try:
            count += write(held)
        except OvertakenError:
            held.give_way()
    return count
