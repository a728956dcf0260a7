"""What has been deleted: kept in a file beside the data, so that nothing comes back when the service starts again."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path


def gone_path(data: Path) -> Path:
    """Return where it is kept what of a data file has been deleted; who writes that file anew removes this one."""
    return data.with_suffix(".gone")


@dataclass
class Gone:
    """Numbers of contacts and names of events. Safe to use from several threads."""

    path: Path
    contacts: set[int] = field(default_factory=set)
    events: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def contact(self, number: int) -> None:
        self._write(f"contact {number}\n")
        self.contacts.add(number)

    def event(self, name: str) -> None:
        self._write(f"event {name}\n")
        self.events.add(name)

    def _write(self, line: str) -> None:
        with self._lock, self.path.open("a", encoding="utf-8") as file:
            file.write(line)


def read_gone(data: Path) -> Gone:
    """Return what has been deleted of a data file. Raises OSError, or ValueError for a file that is none of ours."""
    gone = Gone(gone_path(data))
    lines = gone.path.read_text("utf-8").splitlines() if gone.path.exists() else []
    for kind, _space, name in (line.partition(" ") for line in lines):
        if kind == "contact":
            gone.contacts.add(int(name))
        elif kind == "event":
            gone.events.add(name)
        else:
            raise ValueError(f"{gone.path}: not what the mail service deleted")
    return gone
