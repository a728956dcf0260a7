"""A wake never holds up a page: not with the broker gone, not with one that accepts and says nothing."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import closing

import pytest
from celery import Celery
from redis import Redis

from accounts import waking
from tools.processes import free_port, wait_until

#: In seconds. The promise is one; a busy machine is given the rest of it.
BOUND = 1.0


@pytest.fixture(autouse=True)
def _nothing_hangs_from_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """redis-py goes on trying for some seconds: a wake of another test may still hang."""
    monkeypatch.setattr(waking, "_overdue", set())


def sender(port: int) -> Callable[[], object]:
    """Return what sends a task to a Redis broker at a port of this machine, as the portal does."""
    app = Celery(broker=f"redis://127.0.0.1:{port}/0", set_as_current=False)
    app.conf.update(broker_transport_options={"socket_connect_timeout": 1, "socket_timeout": 1})
    return lambda: app.send_task("nothing", retry=False)


def seconds_of(work: Callable[[], object]) -> float:
    start = time.monotonic()
    work()
    return time.monotonic() - start


def test_a_broker_that_is_there_gets_the_message(redis_url: str) -> None:
    port = int(redis_url.rpartition(":")[2])
    assert waking.wake(sender(port), what="workers")
    with closing(Redis.from_url(redis_url)) as client:
        assert client.llen("celery") == 1
        client.flushall()


@pytest.mark.parametrize("is_silent", [False, True], ids=["gone", "silent"])
def test_a_broker_that_is_away_costs_a_page_less_than_a_second(
    is_silent: bool, caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()
    with closing(socket.socket()) as server:
        if is_silent:
            server.bind(("127.0.0.1", port))
            server.listen(8)
        results: list[bool] = []
        took = seconds_of(lambda: results.extend(waking.wake(sender(port), what="workers") for _ in range(3)))
    assert took < BOUND, "all the wakes of one page together"
    assert results == [False] * 3
    assert "workers could not be woken: the broker does not answer" in caplog.text


def test_after_the_broker_is_back_wakes_get_through_again() -> None:
    back = threading.Event()
    assert not waking.wake(back.wait, what="workers")
    assert not waking.wake(lambda: pytest.fail("not even tried"), what="workers")
    back.set()
    wait_until(lambda: waking.wake(lambda: None, what="workers"), seconds=5, what="a wake that gets through")


def test_what_is_no_fault_of_the_broker_is_raised() -> None:
    def send() -> None:
        raise ValueError("a mistake of ours")

    with pytest.raises(ValueError, match="a mistake of ours"):
        waking.wake(send, what="workers")
