"""The names of files that an erasure makes beside others; whoever lists a folder leaves them out.

A name says all that a later run must know of a run that was killed.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, replace
from enum import StrEnum

_OWN = re.compile(r"\.(.+)\.dsar-(new|old|end|was)-([0-9a-f]{16})-([0-9]+)-([0-9]+)", re.DOTALL)


class Kind(StrEnum):
    """What such a file is.

    NEW is written, and not in its place yet. OLD was replaced, and what is appended to it is still to be taken over;
    END is being taken over. WAS was replaced, and nobody appends to its kind.
    """

    NEW = "new"
    OLD = "old"
    END = "end"
    WAS = "was"


@dataclass(frozen=True, slots=True)
class Own:
    """`of`: the file's own name. `taken`: bytes of the old file that were looked at or copied.

    `mark`: of OLD the bytes of the new file when it was put in its place; of WAS when the old one was last written to.
    """

    of: str
    kind: Kind
    token: str
    taken: int = 0
    mark: int = 0

    @property
    def name(self) -> str:
        return f".{self.of}.dsar-{self.kind}-{self.token}-{self.taken}-{self.mark}"

    def as_kind(self, kind: Kind) -> Own:
        return replace(self, kind=kind)


def new_own(name: str) -> Own:
    """Return a name beside a file's that nobody else uses."""
    return Own(name, Kind.NEW, secrets.token_hex(8))


def own_of(name: str) -> Own | None:
    """Return what the name says if it is one of ours, else None."""
    found = _OWN.fullmatch(name)
    return found and Own(found[1], Kind(found[2]), found[3], int(found[4]), int(found[5]))


def is_own(path: str) -> bool:
    """Whether it is the path of a file that an erasure has made for itself."""
    return ".dsar-" in path and own_of(path.rpartition("/")[2]) is not None
