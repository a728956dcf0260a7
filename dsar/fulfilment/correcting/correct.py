"""A correction over a data map: what is held, what would be written where, the deed, the proof. Pure.

Only the person's own rows are looked at. A store is written in one transaction, in which its rows are counted once
more: where they are others than were approved, nothing is written in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from dsar.datamap.erasure import Mask, Strategy
from dsar.datamap.model import Collection, Dataset
from dsar.fulfilment.correcting.preview import Line, Preview
from dsar.fulfilment.correcting.proposal import Fact, Proposal
from dsar.fulfilment.correcting.search import OwnRows, Search, search_again
from dsar.fulfilment.correcting.tally import Tally, Watched, watched
from dsar.fulfilment.correcting.values import Place, form_of, held, meaning_of
from dsar.fulfilment.engine import Work
from dsar.stores.base import Changeable, Changing, Snapshot, StoreConfigError, StoreError

#: Different values that a person is shown; an account has a dozen.
MOST_FACTS = 200
NO_MASK = Mask(Strategy.NULL)


class RowsChangedError(Exception):
    """The rows are others than those that were approved: somebody has to look again. Nothing was written."""


@dataclass(frozen=True)
class Facts:
    """What the person may correct. `left_out`: values that are not shown, being too many or no plain values."""

    facts: tuple[Fact, ...]
    problems: tuple[str, ...]
    left_out: int = 0


class Correction:
    """The correction of one person's data, from the start or with what an earlier search has found."""

    def __init__(self, work: Work, *, known: Search | None = None) -> None:
        self._work = work
        self._search = known

    @property
    def search(self) -> Search:
        """What is known so far; nothing before the first look of a new correction."""
        if self._search is None:
            raise ValueError("nothing has been looked for yet")
        return self._search

    def facts(self) -> Facts:
        """Look for every value that the person may correct, each once."""
        self._search = search_again(self._work, self._search)
        found: dict[object, Fact] = {}
        problems, left_out = self._failures(), 0
        for dataset in self._work.data_map.datasets:
            try:
                left_out += self._add_facts(dataset, found)
            except (StoreError, StoreConfigError) as error:
                problems.append(str(error))
        return Facts(tuple(found.values()), tuple(dict.fromkeys(problems)), left_out)

    def preview(self, proposals: Sequence[Proposal], *, sha256: str) -> Preview:
        """Look where the values are held, and try what would be written, keeping no change."""
        self._search = search_again(self._work, self._search)
        wanted, lines, problems = dict(enumerate(proposals)), [], self._failures()
        for dataset in self._work.data_map.datasets:
            try:
                lines += self._try(dataset, wanted)
            except (StoreError, StoreConfigError) as error:
                problems.append(str(error))
        lines.sort(key=lambda line: line.proposal)
        return Preview(tuple(lines), tuple(dict.fromkeys(problems)), sha256)

    def change(self, approved: Sequence[Line], proposals: Sequence[Proposal], *, again: bool = False) -> None:
        """Write what the approved lines of one store say: all or nothing.

        `again` says that an earlier try may have done it, or a part of it where a store knows no transactions: then
        fewer rows may be left than were approved. Raises RowsChangedError and StoreError, nothing written.
        """
        dataset = self._work.data_map.dataset(approved[0].place.dataset)
        with self._changing(dataset, commits=True) as changing:
            tallies = list(self._tallies(dataset, _wanted(approved, proposals), changing, only=_places(approved)))
            _compare(approved, [line for tally in tallies for line in tally.lines()], again=again)
            _write(tallies, changing)

    def verify(self, written: Sequence[Line], proposals: Sequence[Proposal]) -> Preview:
        """Read again where it was written; return which rows hold the old values, and which the new ones.

        Raises StoreError.
        """
        wanted, places = _wanted(written, proposals), _places(written)
        lines: list[Line] = []
        for key in dict.fromkeys(line.place.dataset for line in written):
            with self._work.open_store(key).snapshot() as snapshot:
                lines += _lines(self._tallies(self._work.data_map.dataset(key), wanted, snapshot, only=places))
        return Preview(tuple(lines), ())

    def _failures(self) -> list[str]:
        return [reason for _, reason in sorted(self.search.failures.items())]

    def _add_facts(self, dataset: Dataset, found: dict[object, Fact]) -> int:
        own, left_out = OwnRows(self._work, self.search), 0
        corrected = [item for item in own.collections(dataset) if any(field.correct for field in item.fields)]
        if not corrected:
            return 0
        with self._work.open_store(dataset.key).snapshot() as snapshot:
            for collection in corrected:
                for row in own.read(collection, snapshot):
                    left_out += _add_row(found, collection, row)
        return left_out

    def _try(self, dataset: Dataset, wanted: Mapping[int, Proposal]) -> list[Line]:
        store = self._work.open_store(dataset.key)
        with store.snapshot() as snapshot:
            found = _lines(self._tallies(dataset, wanted, snapshot))
        if not any(line.can_be_written for line in found):
            return found
        if not isinstance(store, Changeable):
            why = f"This kind of store ({store.kind}) cannot be written yet."
            return [line if line.stays else line.with_problem(why) for line in found]
        together = self._problem(dataset, wanted, None)
        return self._blamed(dataset, wanted, found, together) if together else found

    def _blamed(
        self, dataset: Dataset, wanted: Mapping[int, Proposal], found: Sequence[Line], together: str
    ) -> list[Line]:
        """Return the lines with why the store would not take them: each tried alone, or what all of them meet."""
        told = [
            line.with_problem(self._problem(dataset, wanted, _places([line]))) if line.can_be_written else line
            for line in found
        ]
        if any(line.problem for line in told):
            return told
        return [line.with_problem(together) if line.can_be_written else line for line in told]

    def _problem(
        self, dataset: Dataset, wanted: Mapping[int, Proposal], only: frozenset[tuple[int, Place]] | None
    ) -> str:
        """Return why the store would not take what is wanted, or `only` some of it; "" if it would."""
        try:
            with self._changing(dataset, commits=False) as changing:
                _write(list(self._tallies(dataset, wanted, changing, only=only)), changing)
        except (StoreError, RowsChangedError) as error:
            return str(error)
        return ""

    @contextmanager
    def _changing(self, dataset: Dataset, *, commits: bool) -> Iterator[Changing]:
        store = self._work.open_store(dataset.key)
        if not isinstance(store, Changeable):
            raise StoreError(f"{dataset.key}: this kind of store ({store.kind}) cannot be written", retry=False)
        with store.changing(commits=commits) as changing:
            yield changing

    def _tallies(
        self,
        dataset: Dataset,
        wanted: Mapping[int, Proposal],
        snapshot: Snapshot,
        *,
        only: frozenset[tuple[int, Place]] | None = None,
    ) -> Iterator[Tally]:
        """Yield the tally of each collection that may hold what is wanted; `only` these proposals in these places."""
        own = OwnRows(self._work, self.search)
        for collection in own.collections(dataset):
            what = [item for item in watched(collection, wanted) if only is None or _at(collection, item) in only]
            if what:
                tally = Tally(own.visit(collection), what)
                for row in own.read(collection, snapshot):
                    tally.take(row)
                yield tally


