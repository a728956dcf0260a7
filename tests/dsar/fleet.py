"""Real Celery workers and a beat, each a process of its own, on a real broker and the test's own database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from django.conf import settings
from django.db import connection
from redis import Redis

from tools import processes

LEASE_SECONDS = 1.5
SWEEP_SECONDS = 0.5


class Sink:
    """Counts the messages that arrive by their Message-ID, and by subject."""

    def __init__(self) -> None:
        self.ids: Counter[str] = Counter()
        self.subjects: Counter[str] = Counter()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        message = message_from_bytes(envelope.original_content or b"")
        self.ids[str(message["Message-ID"])] += 1
        self.subjects[str(message["Subject"])] += 1
        return "250 OK"


@dataclass
class Fleet:
    """Starts and kills processes; `sink` takes what they mail."""

    broker: str
    smtp_port: int
    sink: Sink
    folder: Path
    children: list[subprocess.Popen[str]] = field(default_factory=list)

    def worker(self) -> subprocess.Popen[str]:
        """Start a worker that runs one task at a time; it is ready some two seconds later."""
        return self._start("worker", "--pool", "solo", "--without-gossip", "--without-mingle", "-n", f"w{self._count}")

    def beat(self) -> subprocess.Popen[str]:
        return self._start("beat", "--schedule", str(self.folder / "beat"), "--max-interval", "1")

    def ready(self, child: subprocess.Popen[str]) -> bool:
        """Return whether a worker has said that it takes tasks."""
        return "ready." in self._log(child).read_text(encoding="utf-8")

    def _log(self, child: subprocess.Popen[str]) -> Path:
        return next(self.folder.glob(f"{self.children.index(child)}-*.log"))

    def signal(self, child: subprocess.Popen[str], number: signal.Signals) -> None:
        os.killpg(child.pid, number)

    def kill(self, child: subprocess.Popen[str]) -> None:
        """End a process as the kernel does when memory is short."""
        os.killpg(child.pid, signal.SIGKILL)
        child.wait(5)

    def lose_everything(self) -> None:
        """Empty the broker."""
        with Redis.from_url(self.broker) as client:
            client.flushall()

    def output(self) -> str:
        return "".join(file.read_text(encoding="utf-8") for file in sorted(self.folder.glob("*.log")))

    def environment(self) -> dict[str, str]:
        """Return what makes a process of the portal work on the test's own rows."""
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.worker_settings",
            "WORKER_DATABASE": str(connection.settings_dict["NAME"]),
            "WORKER_BROKER": self.broker,
            "WORKER_SMTP_PORT": str(self.smtp_port),
            "STEP_LEASE_SECONDS": str(LEASE_SECONDS),
            "SWEEP_SECONDS": str(SWEEP_SECONDS),
        }

    @property
    def _count(self) -> int:
        return len(self.children)

    def _start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "celery", "-A", "portal", *arguments]
        with (self.folder / f"{self._count}-{arguments[0]}.log").open("w") as log:
            child = processes.start(command, env=self.environment(), cwd=settings.BASE_DIR, output=log)
        self.children.append(child)
        return child


@contextmanager
def running_fleet(broker: str, folder: Path) -> Iterator[Fleet]:
    """Give a fleet without processes yet; all of them are gone when the block ends."""
    sink, port = Sink(), processes.free_port()
    server = Controller(sink, hostname="127.0.0.1", port=port)
    server.start()
    fleet = Fleet(f"{broker}/7", port, sink, folder)
    fleet.lose_everything()
    try:
        yield fleet
    finally:
        for child in fleet.children:
            if child.poll() is None:
                fleet.kill(child)
        server.stop()
