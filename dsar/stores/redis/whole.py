"""A key as it was before an erasure, as the server itself spells its value (DUMP).

Of keys that are masked only what is masked is kept, and written where the key still holds what the masks made of it.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from redis import Redis

from dsar.datamap.erasure import Mask, Strategy
from dsar.stores.inside import Inside
from dsar.stores.masks import is_without, made_of, told
from dsar.stores.members import spans, with_members_of
from dsar.stores.parsing import parse
from dsar.stores.redis.snapshot import Kept
from dsar.stores.redis.types import text
from dsar.stores.redis.writing import Change, spelt_value
from dsar.stores.restorable import RawRow

#: The state of a key that is not there.
NOTHING = b""


@dataclass(frozen=True, slots=True)
class Whole:
    """A key as it was: `dump` and when it ends (milliseconds since 1970, 0: never) of one that goes, `value` of one
    that is masked: of a hash the masked fields that it has, of others all of it under "". A hash goes with its last
    field.
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


def taken(client: Redis, kind: str, kept: Sequence[Kept], masks: Mapping[str, Inside]) -> Iterator[Whole]:
    """Yield keys as they were before they are masked, or deleted where there are no masks; none that has expired."""
    going = {item.key: item.state for item in kept if not masks or _goes(kind, item.answer, masks)}
    whole = {item.key: item for item in dumped(client, list(going.items()))} if going else {}
    for item in kept:
        parts = masked_parts(kind, item.answer, masks) if masks else {}
        if item.key in whole:
            yield replace(whole[item.key], value=parts)
        elif item.key not in going:
            yield Whole(item.key, item.state, b"", 0, parts)


def _goes(kind: str, answer: Any, masks: Mapping[str, Inside]) -> bool:
    """Return whether masks take every field of a hash, and write none."""
    whole = {name: mask.strategy for name, mask in masks.items() if isinstance(mask, Mask)}
    gone = {name.encode() for name, strategy in whole.items() if strategy is Strategy.NULL}
    return kind == "hash" and Strategy.FIXED not in whole.values() and gone.issuperset(answer)


def masked_parts(kind: str, answer: Any, masks: Mapping[str, Inside]) -> dict[str, bytes]:
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


def unmasking(kind: str, kept: Kept, before: Whole, masks: Mapping[str, Inside]) -> Unmasking:
    """Compare each masked field of a key with what it was, and with what the masks made of that."""
    now, then = _spellings(kind, kept.answer, masks), before.value
    if kind == "json":
        then = _spellings(kind, before.value[""], masks)
    back, written, left = list[str](), 0, 0
    for name, inside in masks.items():
        at = name if kind != "string" else ""
        if at not in then and is_without(inside):
            continue
        if now.get(at) == then.get(at):
            written += 1
        elif _is_made(kind, now.get(at), then.get(at), inside):
            back.append(name)
            written += 1
        else:
            left += 1
    return Unmasking(_back(kind, kept, before, back, masks) if back else None, written, left)


def _is_made(kind: str, now: bytes | None, then: bytes | None, inside: Inside) -> bool:
    if kind == "json":
        value = made_of(None if then is None else parse(then), inside)
        return told(None if now is None else parse(now)) == told(value)
    value = made_of(None if then is None else text(then), inside)
    if value is None or now is None:
        return value is None and now is None
    return told(text(now)) == told(text(spelt_value(value)))


def _back(kind: str, kept: Kept, before: Whole, names: Sequence[str], masks: Mapping[str, Inside]) -> Change:
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


def _spellings(kind: str, answer: Any, masks: Mapping[str, Inside]) -> dict[str, bytes]:
    """Return the masked fields that a value has, as they are spelt in it."""
    if kind != "json":
        return masked_parts(kind, answer, masks)
    document = answer.decode("utf-8", "surrogatepass")
    found = {name: document[start:end] for name, (start, end) in spans(document) if name in masks}
    return {name: spelt.encode("utf-8", "surrogatepass") for name, spelt in found.items()}


def _spelt(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
