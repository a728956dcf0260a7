"""The commands that read a collection, told by a pipeline that is never sent."""

from __future__ import annotations

from collections.abc import Sequence

from redis import Redis

from dsar.datamap.model import Collection
from dsar.stores.base import Explained
from dsar.stores.pruning import answered_by
from dsar.stores.redis.keys import STEP, glob, names_whole
from dsar.stores.redis.source import Source


def explain(collection: Collection, by: Sequence[tuple[str, ...]], source: Source) -> Explained:
    """Return the commands. Keys are built where the values at every path spell whole ones, else found by SCAN."""
    if all(names_whole(collection, paths, source.pattern) for paths in by):
        return Explained(tuple(_commands(source)), ("each key is built from its value; none is looked for",))
    scan = f"SCAN cursor MATCH {glob(source.pattern)} COUNT {STEP}"
    names = answered_by(by, tuple(collection.only), source.pattern.names)
    kept = f"{', '.join(names)} in a key's name tells whether it is read" if names else "each of the pattern is read"
    return Explained((scan, *_commands(source)), (f"all keys of the server are walked; {kept}",))


def _commands(source: Source) -> list[str]:
    with Redis().pipeline(transaction=False) as pipe:
        source.ask(pipe, [source.pattern.template.encode()])
        return [" ".join(map(_word, command[0])) for command in pipe.command_stack]


def _word(part: object) -> str:
    return part.decode() if isinstance(part, bytes) else str(part)
