"""Files of this machine: written anew beside the old one, and put in its place at once.

No line that others append is lost. A file that somebody has open for writing is left alone. While a new one is put in
its place nobody can begin to write (leases.py); who was about to, and so writes to the old one, is waited for, and what
they wrote is appended to the new one. Until then the old file stays beside, under a name that says how far it was
copied (own.py): a run that is killed is finished by the next one.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO, Any

from dsar.stores.base import StoreError
from dsar.stores.objects.changing.change import Change, one_by_one
from dsar.stores.objects.changing.leases import unwritten
from dsar.stores.objects.changing.locking import locked
from dsar.stores.objects.changing.rewriting import Rewritten, changed
from dsar.stores.objects.files import File, Files, translated
from dsar.stores.objects.own import Kind, Own, new_own, own_of

#: Seconds that are waited for whoever has a file open before it is left alone, and for whoever has the old one open.
_BEFORE, _AFTER = 2.0, 30.0
#: Seconds after which nobody is still about to open what has no name any more.
_SETTLED = 0.25


@dataclass(frozen=True, slots=True)
class _Stamp:
    """What tells a file from another, and, of what does not grow, whether it was written to."""

    device: int
    number: int
    size: int
    written: int


@dataclass
class _Staged:
    """A new file beside the old one."""

    change: Change
    path: Path
    own: Own
    rewritten: Rewritten

    @property
    def new(self) -> Path:
        return self.path.with_name(self.own.name)


class Disk:
    def __init__(self, files: Files) -> None:
        self._files = files

    def stamp(self, file: File) -> _Stamp:
        with translated(file.path):
            found = os.lstat(self._files.address(file.path))
        if not stat.S_ISREG(found.st_mode):
            raise StoreError(f"{file.path}: is a link; what it leads to is not erased from here", retry=False)
        if found.st_nlink > 1 + _own_links(self._path(file)):
            raise StoreError(f"{file.path}: has other names (hard links), which would keep its rows", retry=False)
        return _stamp(found)

    @contextmanager
    def scratch(self, file: File) -> Iterator[IO[bytes]]:
        with translated(file.path), tempfile.TemporaryFile(dir=self._path(file).parent) as sink:
            yield sink
            self._check_quiet(file)

    @contextmanager
    def changing(self) -> Iterator[None]:
        root = self._files.address("")
        with translated("the store's address"), locked(root):
            for path in _own_files(root):
                _recover(path)
            yield

    def facts(self, file: File) -> dict[str, Any]:
        with translated(file.path):
            found = os.lstat(self._files.address(file.path))
        return {"mode": stat.S_IMODE(found.st_mode), "owner": [found.st_uid, found.st_gid]}

    def make(self, path: str, write: Callable[[IO[bytes]], None], facts: Mapping[str, Any], *, commits: bool) -> None:
        if not commits:
            with tempfile.TemporaryFile() as sink:
                write(sink)
            return
        target = Path(self._files.address(path))
        with translated(path):
            target.parent.mkdir(parents=True, exist_ok=True)
            new = target.with_name(new_own(target.name).name)
            try:
                with new.open("x+b") as sink:
                    os.fchmod(sink.fileno(), facts["mode"])
                    if list(facts["owner"]) != [os.geteuid(), os.getegid()]:
                        os.fchown(sink.fileno(), *facts["owner"])
                    write(sink)
                    sink.flush()
                    os.fsync(sink.fileno())
                _name(new, target, path)
            finally:
                new.unlink(missing_ok=True)
                _sync(target.parent)

    def apply(self, changes: Sequence[Change]) -> None:
        staged, replaced = list[_Staged](), list[Path]()
        try:
            for change in changes:
                staged.append(self._stage(change))
            one_by_one([partial(_swap, item, replaced) for item in staged])
        finally:
            for item in staged:
                item.new.unlink(missing_ok=True)
            _settle_all(replaced)
            for item in staged:
                _prune(item)

    def _path(self, file: File) -> Path:
        return Path(self._files.address(file.path))

    def _check_quiet(self, file: File) -> None:
        """Raise StoreError if somebody has the file open for writing."""
        with _opened(self._path(file)) as old, unwritten(old, file.path, seconds=_BEFORE):
            pass

    def _stage(self, change: Change) -> _Staged:
        path = self._path(change.file)
        own = new_own(path.name)
        with translated(change.file.path):
            new = path.with_name(own.name)
            try:
                with new.open("x+b") as sink:
                    _like(path, sink)
                    rewritten = change.rewrite(sink)
                    sink.flush()
                    os.fsync(sink.fileno())
            except BaseException:
                new.unlink(missing_ok=True)
                raise
        return _Staged(change, path, own, rewritten)


def _own_links(path: Path) -> int:
    """Return how many names of the file a run has left that was killed: the next block that commits removes them."""
    beside = (other for other in path.parent.iterdir() if (own := own_of(other.name)) and own.of == path.name)
    return sum(other.samefile(path) for other in beside)


def _name(new: Path, target: Path, path: str) -> None:
    """Give a file its name, which nothing else has. Raises StoreError."""
    try:
        os.link(new, target)
    except FileExistsError:
        raise StoreError(f"{path}: is there again since it was looked for", retry=True) from None


def _swap(item: _Staged, replaced: list[Path]) -> None:
    """Put the new file in the old one's place; the old one stays beside it. Raises StoreError."""
    file, change = item.change.file, item.change
    with translated(file.path), _opened(item.path) as old, unwritten(old, file.path, seconds=_BEFORE):
        found = os.fstat(old)
        _check_same(change, _stamp(found))
        size = _copy_rest(old, item) if change.may_grow else 0
        kept = replace(
            item.own,
            kind=Kind.OLD if change.may_grow else Kind.WAS,
            taken=found.st_size,
            mark=size if change.may_grow else found.st_mtime_ns,
        )
        beside = item.path.with_name(kept.name)
        os.link(item.path, beside)
        replaced.append(beside)
        if change.removes(item.rewritten) and (not change.may_grow or found.st_size == file.size):
            item.path.unlink()
        else:
            item.new.replace(item.path)
        _sync(item.path.parent)


