"""A file that is there as a whole or not at all, whatever ends the command that writes it."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NoReturn, cast

from dsar.management.asking import BadInputError

#: The exit status of a command that was interrupted, as a shell has it.
INTERRUPTED = 128 + signal.SIGINT


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """Open a file that takes the place of `path` once it is whole; after an error `path` is what it was.

    Raises BadInputError if no file can be made there. A link stays, and the file that it names is replaced.
    """
    place = path.resolve()
    _check_place(path, place)
    try:
        handle, name = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
    except OSError as error:
        raise BadInputError(f"--out: {path} cannot be written: {error.strerror}") from error
    try:
        with os.fdopen(handle, "wb") as out:
            yield cast(BinaryIO, out)
        Path(name).replace(place)
    except BaseException:
        Path(name).unlink()
        raise


def _check_place(path: Path, place: Path) -> None:
    if place.is_dir():
        raise BadInputError(f"--out: {path} is a folder; name a file in it")
    if place.exists() and not place.is_file():
        # Put in its place, a file would take away a device that everybody uses: /dev/null.
        raise BadInputError(f"--out: {path} is no ordinary file; name one")


@contextmanager
def ended_tidily() -> Iterator[None]:
    """Have SIGTERM end the block as Ctrl-C does, by KeyboardInterrupt: else what is half written would be left."""
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt
