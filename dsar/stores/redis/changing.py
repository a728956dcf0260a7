"""A snapshot in which keys can be changed: what is to be done is kept until its block ends, and done by a script.

A key is only changed while it is in the state in which it was read: its value may have become another person's since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from redis import Redis
from redis.exceptions import ResponseError

from dsar.datamap.erasure import Mask
from dsar.datamap.model import Collection, Dataset
from dsar.stores.base import Selection, StoreError
from dsar.stores.redis.client import translated
from dsar.stores.redis.scripts import CHANGE
from dsar.stores.redis.snapshot import Kept, RedisSnapshot
from dsar.stores.redis.source import Source
from dsar.stores.redis.writing import Change, masking

#: Keys and bytes that one script takes. Other clients wait while it runs: some 100 ms for as many hashes.
MOST_KEYS = 5_000
MOST_BYTES = 32 * 1024 * 1024
#: What the scripts send to the server, with as many words as it takes.
_WORDS: Mapping[str, tuple[str, ...]] = {
    "UNLINK": (),
    "SET": ("", "KEEPTTL"),
    "HSET": ("a", ""),
    "HDEL": ("a",),
    "RESTORE": ("0", "", "ABSTTL"),
}
_SENT = {"unlink": ("UNLINK",), "set": ("SET",), "hash": ("HSET", "HDEL"), "restore": ("RESTORE",)}

_Part = list[tuple[bytes, Change]]


class RedisChanging(RedisSnapshot):
    """Deletes and masks keys of one dataset; `end` does it. Memory: a state and the words to write for each key."""

    _tells_state = True

    def __init__(self, dataset: Dataset, client: Redis, sources: Mapping[str, Source]) -> None:
        super().__init__(dataset, client, sources)
        self._states: dict[bytes, bytes] = {}
        self._changes: dict[bytes, Change] = {}
        self._asked_by: dict[bytes, str] = {}  # by which collection a key is changed

    def delete(self, collection: Collection, selection: Selection) -> int:
        return self._change(collection, selection, lambda kept: Change(kept.state, "unlink"))

    def mask(self, collection: Collection, selection: Selection, masks: Mapping[str, Mask], *, key: bytes) -> int:
        source = self._sources[collection.name]

        def change(kept: Kept) -> Change:
            return masking(kept.state, kept.answer, collection, source, masks, key=key)

        return self._change(collection, selection, change)

    def end(self, *, commits: bool) -> None:
        """Do what was asked for, or only try it. Raises StoreError.

        All keys are compared before the first is changed. Up to MOST_KEYS are compared and changed in one go; of more,
        each part is compared once more as it is changed.
        """
        with translated(self._dataset.key):
            parts = list(_parts(self._changes))
            self._rehearse()
            for part in parts if not commits or len(parts) > 1 else ():
                self._run(part, commits=False, done=0)
            done = 0
            for part in parts if commits else ():
                self._run(part, commits=True, done=done)
                done += len(part)

    def _matching(self, collection: Collection, selection: Selection) -> Iterator[Kept]:
        for kept in super()._matching(collection, selection):
            if self._states.setdefault(kept.key, kept.state) != kept.state:
                raise changed_since(f"{collection.dataset}:{collection.name}", 1, done=0)
            yield kept

    def _change(self, collection: Collection, selection: Selection, change: Callable[[Kept], Change]) -> int:
        """Note what is to be done with the keys that match; return how many were not noted before."""
        rows, name = 0, collection.name
        for kept in self._matching(collection, selection):
            known = self._changes.get(kept.key)
            if known is not None and self._asked_by[kept.key] == name:
                continue
            wanted = change(kept)
            if known is not None and not wanted.what == known.what == "unlink":
                what = f"{self._asked_by[kept.key]} is the same keys, and an erasure changes both"
                raise StoreError(f"{collection.dataset}:{name}: {what}", retry=False)
            self._note(kept.key, wanted, collection)
            rows += 1
        return rows

    def _note(self, key: bytes, change: Change, collection: Collection) -> None:
        self._changes[key], self._asked_by[key] = change, collection.name

    def _rehearse(self) -> None:
        """Have the server check, without doing it, that the account may send the commands that the scripts send.

        A transaction that is discarded: each command is checked as it is queued, and a replica or a full server refuses
        it then, too. Else a script could end half-way.
        """
        kinds = {change.what: key for key, change in self._changes.items()}
        if kinds:
            _queue_and_discard(
                self._client, [(word, key, *_WORDS[word]) for what, key in kinds.items() for word in _SENT[what]]
            )

    def _run(self, part: _Part, *, commits: bool, done: int) -> None:
        keys = [key for key, _change in part]
        arguments = [word for _key, change in part for word in change.arguments]
        others = self._client.eval(CHANGE, len(keys), *keys, int(commits), *arguments)
        if others:
            raise changed_since(self._dataset.key, int(others), done=done)


def _parts(changes: Mapping[bytes, Change]) -> Iterator[_Part]:
    """Yield the changes in parts of as many keys and bytes as one script takes, if not a single key has more."""
    part: _Part = []
    size = 0
    for key, change in changes.items():
        length = len(key) + change.size
        if part and (len(part) == MOST_KEYS or size + length > MOST_BYTES):
            yield part
            part, size = [], 0
        part.append((key, change))
        size += length
    if part:
        yield part


def _queue_and_discard(client: Redis, commands: list[tuple[str | bytes, ...]]) -> None:
    """Have the server take the commands into a transaction that is discarded. Raises its first refusal.

    All goes out at once, by a connection alone: a client connects anew for the next command where its connection has
    ended, and what is sent outside of the transaction would be done.
    """
    pool: Any = client.connection_pool
    connection = pool.get_connection()
    try:
        whole = [("MULTI",), *commands, ("DISCARD",)]
        connection.send_packed_command(connection.pack_commands(whole))
        answers = [_answer(connection) for _command in whole]
    except BaseException:
        connection.disconnect()  # answers that nobody has read must not be another's
        raise
    finally:
        pool.release(connection)
    for refusal in filter(None, answers):
        raise refusal


def _answer(connection: Any) -> ResponseError | None:
    try:
        connection.read_response()
    except ResponseError as error:
        return error
    return None


def changed_since(where: str, keys: int, *, done: int) -> StoreError:
    """Return the error to raise; `done`: keys of the block that are changed already."""
    what = f"{done} keys before them are changed" if done else "nothing was changed"
    return StoreError(f"{where}: {keys} keys have changed since they were read; {what}", retry=True, done=done)
