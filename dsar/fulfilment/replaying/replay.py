"""Do erasures again in restored stores: find their rows by the ledger, then erase them as the map says today. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dsar.fulfilment.engine import Work
from dsar.fulfilment.erasing.erase import Erasure, NotErasableError, PlanChangedError
from dsar.fulfilment.erasing.fate import Fate
from dsar.fulfilment.erasing.preview import Preview
from dsar.fulfilment.erasing.sorting import Sorted
from dsar.fulfilment.joinkey import CollectionKey
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.ledger.hashing import KeyedHashes
from dsar.fulfilment.ledger.ledger import Case, Ledger
from dsar.fulfilment.reach import Identities
from dsar.fulfilment.replaying.due import Due
from dsar.fulfilment.replaying.matching import Matched, Paced, match
from dsar.fulfilment.replaying.past import NothingThere, Past, past_store
from dsar.fulfilment.replaying.unknown import missing_identities, unknown_words
from dsar.fulfilment.walk import fixed_values
from dsar.stores.base import Changing, Store, StoreConfigError, StoreError

#: As deep as rows without a time of their own hang below one that has one; what is not settled then is refused.
_MOST_LOOKS = 20


@dataclass(frozen=True)
class Replayed:
    """One case: what was `matched` by its hashes, what the erasure finds to do, and what was wrong with it.

    `left`: rows still to erase when everything was read again; None where nothing was changed. `unknown`: texts that
    may name the person still, since what is taken out of them stands in no store that was restored.
    """

    case: Case
    matched: Matched
    preview: Preview
    problems: tuple[str, ...] = ()
    left: int | None = None
    unknown: tuple[str, ...] = ()

    def doubtful(self) -> Mapping[CollectionKey, int]:
        """Return how many rows were left, by collection, since nobody can tell whether they came after the erasure."""
        if not self.matched.came_back:
            return {}
        rows, later, parts = self.matched.rows, self.matched.later, self.preview.parts
        left = {
            key: count - later[key] - parts[key].count(*Fate) if key in parts else count - later[key]
            for key, count in rows.items()
        }
        return {key: count for key, count in left.items() if count > 0}


class Replay:
    """Over the stores of one tenant. `work` names nobody; `clock` returns aware moments."""

    def __init__(
        self, work: Work, due: Due, *, ledger: Ledger, hashes: KeyedHashes, clock: Callable[[], datetime]
    ) -> None:
        self._work, self._due, self._ledger = work, due, ledger
        self._hashes, self._clock = hashes, clock

    def find(self, problems: list[str]) -> dict[Case, Matched]:
        """Read every collection once, for all cases; what cannot be read is a problem."""
        found: dict[Case, Matched] = {}
        for dataset in dict.fromkeys(key[0] for key in self._due.places):
            try:
                with self._work.open_store(dataset).snapshot() as snapshot:
                    for collection in self._work.data_map.dataset(dataset).collections:
                        if collection.key in self._due.places and not collection.skip_processing:
                            only = fixed_values(collection, self._work.parameters)
                            match(collection, snapshot, self._due, self._hashes, found, only=only)
            except (StoreError, StoreConfigError) as error:
                problems.append(str(error))
        return found

    def look(self, key: CollectionKey, found: dict[Case, Matched], *, since: datetime | None, paced: Paced) -> None:
        """Read one collection for all cases, as far as it was written to since. Raises StoreError, StoreConfigError."""
        collection = self._work.data_map.collection(key)
        with self._work.open_store(collection.dataset).snapshot() as snapshot:
            only = fixed_values(collection, self._work.parameters)
            match(collection, snapshot, self._due, self._hashes, found, only=only, since=since, paced=paced)

    def run(self, found: Mapping[Case, Matched], *, commits: bool) -> Iterator[Replayed]:
        """Erase case after case, those first that were erased first; unless it `commits`, only try it."""
        for case in self._due.cases():
            if case in found:
                yield self._one(case, found[case], commits=commits)

    def _one(self, case: Case, matched: Matched, *, commits: bool) -> Replayed:
        erasure = self._erasure(case, matched)
        preview = _settled(erasure) if matched.came_back else erasure.preview()
        datasets = self._due.datasets(case)
        missing = missing_identities(self._due, case, erasure.search.identities, self._hashes)
        unknown = tuple(unknown_words(self._work.data_map, datasets, matched.rows, missing=missing))
        result = Replayed(case, matched, preview, preview.problems, unknown=unknown)
        if preview.problems or not commits:
            return result
        try:
            erased = erasure.execute(fingerprint=preview.fingerprint)
        except (NotErasableError, PlanChangedError) as error:
            return replace(result, problems=(str(error),))
        proof = erasure.verify()
        problems = tuple(filter(None, (erased.failure, *proof.problems)))
        return replace(result, problems=problems, left=proof.to_do)

    def _erasure(self, case: Case, matched: Matched) -> Erasure:
        datasets = self._due.datasets(case)
        past = Past(datasets, doubts=matched.came_back, data_map=self._work.data_map, graph=self._work.graph)
        stores: dict[str, Store] = {}

        def open_store(name: str) -> Store:
            if name not in datasets:
                return NothingThere()
            if name not in stores:
                stores[name] = past_store(self._work.open_store(name), past)
            return stores[name]

        identities = {kind: frozenset(values) for kind, values in matched.identities.items()}
        work = replace(self._work, identities=identities, open_store=open_store, seeds=matched.keys)
        return Erasure(work, keeper=_Again(self, case, datasets))

    def _write(self, case: Case, keys: KeySet, identities: Identities) -> None:
        datasets = self._due.datasets(case)
        collections = [item for item in self._work.data_map.collections() if item.dataset in datasets]
        self._ledger.intend(
            case, keys=keys, identities=identities, collections=collections, hashes=self._hashes, at=self._clock()
        )

    def _write_done(self, case: Case, dataset: str, as_of: datetime) -> None:
        self._ledger.apply(case, dataset=dataset, as_of=as_of, erased_at=self._clock())


def _settled(erasure: Erasure) -> Preview:
    """Look until nothing more is found: a row may be known to be old only once another was read."""
    preview = erasure.preview()
    for _ in range(_MOST_LOOKS):
        before, preview = preview, erasure.preview()
        if preview.fingerprint == before.fingerprint:
            break
    return preview


@dataclass(frozen=True)
class _Again:
    """The keeper that writes the ledger on: a backup taken before now may hold the rows, whenever they went first."""

    replay: Replay
    case: Case
    as_of: Mapping[str, datetime]

    def begin(self, keys: KeySet, identities: Identities) -> None:
        self.replay._write(self.case, keys, identities)

    def before(self, dataset: str, found: Sequence[Sorted], changing: Changing) -> None:
        """Nothing is kept: these rows were erased before."""

    def after(self, dataset: str) -> None:
        if dataset in self.as_of:
            self.replay._write_done(self.case, dataset, self.as_of[dataset])
