"""A key as it was before an erasure, as the server itself spells its value (DUMP).

Of keys that are masked only what is masked is kept, and written where the key still holds what the mask wrote.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redis import Redis

from dsar.datamap.erasure import Mask, Strategy
from dsar.datamap.model import Field
from dsar.stores.masks import is_still
from dsar.stores.members import spans, with_members_of
from dsar.stores.redis.snapshot import Kept
from dsar.stores.redis.types import make_row
from dsar.stores.redis.writing import Change
from dsar.stores.restorable import RawRow

#: The state of a key that is not there.
NOTHING = b""


@dataclass(frozen=True, slots=True)
class Whole:
    """A key as it was: `dump` and when it ends (milliseconds since 1970, 0: never) of one that goes, `value` of one
    that is masked: of a hash the masked fields that it has, of others all of it under "".
    """

    key: bytes
    state: bytes
    dump: bytes
    ends_at: int
    value: Mapping[str, bytes]

    @classmethod
    def read(cls, row: RawRow) -> Whole:
        value = {name: base64.b64decode(item) for name, item in row["value"].items()}
        key, state, dump = (base64.b64decode(row[name]) for name in ("key", "state", "dump"))
        return cls(key, state, dump, row["ends_at"], value)

    def row(self) -> RawRow:
        found = {name: _spelt(getattr(self, name)) for name in ("key", "state", "dump")}
        return {**found, "ends_at": self.ends_at, "value": {name: _spelt(item) for name, item in self.value.items()}}

    def putting(self) -> Change:
        """Return the change that puts it back where there is nothing."""
        return Change(NOTHING, "restore", (str(self.ends_at).encode(), self.dump, self.state))


def dumped(client: Redis, keys: Sequence[tuple[bytes, bytes]]) -> Iterator[Whole]:
    """Yield keys (with their states) whole, but for those that have expired."""
    with client.pipeline(transaction=False) as pipe:
        pipe.time()
        for key, _state in keys:
            pipe.dump(key)
            pipe.pttl(key)
        (seconds, micros), *answers = pipe.execute()
    now = seconds * 1000 + micros // 1000
    for (key, state), dump, left in zip(keys, answers[::2], answers[1::2], strict=True):
        if dump is not None:
            yield Whole(key, state, dump, now + left if left >= 0 else 0, {})


def masked_parts(kind: str, answer: Any, masks: Mapping[str, Mask]) -> dict[str, bytes]:
    """Return what of a value is masked, in its own bytes."""
    if kind != "hash":
        return {"": answer}
    return {name: answer[name.encode()] for name in masks if name.encode() in answer}


@dataclass(frozen=True, slots=True)
class Unmasking:
    """How one key's masked fields are written back: no `change` where none is; how many are as they were, or left."""

    change: Change | None
    written: int = 0
    left: int = 0


def unmasking(
    kind: str, kept: Kept, before: Whole, masks: Mapping[str, Mask], fields: Mapping[str, Field]
) -> Unmasking:
    """Compare each masked field of a key with what it was, and with what the mask wrote."""
    row = make_row(kind, kept.answer, fields) or {}
    now, then = _spellings(kind, kept.answer, masks), before.value
    if kind == "json":
        then = _spellings(kind, before.value[""], masks)
    back, written, left = list[str](), 0, 0
    for name, mask in masks.items():
        at = name if kind != "string" else ""
        if at not in then and mask.strategy is Strategy.HMAC:
            continue  # what was missing had nothing to hash, and is missing still
        if now.get(at) == then.get(at):
            written += 1
        elif is_still(row.get(name), mask):
            back.append(name)
            written += 1
        else:
            left += 1
    return Unmasking(_back(kind, kept, before, back, masks) if back else None, written, left)


def _back(kind: str, kept: Kept, before: Whole, names: Sequence[str], masks: Mapping[str, Mask]) -> Change:
    state, answer = kept.state, kept.answer
    if kind == "hash":
        words = (
            (name.encode(), b"set", before.value[name]) if name in before.value else (name.encode(), b"del", b"")
            for name in names
        )
        return Change(state, "hash", tuple(word for part in words for word in part))
    if kind == "json":
        now, then = (item.decode("utf-8", "surrogatepass") for item in (answer, before.value[""]))
        text = with_members_of(now, then, names, masks)
        return Change(state, "set", (text.encode("utf-8", "surrogatepass"),))
    return Change(state, "set", (before.value[""],))


def _spellings(kind: str, answer: Any, masks: Mapping[str, Mask]) -> dict[str, bytes]:
    """Return the masked fields that a value has, as they are spelt in it."""
    if kind != "json":
        return masked_parts(kind, answer, masks)
    document = answer.decode("utf-8", "surrogatepass")
    found = {name: document[start:end] for name, (start, end) in spans(document) if name in masks}
    return {name: spelt.encode("utf-8", "surrogatepass") for name, spelt in found.items()}


def _spelt(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
