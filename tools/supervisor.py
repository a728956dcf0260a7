"""Several programs as children of one: their output told apart, the dead started again, all stopped together."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools import processes

FIRST_WAIT = 1.0  # seconds before a dead child is started again; doubled at each death in a row
LONGEST_WAIT = 30.0
LONG_LIFE = 60.0  # seconds after which a death counts as the first
_COLOURS = {
    "web": 32,
    "worker": 36,
    "beat": 34,
    "valkey": 35,
    "mail": 33,
    "mailbox": 33,
    "s3": 33,
    "setup": 37,
    "make": 1,
}


class CommandFailedError(Exception):
    """A command that had to succeed did not."""


@dataclass
class Child:
    """A program that is to run until told to stop."""

    name: str
    argv: Sequence[str]
    unsaid: Sequence[str] = ()  # lines that hold one of these are not passed on
    process: subprocess.Popen[str] | None = None
    started_at: float = 0.0  # monotonic seconds
    start_again_at: float | None = None
    wait: float = FIRST_WAIT


@dataclass
class Supervisor:
    """Runs programs with the environment `env` in the folder `cwd`; says what they say on standard output."""

    env: Mapping[str, str]
    cwd: Path
    colours: bool = field(default_factory=sys.stdout.isatty)
    _children: list[Child] = field(default_factory=list)
    _printing: threading.Lock = field(default_factory=threading.Lock)

    def say(self, name: str, line: str) -> None:
        label = f"{name:<7} |"
        if self.colours:
            label = f"\033[{_COLOURS.get(name, 0)}m{label}\033[0m"
        with self._printing:
            print(label, line, flush=True)

    def run(self, name: str, argv: Sequence[str]) -> None:
        """Run a command to its end. Raises CommandFailedError if it fails."""
        process = self._start(name, argv)
        if process.wait() != 0:
            raise CommandFailedError(f"{name} ended with exit status {process.returncode}: {' '.join(argv)}")

    def keep(self, name: str, argv: Sequence[str], *, unsaid: Sequence[str] = ()) -> None:
        """Start a program that `tend` starts again whenever it dies; lines that hold one of `unsaid` are dropped."""
        child = Child(name, argv, unsaid)
        self._launch(child)
        self._children.append(child)

    def tend(self) -> None:
        """Look once after every child. To be called over and over."""
        for child in self._children:
            if child.start_again_at is not None:
                if time.monotonic() >= child.start_again_at:
                    self._launch(child)
            elif child.process and child.process.poll() is not None:
                processes.end_session(child.process)
                self._mourn(child, child.process.returncode)

    def dead(self) -> list[str]:
        """Return the names of the children that are not running."""
        return [child.name for child in self._children if child.process is None or child.process.poll() is not None]

    def stop(self, *, seconds: float = 3.5) -> None:
        """Stop the children, the latest first begun, and end with SIGKILL those that take longer than `seconds`.

        The first one, on which the others stand (the broker), is asked only when they are gone.
        """
        living = [child.process for child in self._children if child.process and child.process.poll() is None]
        asked = [*reversed(living[1:])]
        for process in asked:
            process.send_signal(signal.SIGTERM)
        end = time.monotonic() + seconds
        for process in asked:
            processes.see_off(process, seconds=max(0.5, end - time.monotonic()))
        for process in living[:1]:
            processes.stop(process)
        self._children.clear()

    def _launch(self, child: Child) -> None:
        child.process = self._start(child.name, child.argv, child.unsaid)
        child.started_at, child.start_again_at = time.monotonic(), None

    def _mourn(self, child: Child, status: int) -> None:
        if time.monotonic() - child.started_at > LONG_LIFE:
            child.wait = FIRST_WAIT
        self.say(child.name, f"DIED with exit status {status}; starting it again in {child.wait:.0f} s")
        child.start_again_at = time.monotonic() + child.wait
        child.wait = min(child.wait * 2, LONGEST_WAIT)

    def _start(self, name: str, argv: Sequence[str], unsaid: Sequence[str] = ()) -> subprocess.Popen[str]:
        process = processes.start(argv, env=self.env, cwd=self.cwd, output=subprocess.PIPE)
        threading.Thread(target=self._pass_on, args=(name, process, unsaid), daemon=True).start()
        return process

    def _pass_on(self, name: str, process: subprocess.Popen[str], unsaid: Sequence[str]) -> None:
        if process.stdout is None:
            raise AssertionError("children are started with a pipe")
        with process.stdout:
            for line in process.stdout:
                if line.strip() and not any(words in line for words in unsaid):
                    self.say(name, line.rstrip())
