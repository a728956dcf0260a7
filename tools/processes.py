"""Children that never outlive their parent, and the ports they listen on."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(with_signal: signal.Signals) -> None:
    """Have the kernel send this process `with_signal` when the thread that started it is gone."""
    _libc.prctl(_PR_SET_PDEATHSIG, int(with_signal))


def start(
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user: str | None = None,
    output: int | IO[Any] | None = None,
) -> subprocess.Popen[str]:
    """Start a child in a session of its own; the kernel kills it when this process is gone.

    A session of its own, because Ctrl-C in a terminal reaches every process of the foreground group: the
    children would race the parent that is to stop them in order. Both of the child's outputs go to `output`.
    """
    parent = os.getpid()

    def tie_to_parent() -> None:
        die_with_parent(signal.SIGKILL)
        if os.getppid() != parent:  # it died before the line above
            os.kill(os.getpid(), signal.SIGKILL)

    return subprocess.Popen(
        list(argv),
        env=None if env is None else dict(env),
        cwd=cwd,
        user=user,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        start_new_session=True,
        preexec_fn=tie_to_parent,  # prctl must be called in the child; no thread holds a lock it needs
        text=True,
        encoding="utf-8",
        errors="replace",
    )


def stop(child: subprocess.Popen[str], *, with_signal: signal.Signals = signal.SIGTERM, seconds: float = 5) -> int:
    """Ask the child to end, end its whole session if it has not within `seconds`, and return its exit status."""
    if child.poll() is None:
        child.send_signal(with_signal)
    return see_off(child, seconds=seconds)


def see_off(child: subprocess.Popen[str], *, seconds: float) -> int:
    """Wait `seconds` for a child that was asked to end, then end its whole session; return its exit status."""
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        child.kill()
    status = child.wait()
    end_session(child)
    return status


def end_session(child: subprocess.Popen[str]) -> None:
    """Kill what a dead child has left behind in its session."""
    with suppress(ProcessLookupError):  # nothing is left
        os.killpg(child.pid, signal.SIGKILL)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Return whether the port of 127.0.0.1 can be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # or a port just left would count as taken
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    """Return whether something accepts connections on the port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(ready: Callable[[], bool], *, seconds: float, what: str, every: float = 0.05) -> None:
    """Ask `ready` until it is true, with pauses of `every` s. Raises TimeoutError naming `what` after `seconds`."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} was not ready within {seconds:.0f} s")
        time.sleep(every)
