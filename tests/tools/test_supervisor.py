"""Children of one process: told apart, started again, stopped together, and never left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import processes, supervisor
from tools.supervisor import CommandFailedError, Supervisor

SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
# A parent with a child and a grandchild, which the child started without any care.
FAMILY = """
import subprocess, sys, time
from tools import processes
child = processes.start([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def tended(tmp_path: Path) -> Iterator[Supervisor]:
    made = Supervisor(env=os.environ, cwd=tmp_path, colours=False)
    yield made
    made.stop()


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text(encoding="ascii")


def test_lines_are_prefixed(tended: Supervisor, capfd: pytest.CaptureFixture[str]) -> None:
    tended.keep("web", SLEEP)
    processes.wait_until(lambda: "web     | up" in capfd.readouterr().out, seconds=5, what="the line")


def test_empty_and_unwanted_lines_are_dropped(tended: Supervisor, capfd: pytest.CaptureFixture[str]) -> None:
    said = "print('\\n \\nWARNING about the machine\\nup', flush=True); import time; time.sleep(60)"
    tended.keep("valkey", [sys.executable, "-c", said], unsaid=["about the machine"])
    out = ""

    def has_come() -> bool:
        nonlocal out
        out += capfd.readouterr().out
        return "up" in out

    processes.wait_until(has_come, seconds=5, what="the line")
    assert out == "valkey  | up\n"


@pytest.mark.thorough
def test_a_child_is_asked_to_end_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A second SIGTERM tells Celery to drop its work."""
    counting = (
        "import signal, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: print('asked', flush=True))\n"
        "print('up', flush=True)\n"
        "while True: time.sleep(0.05)"
    )
    supervised = Supervisor(env=os.environ, cwd=tmp_path, colours=False)
    supervised.keep("valkey", SLEEP)
    supervised.keep("worker", [sys.executable, "-c", counting])
    out = ""

    def are_up() -> bool:
        nonlocal out
        out += capfd.readouterr().out
        return out.count("up") == 2

    processes.wait_until(are_up, seconds=5, what="both")
    supervised.stop(seconds=0.5)
    assert capfd.readouterr().out.count("worker  | asked") == 1


def test_a_dead_child_is_said_and_started_again(
    tended: Supervisor, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_WAIT", 0.0)
    tended.keep("web", [sys.executable, "-c", "raise SystemExit(3)"])
    processes.wait_until(lambda: tended.dead() == ["web"], seconds=5, what="its death")
    tended.tend()
    assert "web     | DIED with exit status 3; starting it again in 1 s" in capfd.readouterr().out
    tended._children[0].start_again_at = 0.0
    tended._children[0].argv = SLEEP
    tended.tend()
    assert tended.dead() == []


def test_a_failed_command_stops_the_start(tended: Supervisor) -> None:
    with pytest.raises(CommandFailedError, match="setup ended with exit status 4"):
        tended.run("setup", [sys.executable, "-c", "raise SystemExit(4)"])


def test_one_that_ignores_the_asking_is_killed(tmp_path: Path) -> None:
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    child = processes.start([sys.executable, "-c", deaf], output=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == "up\n"
    assert processes.stop(child, seconds=0.2) == -signal.SIGKILL
    child.stdout.close()


def test_nothing_outlives_a_killed_parent() -> None:
    root = Path(__file__).resolve().parents[2]
    parent = subprocess.Popen([sys.executable, "-c", FAMILY], cwd=root, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert not is_gone(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    processes.wait_until(lambda: is_gone(child), seconds=5, what="the child's end")


def test_waiting_ends() -> None:
    start = time.monotonic()
    with pytest.raises(TimeoutError, match="the moon was not ready"):
        processes.wait_until(lambda: False, seconds=0.1, what="the moon")
    assert time.monotonic() - start < 2
