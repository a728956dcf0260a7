"""How long to wait between two batches: the busier a store is, the longer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

#: Of a batch's own time: waited after each while the store is as quick as ever, and at most.
LEAST_PAUSE, MOST_PAUSE = 0.1, 4.0
#: Fewer rows say nothing of how quick a store is.
_TELLING_ROWS = 100


class Pace:
    """Takes batches, and waits after each in proportion to how much slower it was than the quickest."""

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        self._clock, self._sleep = clock, sleep

    def take(self, batches: Iterable[int], stop: Callable[[], bool]) -> tuple[int, bool]:
        """Return how many rows the batches had, and whether all were taken before `stop` said to stop."""
        rows, best = 0, float("inf")
        start = self._clock()
        for batch in batches:
            rows += batch
            seconds = self._clock() - start
            share = LEAST_PAUSE
            if batch >= _TELLING_ROWS and seconds > 0:
                best = min(best, seconds / batch)
                share = min(max(seconds / batch / best - 1, LEAST_PAUSE), MOST_PAUSE)
            if stop():
                return rows, False
            self._sleep(seconds * share)
            start = self._clock()
        return rows, True
