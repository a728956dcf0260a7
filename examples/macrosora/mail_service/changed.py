"""Who was subscribed or unsubscribed since the file was written: kept beside it, so that a new start knows."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path


def changed_path(data: Path) -> Path:
    """Return where changes of a data file are kept; who writes that file anew removes this one."""
    return data.with_suffix(".changed")


@dataclass
class Changed:
    """`subscribed` by number of contact, the newest word. Safe to use from several threads."""

    path: Path
    subscribed: dict[int, bool] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def subscribe(self, number: int, subscribed: bool) -> None:
        with self._lock, self.path.open("a", encoding="utf-8") as file:
            file.write(f"{number} {'on' if subscribed else 'off'}\n")
            self.subscribed[number] = subscribed


def read_changed(data: Path) -> Changed:
    """Return what has been changed of a data file. Raises OSError, or ValueError for a file that is none of ours."""
    changed = Changed(changed_path(data))
    lines = changed.path.read_text("utf-8").splitlines() if changed.path.exists() else []
    for number, _space, word in (line.partition(" ") for line in lines):
        if word not in ("on", "off"):
            raise ValueError(f"{changed.path}: not what the mail service changed")
        changed.subscribed[int(number)] = word == "on"
    return changed