def _check_same(change: Change, now: _Stamp) -> None:
    before: _Stamp = change.stamp
    same = now == before
    if change.may_grow:
        # Each line that is changed was compared on the way.
        same = (now.device, now.number) == (before.device, before.number) and now.size >= change.file.size
    if not same:
        raise changed(change.file)


def _copy_rest(old: int, item: _Staged) -> int:
    """Append what was appended since the file was listed; return the new file's bytes. Raises StoreError."""
    with os.fdopen(os.dup(old), "rb") as source, item.new.open("ab") as sink:
        source.seek(item.change.file.size)
        first = source.read(1)
        if first and item.rewritten.open_end and first not in b"\r\n":
            raise StoreError(f"{item.change.file.path}: its last line was still being written", retry=True)
        sink.write(first)
        shutil.copyfileobj(source, sink)
        sink.flush()
        os.fsync(sink.fileno())
        return sink.tell()


def _settle_all(replaced: list[Path]) -> None:
    """Settle every file; raise the first StoreError when all are done."""
    if replaced:
        time.sleep(_SETTLED)
    errors = list[StoreError]()
    for path in replaced:
        try:
            _settle(path)
        except StoreError as error:
            errors.append(error)
    if errors:
        raise errors[0]


def _settle(beside: Path, *, is_late: bool = False) -> None:
    """Take over what was still written to an old file, then remove it. Raises StoreError if somebody still writes."""
    own = own_of(beside.name)
    assert own is not None  # noqa: S101 - it was named by us
    path = beside.with_name(own.of)
    with translated(own.of), _opened(beside) as old, unwritten(old, own.of, seconds=_AFTER):
        found = os.fstat(old)
        if own.kind is Kind.WAS and (found.st_size, found.st_mtime_ns) != (own.taken, own.mark):
            # Whoever writes such a file anew knows nothing of what an erasure has done in it.
            beside.replace(path)
            _sync(path.parent)
            raise StoreError(
                f"{own.of}: was written anew while it was erased from; it is as its writer left it", retry=True
            )
        if own.kind is not Kind.WAS and found.st_size > own.taken:
            beside = _take_over(old, beside, own, path, is_late=is_late)
        beside.unlink()
        _sync(path.parent)


def _take_over(old: int, beside: Path, own: Own, path: Path, *, is_late: bool) -> Path:
    """Append to the new file what came late; return the old one's name, which says so."""
    ending = beside.with_name(own.as_kind(Kind.END).name)
    beside.replace(ending)
    _sync(path.parent)
    with os.fdopen(os.dup(old), "rb") as source, path.open("a+b") as sink:
        source.seek(own.taken)
        late = source.read()
        if not (is_late and own.kind is Kind.END and _holds(sink, own.mark, late)):
            sink.write(late)
            sink.flush()
            os.fsync(sink.fileno())
    return ending


def _holds(sink: IO[bytes], start: int, late: bytes) -> bool:
    """Whether a run that was killed had appended it already."""
    sink.seek(start)
    return late in sink.read()


def _recover(path: Path) -> None:
    """Finish what a run that was killed has left. Nobody else is at work here."""
    own = own_of(path.name)
    assert own is not None  # noqa: S101 - it was found by its name
    of = path.with_name(own.of)
    if own.kind is Kind.NEW or (of.exists() and of.samefile(path)):
        path.unlink()
    else:
        _settle(path, is_late=True)


def _own_files(root: str) -> list[Path]:
    """Return the files of runs that were killed, new ones first: of them nothing is taken over."""
    found = [Path(folder, name) for folder, _folders, names in os.walk(root) for name in names if own_of(name)]
    return sorted(found, key=lambda path: (".dsar-new-" not in path.name, path))


def _prune(item: _Staged) -> None:
    """Remove folders that are empty now and whose names said whose files they held."""
    if item.path.exists():
        return
    fixed, segments = item.change.source.pattern.folder, item.change.file.path.count("/")
    depth = segments - (fixed.count("/") + 1 if fixed else 0)
    for folder in list(item.path.parents)[:depth]:
        with suppress(OSError):  # it is not empty
            folder.rmdir()


def _like(path: Path, sink: IO[bytes]) -> None:
    """Give a new file the owner, the rights and the attributes of the old one."""
    found = path.stat()
    if (found.st_uid, found.st_gid) != (os.geteuid(), os.getegid()):
        os.fchown(sink.fileno(), found.st_uid, found.st_gid)
    os.fchmod(sink.fileno(), stat.S_IMODE(found.st_mode))
    for name in os.listxattr(path):
        if name.startswith(("user.", "system.posix_acl")):
            os.setxattr(sink.fileno(), name, os.getxattr(path, name))


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        yield handle
    finally:
        os.close(handle)


def _stamp(found: os.stat_result) -> _Stamp:
    return _Stamp(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