def _add_row(found: dict[object, Fact], collection: Collection, row: Mapping[str, object]) -> int:
    """Add what a row holds that may be corrected; return how many values are left out."""
    left_out = 0
    for item in collection.fields:
        if not item.correct or item.data_type is None or item.name not in row:
            continue
        value, place = row[item.name], Place(*collection.key, item.path)
        plain = held(value, item.data_type)
        if value is not None and plain is None:
            left_out += 1
            continue
        fact = Fact(meaning_of(collection, item), place, item.data_type, plain, item.length)
        key = place if plain is None else (fact.meaning, item.data_type, form_of(plain, item.data_type))
        if key not in found and len(found) == MOST_FACTS:
            left_out += 1
        else:
            found[key] = _together(found.get(key), fact)
    return left_out


def _together(known: Fact | None, fact: Fact) -> Fact:
    """Return one fact for two places: as long as both can hold."""
    if known is None:
        return fact
    lengths = [length for length in (known.length, fact.length) if length is not None]
    return Fact(known.meaning, known.place, known.data_type, known.value, min(lengths, default=None))


def _wanted(lines: Sequence[Line], proposals: Sequence[Proposal]) -> dict[int, Proposal]:
    return {number: proposals[number] for number in _numbers(lines)}


def _numbers(lines: Sequence[Line]) -> list[int]:
    return sorted({line.proposal for line in lines if line.can_be_written})


def _places(lines: Sequence[Line]) -> frozenset[tuple[int, Place]]:
    return frozenset((line.proposal, line.place) for line in lines)


def _at(collection: Collection, item: Watched) -> tuple[int, Place]:
    return item.number, Place(*collection.key, item.item.path)


def _lines(tallies: Iterator[Tally]) -> list[Line]:
    return [line for tally in tallies for line in tally.lines()]


def _compare(approved: Sequence[Line], found: Sequence[Line], *, again: bool) -> None:
    """Raise RowsChangedError unless the rows are those that were approved, or, `again`, a rest of them."""
    left = {(line.proposal, line.place): line for line in found}
    for line in approved:
        now = left.get((line.proposal, line.place), Line(line.proposal, line.place, 0))
        if (now.rows, now.digest) != (line.rows, line.digest) and not (again and now.rows < line.rows):
            raise RowsChangedError(
                f"{line.place}: {now.rows} rows hold the value that is to be corrected, and {line.rows} were approved, "
                "or others; nothing was written"
            )


def _write(tallies: Sequence[Tally], changing: Changing) -> None:
    """Write into every row all that is to be written into it. Raises RowsChangedError where others would be met."""
    for tally in tallies:
        for written, expected, selections in tally.writings():
            masks = {path: NO_MASK if after is None else Mask(Strategy.FIXED, after) for path, after in written}
            rows = sum(changing.mask(tally.collection, selection, masks, key=b"") for selection in selections)
            if rows != expected:
                name = f"{tally.collection.dataset}:{tally.collection.name}"
                raise RowsChangedError(f"{name}: {rows} rows would be written where {expected} were found")
