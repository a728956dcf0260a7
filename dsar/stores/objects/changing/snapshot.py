"""A view of files in which rows can be changed: they are chosen first, and the files written anew when all is said.

What is read in the block is the files as they were listed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from dsar.datamap.erasure import Mask, Strategy
from dsar.datamap.model import Collection, Dataset
from dsar.stores.base import ForbiddenError, Selection, StoreError
from dsar.stores.matching import Matcher, wanted
from dsar.stores.objects.changing.bucket import Bucket
from dsar.stores.objects.changing.change import Change, Medium
from dsar.stores.objects.changing.disk import Disk
from dsar.stores.objects.changing.masks import check_own
from dsar.stores.objects.changing.numbered import NUMBERED
from dsar.stores.objects.changing.rewriting import csv_text
from dsar.stores.objects.changing.targets import Masking
from dsar.stores.objects.files import File, Files
from dsar.stores.objects.query import Query
from dsar.stores.objects.snapshot import ObjectsSnapshot
from dsar.stores.objects.source import Source
from dsar.stores.objects.texts import reader_of
from dsar.stores.patterns import placeholders
from dsar.stores.pruning import Pruner
from dsar.values import Row


class ObjectsChanging(ObjectsSnapshot):
    """Chooses rows of files; `finish` changes them."""

    def __init__(self, dataset: Dataset, files: Files, sources: Mapping[str, Source], medium: Medium) -> None:
        super().__init__(dataset, files, sources)
        self._medium = medium
        self._changes: dict[str, Change] = {}
        self._goes: Callable[[Collection, Row], bool] | None = None

    def narrow(self, goes: Callable[[Collection, Row], bool]) -> None:
        self._goes = goes

    def delete(self, collection: Collection, selection: Selection) -> int:
        with told_of(collection):
            return self._choose(collection, selection, None)

    def mask(self, collection: Collection, selection: Selection, masks: Mapping[str, Mask], *, key: bytes) -> int:
        source = self._sources[collection.name]
        with told_of(collection):
            check_own(masks, source.pattern.names)
            if source.format == "csv":
                _check_texts(collection, masks)
            return self._choose(collection, selection, Masking(masks, key))

    def paths(self, collection: Collection) -> list[tuple[File, dict[str, str]]]:
        """Return the collection's files with what their paths say. Raises StoreError."""
        with told_of(collection):
            return list(self._paths(collection, self._sources[collection.name]))

    def delete_in(
        self,
        file: File,
        values: Mapping[str, str],
        collection: Collection,
        only: Selection,
        goes: Callable[[Row], bool],
    ) -> int:
        """Choose the rows of one file that fit `only`, and of which it is said that they go; return how many."""
        source = self._sources[collection.name]
        matcher, pruner = Matcher(collection, only), Pruner(collection, only, source.pattern.names)
        query = Query(collection, only, source.pattern.names, lambda _path: None)
        given = pruner.row(values)
        with told_of(collection):
            return self._choose_in(file, collection, query, _Both(matcher, goes), given, None)

    def forget(self) -> None:
        """Begin anew, as if no row had been chosen."""
        self._changes.clear()

    def finish(self, *, commits: bool) -> None:
        """Write every file anew whose rows were chosen; keep it only if it `commits`. Raises as `changing` says."""
        changes = [change for _path, change in sorted(self._changes.items()) if change.targets]
        with told_of(self._dataset):
            if commits:
                self._medium.apply(changes)
                return
            for change in changes:
                with self._medium.scratch(change.file) as sink:
                    change.rewrite(sink)

    def _choose(self, collection: Collection, selection: Selection, masking: Masking | None) -> int:
        source = self._sources[collection.name]
        matcher: Matches = Matcher(collection, selection)
        if self._goes is not None:
            matcher = _Both(matcher, partial(self._goes, collection))
        pruner = Pruner(collection, selection, source.pattern.names)
        query = Query(collection, selection, source.pattern.names, lambda _path: None)
        count = 0
        for file, values in self._paths(collection, source):
            given = pruner.row(values)
            if pruner.keeps(given):
                count += self._choose_in(file, collection, query, matcher, given, masking)
        return count

    def _choose_in(
        self, file: File, collection: Collection, query: Query, matcher: Matches, given: Row, masking: Masking | None
    ) -> int:
        source = self._sources[collection.name]
        change = self._changes.get(file.path) or Change(self._files, file, source, self._medium.stamp(file))
        with closing(NUMBERED[source.format](self._files, file, source.rows, query)) as rows:
            found = ((number, printed) for number, printed, row in rows if matcher.matches({**row, **given}))
            count = change.targets.add(found, masking)
        if count:
            self._check_others(file, collection)
            self._changes[file.path] = change
        return count

    def _check_others(self, file: File, collection: Collection) -> None:
        """Raise StoreError if rows of the file may be those of another collection as well."""
        source = self._sources[collection.name]
        for other in self._dataset.collections:
            theirs = self._sources[other.name]
            if other.name == collection.name or theirs.pattern.values(file.path) is None:
                continue
            same = (theirs.format, theirs.rows) == (source.format, source.rows)
            if not (same and _are_apart(collection, other)):
                raise StoreError(f"{file.path}: holds rows of {other.name}, too, which would be changed", retry=False)


class Matches(Protocol):
    """Tells whether a row is one of those that are changed."""

    def matches(self, row: Row) -> bool: ...


@dataclass(frozen=True, slots=True)
class _Both:
    """Tells by a selection and by what is asked besides."""

    matcher: Matches
    goes: Callable[[Row], bool]

    def matches(self, row: Row) -> bool:
        return self.matcher.matches(row) and self.goes(row)


def _are_apart(one: Collection, other: Collection) -> bool:
    """Whether no row can be of both: fixed values of a field say so."""
    return any(
        path in other.only and not _literals(one, path) & _literals(other, path)
        for path in one.only
        if _is_literal(one, path) and path in other.only and _is_literal(other, path)
    )


def _literals(collection: Collection, path: str) -> set[str]:
    return {str(value) for value in wanted(collection.only[path])}


def _is_literal(collection: Collection, path: str) -> bool:
    return not any(placeholders(text) for text in _literals(collection, path))


def _check_texts(collection: Collection, masks: Mapping[str, Mask]) -> None:
    """Raise ForbiddenError for a mask that reads otherwise than it was written."""
    for name, mask in masks.items():
        if mask.strategy not in (Strategy.NULL, Strategy.FIXED) or "." in name:
            continue
        written = csv_text(mask.value)
        read = reader_of(collection.at(name))
        if (read(written) if read else written) != mask.value:
            raise ForbiddenError(f"the field {name} would not read as the value of 'fixed'; declare its type")


@contextmanager
def told_of(whose: Collection | Dataset) -> Iterator[None]:
    """Raise errors with the name of whose files they are about."""
    name = f"{whose.dataset}:{whose.name}" if isinstance(whose, Collection) else whose.key
    try:
        yield
    except ForbiddenError as error:
        raise ForbiddenError(f"{name}: {error}") from error
    except StoreError as error:
        raise StoreError(f"{name}: {error}", retry=error.retry) from error


def medium_of(files: Files) -> Medium:
    """Return how files are changed where these lie."""
    return Disk(files) if files.is_local else Bucket(files)
