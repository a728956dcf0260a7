"""A store is read in its own time, and when it was looked through is known from the ledger."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from dsar.fulfilment.ledger.ledger import Ledger
from dsar.fulfilment.replaying.looking import Look, last_looks, unhurried
from dsar.stores.base import StoreError


class Clock:
    """Seconds that go on by themselves with each batch, and by what is waited."""

    def __init__(self) -> None:
        self.now, self.waits = 0.0, list[float]()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def take(self, seconds: float) -> list[dict[str, object]]:
        self.now += seconds
        return [{}]


def test_what_a_store_took_is_waited_in_part() -> None:
    clock = Clock()
    batches = (clock.take(seconds) for seconds in (1.0, 4.0))
    assert len(list(unhurried(batches, most_seconds=60, clock=clock, sleep=clock.sleep))) == 2
    assert clock.waits == [0.5, 2.0]


def test_what_takes_too_long_is_told() -> None:
    clock = Clock()
    batches = (clock.take(30.0) for _ in range(100))
    with pytest.raises(StoreError, match="more than is read in 2 minutes") as told:
        list(unhurried(batches, most_seconds=120, clock=clock, sleep=clock.sleep))
    assert told.value.retry is False
    assert len(clock.waits) == 3


def test_the_last_look_and_the_last_whole_one_in_vain_are_known(tmp_path: Path) -> None:
    ledger, moments = Ledger(tmp_path / "ledger"), [datetime(2026, 3, day, tzinfo=UTC) for day in range(1, 6)]
    ledger.look("acme", collection="logs:lines", at=moments[0], is_whole=True)
    ledger.look("acme", collection="logs:lines", at=moments[1], is_whole=False)
    ledger.look("other", collection="logs:lines", at=moments[4], is_whole=True)
    ledger.look("acme", collection="cache:keys", at=moments[2], is_whole=True)
    ledger.look("acme", collection="cache:keys", at=moments[3], is_whole=False, has_found=True)
    assert last_looks(ledger.lines(), tenant="acme") == {
        "logs:lines": Look(moments[1], moments[0]),
        "cache:keys": Look(moments[3], None),
    }
