"""Between two batches is waited the longer the slower a store has become."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dsar.fulfilment.purging.pace import LEAST_PAUSE, MOST_PAUSE, Pace


class Store:
    """A store on a clock of its own: each batch takes as long as it is told to."""

    def __init__(self, *batches: tuple[int, float]) -> None:
        self.now, self._batches = 0.0, batches
        self.slept: list[float] = []

    def batches(self) -> Iterator[int]:
        for rows, seconds in self._batches:
            self.now += seconds
            yield rows

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept.append(seconds)

    def taken(self, *, stops: bool = False) -> tuple[int, bool]:
        return Pace(clock=lambda: self.now, sleep=self.sleep).take(self.batches(), lambda: stops)


def test_a_store_as_quick_as_ever_is_hardly_waited_for() -> None:
    store = Store((1000, 0.2), (2000, 0.4), (1000, 0.2))
    assert store.taken() == (4000, True)
    assert store.slept == pytest.approx([0.2 * LEAST_PAUSE, 0.4 * LEAST_PAUSE, 0.2 * LEAST_PAUSE])


def test_a_store_that_became_slow_is_waited_for_in_proportion() -> None:
    store = Store((1000, 0.1), (1000, 0.2), (1000, 5.0))
    store.taken()
    assert store.slept[1:] == pytest.approx([0.2 * 1.0, 5.0 * MOST_PAUSE])


def test_a_few_rows_say_nothing_of_how_quick_a_store_is() -> None:
    store = Store((1000, 0.1), (0, 0.3), (3, 0.3), (1000, 0.1))
    store.taken()
    assert store.slept == pytest.approx([0.1 * LEAST_PAUSE, 0.3 * LEAST_PAUSE, 0.3 * LEAST_PAUSE, 0.1 * LEAST_PAUSE])


def test_who_says_stop_is_not_made_to_wait() -> None:
    store = Store((1000, 0.2), (1000, 0.2))
    assert store.taken(stops=True) == (1000, False)
    assert store.slept == []
