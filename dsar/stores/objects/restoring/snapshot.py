"""A block of changes in files that gives rows whole before they go, and puts rows back."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import IO

from dsar.datamap.erasure import Mask
from dsar.datamap.model import Collection, Dataset
from dsar.stores.base import Selection, StoreError
from dsar.stores.batching import batched
from dsar.stores.inside import Inside, by_field
from dsar.stores.masks import is_without
from dsar.stores.matching import Matcher
from dsar.stores.objects.changing.change import Change, Medium
from dsar.stores.objects.changing.numbered import NUMBERED
from dsar.stores.objects.changing.rewriting import Rewritten
from dsar.stores.objects.changing.snapshot import ObjectsChanging, told_of
from dsar.stores.objects.changing.targets import place_of
from dsar.stores.objects.files import File, Files
from dsar.stores.objects.query import Query
from dsar.stores.objects.restoring.edit import Back, Edit
from dsar.stores.objects.restoring.kept import (
    Item,
    Kept,
    Knowing,
    Texts,
    made_of_row,
    made_print,
    opened_texts,
    value_print,
    values_of,
)
from dsar.stores.objects.restoring.picking import PICK, print_of_text, prints
from dsar.stores.objects.restoring.writing import make_of, put_into
from dsar.stores.objects.source import Source
from dsar.stores.pruning import Pruner
from dsar.stores.restorable import PutBack, RawRow, WrittenBack
from dsar.stores.scanning import EVERY_ROW
from dsar.values import Row

_BLOCK_BYTES = 8


@dataclass
class _Returning(Change):
    """A file into which something is put back."""

    edit: Edit | None = None
    texts: Texts | None = None

    def rewrite(self, sink: IO[bytes]) -> Rewritten:
        assert self.edit is not None  # noqa: S101 - it is made with both
        assert self.texts is not None  # noqa: S101
        put_into(self.files, self.file, self.source, self.edit, self.texts, sink)
        return Rewritten(left=True)

    def removes(self, rewritten: Rewritten) -> bool:
        return False


class ObjectsRestoring(ObjectsChanging):
    """Memory: some bytes for each row that is put back; their texts are on disk meanwhile."""

    knows_rows = True

    def __init__(self, dataset: Dataset, files: Files, sources: Mapping[str, Source], medium: Medium) -> None:
        super().__init__(dataset, files, sources, medium)
        self._block = secrets.token_hex(_BLOCK_BYTES)
        self._taken: dict[str, set[int]] = {}
        self._edits: dict[str, Edit] = {}
        self._source_of: dict[str, Source] = {}
        self._closing = ExitStack()
        self._texts: Texts | None = None

    def restores(self, collection: Collection) -> bool:
        return is_restored(self._sources[collection.name])

    def take(
        self, collection: Collection, selection: Selection, masks: Mapping[str, Mask]
    ) -> Iterator[Sequence[RawRow]]:
        with told_of(collection):
            for batch in batched(self._whole(collection, selection, by_field(masks))):
                yield [kept.row() for kept in batch]

    def put_back(self, collection: Collection, rows: Iterable[Sequence[RawRow]], *, is_sure: bool = True) -> PutBack:
        done = Counter[str]()
        with told_of(collection):
            for path, (items, blocks) in self._grouped(collection, rows).items():
                done += self._put_into(path, collection, items, blocks, is_sure=is_sure)
        return PutBack(done["written"], done["there"], done["left"])

    def write_back(
        self, collection: Collection, rows: Iterable[Sequence[RawRow]], masks: Mapping[str, Mask]
    ) -> WrittenBack:
        written = left = 0
        with told_of(collection):
            by_file: dict[str, list[tuple[Item, Kept]]] = {}
            for kept in self._read(collection, rows):
                by_file.setdefault(kept.file, []).append((self._hold(kept), replace(kept, text="")))
            for path, items in by_file.items():
                done = self._write_into(path, collection, items, by_field(masks))
                written, left = written + done.written, left + done.left
        return WrittenBack(written, left)

    def finish(self, *, commits: bool) -> None:
        with self._closing:
            super().finish(commits=commits)
            self._finish_returning(commits=commits)

    @property
    def _held(self) -> Texts:
        if self._texts is None:
            self._texts = self._closing.enter_context(opened_texts())
        return self._texts

    def _hold(self, kept: Kept) -> Item:
        return self._held.add(kept, print_of_text(kept.text, self._source_of[kept.file].format))

    def _finish_returning(self, *, commits: bool) -> None:
        making, changes = list[tuple[str, Edit]](), list[Change]()
        for path, edit in sorted(self._edits.items()):
            if not edit.is_any:
                continue
            if path in self._there:
                file, source = self._there[path], self._source_of[path]
                changes.append(
                    _Returning(self._files, file, source, self._medium.stamp(file), edit=edit, texts=self._held)
                )
            else:
                making.append((path, edit))
        with told_of(self._dataset):
            if commits:
                self._medium.apply(changes)
            for change in () if commits else changes:
                with self._medium.scratch(change.file) as sink:
                    change.rewrite(sink)
            for path, edit in making:
                write = partial(make_of, self._files, File(path, 0), self._source_of[path], edit, self._held)
                self._medium.make(path, write, edit.head, commits=commits)

    @cached_property
    def _there(self) -> dict[str, File]:
        return {file.path: file for source in self._sources.values() for file in self._list(source.pattern.folder)}

    def _whole(self, collection: Collection, selection: Selection, masks: Mapping[str, Inside]) -> Iterator[Kept]:
        source = self._sources[collection.name]
        for file, given in self._files_of(collection, selection):
            reading = _Reading(self._files, file, source, collection, selection, masks, given)
            taken = self._taken.setdefault(file.path, set())
            found = {
                number: (known, values_of(row, masks), made_of_row(row, masks))
                for number, _printed, row, known in reading.rows()
                if number not in taken
            }
            taken.update(found)
            head = dict(self._medium.facts(file)) if found else {}
            for number, text in PICK[source.format](self._files, file, source.rows, found) if found else ():
                if number < 0:
                    head |= text
                    continue
                known, was, made = found[number]
                yield Kept(self._block, file.path, number, text, known=known, was=was, made=made, head=head or None)
                head = {}

    def _files_of(self, collection: Collection, selection: Selection) -> Iterator[tuple[File, Row]]:
        """Yield the files that may hold rows that match, with the fields that their paths give."""
        pruner = Pruner(collection, selection, self._sources[collection.name].pattern.names)
        for file, values in self._paths(collection, self._sources[collection.name]):
            given = pruner.row(values)
            if pruner.keeps(given):
                yield file, given

    def _read(self, collection: Collection, rows: Iterable[Sequence[RawRow]]) -> Iterator[Kept]:
        for batch in rows:
            for kept in map(Kept.read, batch):
                edit = self._edits.setdefault(kept.file, Edit())
                if kept.head:
                    edit.head = edit.head or kept.head
                self._source_of[kept.file] = self._sources[collection.name]
                yield kept

    def _grouped(
        self, collection: Collection, rows: Iterable[Sequence[RawRow]]
    ) -> dict[str, tuple[list[Item], list[str]]]:
        """Return the rows of each file, with the block that took each."""
        found: dict[str, tuple[list[Item], list[str]]] = {}
        for kept in self._read(collection, rows):
            items, blocks = found.setdefault(kept.file, ([], []))
            items.append(self._hold(kept))
            blocks.append(kept.block)
        return found

    def _put_into(
        self, path: str, collection: Collection, items: list[Item], blocks: list[str], *, is_sure: bool
    ) -> Counter[str]:
        edit, done = self._edits[path], Counter[str]()
        there, knowns = self._what_is_there(path, collection, items)
        available = there - edit.claimed if is_sure else there + edit.supplied
        for item, block in zip(items, blocks, strict=True):
            if available[item.printed]:
                available[item.printed] -= 1
                edit.claimed[item.printed] += is_sure
                done["there"] += 1
            elif item.known in knowns or item.known in edit.knowns or (edit.is_one_row and self._is_taken(path)):
                done["left"] += 1
            else:
                edit.add(block, item)
                done["written"] += 1
        return done

    def _is_taken(self, path: str) -> bool:
        return path in self._there or bool(self._edits[path].supplied)

    def _what_is_there(
        self, path: str, collection: Collection, items: Sequence[Item]
    ) -> tuple[Counter[int], frozenset[str]]:
        """Return which of these rows the file has, as often as it has them, and what tells the rows that it has."""
        file, source = self._there.get(path), self._sources[collection.name]
        if file is None:
            return Counter(), frozenset()
        wanted = {item.printed for item in items}
        there = Counter(printed for printed in prints(self._files, file, source) if printed in wanted)
        if not any(item.known for item in items):
            return there, frozenset()
        reading = self._reading(file, collection, {})
        return there, frozenset(known for _number, _printed, _row, known in reading.rows()) - {""}

    def _write_into(
        self,
        path: str,
        collection: Collection,
        items: list[tuple[Item, Kept]],
        masks: Mapping[str, Inside],
    ) -> WrittenBack:
        file = self._there.get(path)
        pairs = self._again(file, collection, [item for item, _kept in items], masks) if file else {}
        edit, written, left = self._edits[path], 0, 0
        edit.masks |= masks.keys()
        for item, kept in items:
            number, printed, row = pairs.get(item, (-1, 0, {}))
            if number in edit.back:
                continue  # a later block had read what stood there last
            back = set[str]()
            for name, inside in masks.items():
                if kept.was[name] == _NOTHING and is_without(inside):
                    continue
                is_as_it_was = value_print(row.get(name)) == kept.was[name]
                if number < 0 or not (is_as_it_was or made_print(row.get(name)) == kept.made.get(name)):
                    left += 1
                    continue
                written += 1
                if not is_as_it_was:
                    back.add(name)
            if back:
                edit.back[number] = Back(printed, frozenset(back), item)
        return WrittenBack(written, left)

    def _again(
        self, file: File, collection: Collection, items: Sequence[Item], masks: Mapping[str, Inside]
    ) -> dict[Item, tuple[int, int, Row]]:
        """Return where each row stands by now: by what tells it, and of several that are alike by their order.

        Where there are more or fewer of them than there were, only rows that stand where they stood are known.
        """
        wanted: dict[str, list[Item]] = {}
        for item in items:
            wanted.setdefault(item.known, []).append(item)
        found: dict[str, list[tuple[int, int, Row]]] = {}
        for number, printed, row, known in self._reading(file, collection, masks).rows():
            if known in wanted:
                found.setdefault(known, []).append((number, printed, {name: row.get(name) for name in masks}))
        pairs: dict[Item, tuple[int, int, Row]] = {}
        for known, alike in wanted.items():
            there = found.get(known, [])
            if len(there) == len(alike):
                pairs |= dict(zip(sorted(alike, key=lambda item: item.number), there, strict=True))
            else:
                at = {place[0]: place for place in there}
                pairs |= {item: at[item.number] for item in alike if item.number in at}
        return pairs

    def _reading(self, file: File, collection: Collection, masks: Mapping[str, Inside]) -> _Reading:
        source = self._sources[collection.name]
        values = source.pattern.values(file.path)
        if values is None:
            raise StoreError(f"{file.path}: is none of the collection's files any more", retry=False)
        given = Pruner(collection, EVERY_ROW, source.pattern.names).row(values)
        return _Reading(self._files, file, source, collection, EVERY_ROW, masks, given)


#: What tells a value that is none.
_NOTHING = value_print(None)


@dataclass(frozen=True)
class _Reading:
    """The rows of one file that match, with what tells each again."""

    files: Files
    file: File
    source: Source
    collection: Collection
    selection: Selection
    masks: Mapping[str, Inside]
    given: Row

    def rows(self) -> Iterator[tuple[int, int, Row, str]]:
        """Yield number, print of the line, row, and what tells it."""
        # A secret that is masked is read, too.
        fields = tuple(
            replace(item, secret=False) if item.name in self.masks else item for item in self.collection.fields
        )
        collection = replace(self.collection, fields=fields)
        matches: Callable[[Row], bool] = Matcher(collection, self.selection).matches
        query = Query(collection, self.selection, self.source.pattern.names, lambda _path: None)
        knowing = Knowing(collection, self.masks, or_rest=bool(self.masks))
        with closing(NUMBERED[self.source.format](self.files, self.file, self.source.rows, query)) as rows:
            for number, printed, found in rows:
                row = {**found, **self.given}
                if matches(row):
                    yield place_of(number, self.source.format), printed, row, knowing.of(row)


def is_restored(source: Source) -> bool:
    """Return whether rows of such files can be put back: not of several in one line, which cannot be told apart."""
    return not (source.format == "jsonl" and source.rows)
