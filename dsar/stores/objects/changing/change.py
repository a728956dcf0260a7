"""What is to be done with one file, and how it looked when that was decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import IO, Any, Protocol

from dsar.stores.base import StoreError
from dsar.stores.objects.changing.rewriting import Rewritten, rewrite
from dsar.stores.objects.changing.targets import Targets
from dsar.stores.objects.files import File, Files
from dsar.stores.objects.source import Source

#: What is another as soon as the file is: it is compared, no more.
Stamp = Any
#: Formats of which a last line may be appended at any time.
_OF_LINES = frozenset({"jsonl", "csv"})


@dataclass
class Change:
    """The rows of one file that are changed."""

    files: Files
    file: File
    source: Source
    stamp: Stamp
    targets: Targets = field(default_factory=Targets)

    @property
    def may_grow(self) -> bool:
        """Whether others may append to it meanwhile."""
        return self.source.format in _OF_LINES and self.files.may_grow(self.file)

    def rewrite(self, sink: IO[bytes]) -> Rewritten:
        """Write the file anew. Raises StoreError, ForbiddenError."""
        return rewrite(self.files, self.file, self.source, self.targets, sink)

    def removes(self, rewritten: Rewritten) -> bool:
        """Whether the file goes itself: it was one row, or no row is left in it and its path says whose it was."""
        if rewritten.left or not rewritten.whole:
            return False
        return rewritten.is_empty or bool(self.source.pattern.names)


class Medium(Protocol):
    """Where files lie: how one is put in another's place there."""

    def stamp(self, file: File) -> Stamp:
        """Return what is another as soon as the file is. Raises StoreError where a copy would stay behind."""

    def scratch(self, file: File) -> AbstractContextManager[IO[bytes]]:
        """Open a file that nobody sees and that goes when it is closed."""

    def changing(self) -> AbstractContextManager[None]:
        """Keep other erasures away, and clear away what was left by one that was killed. Raises StoreError."""

    def facts(self, file: File) -> Mapping[str, Any]:
        """Return what must be known of a file, beside its content, to make it anew; in types of JSON."""

    def make(self, path: str, write: Callable[[IO[bytes]], None], facts: Mapping[str, Any], *, commits: bool) -> None:
        """Make a file that is not there; unless it `commits`, only try. Raises StoreError if it is there by then."""

    def apply(self, changes: Sequence[Change]) -> None:
        """Write every file anew and put it in the old one's place. Raises StoreError, ForbiddenError."""


def one_by_one(changes: list[Callable[[], None]]) -> None:
    """Do what cannot be done at once. Raises StoreError, which says how much was done before."""
    for number, change in enumerate(changes):
        try:
            change()
        except StoreError as error:
            if not number:
                raise
            done = f"{number} of {len(changes)} files were changed before; the next erasure finds the rest"
            raise StoreError(f"{error}; {done}", retry=error.retry) from error
