"""How long to wait between two batches: the longer the slower a store has become."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

#: Of a batch's own time: waited after each while the store is as quick as it was, and at most.
LEAST_PAUSE, MOST_PAUSE = 0.05, 2.0
#: Fewer rows say nothing of how quick a store is.
_TELLING_ROWS = 100
#: How much of what is usual the latest batch makes up.
_NEW = 0.2


class Pace:
    """Takes batches, and waits after each in proportion to how much slower it was, a row, than those before.

    `waited` is how many seconds that was in all.
    """

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self.waited = 0.0

    def take(self, batches: Iterable[int], stop: Callable[[], bool]) -> tuple[int, bool]:
        """Return how many rows the batches had, and whether all were taken before `stop` said to stop."""
        rows, usual = 0, 0.0
        start = self._clock()
        for batch in batches:
            rows += batch
            seconds = self._clock() - start
            share = LEAST_PAUSE
            if batch >= _TELLING_ROWS:
                each = seconds / batch
                share = min(max(each / usual - 1, LEAST_PAUSE), MOST_PAUSE) if usual else LEAST_PAUSE
                usual = usual + _NEW * (each - usual) if usual else each
            if stop():
                return rows, False
            self._sleep(seconds * share)
            self.waited += seconds * share
            start = self._clock()
        return rows, True
