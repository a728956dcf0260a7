"""What reaches a Redis server, told by the server itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis


@contextmanager
def watching(url: str) -> Iterator[list[str]]:
    """Keep the commands that reach the server, a key written as its pattern, until the last one that is sent here."""
    sent: list[str] = []
    with Redis.from_url(url) as client, client.monitor() as monitor:
        yield sent
        client.echo("done")
        while (command := monitor.next_command()["command"]) != "ECHO done":
            if command.startswith("SCAN"):
                sent.append(re.sub(r"^SCAN \d+", "SCAN cursor", command))
            elif "people:" in command:
                sent.append(re.sub(r"people:\S+", "people:{person_id}", command))
    sent[:] = dict.fromkeys(sent)
