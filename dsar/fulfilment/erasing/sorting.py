"""Read what known keys lead to in one collection, and sort it by what becomes of each row."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from dsar.datamap.erasure import ErasureAction, Mask, Strategy
from dsar.fulfilment.erasing.done import redactions
from dsar.fulfilment.erasing.fate import TO_DO, Fate, Fates
from dsar.fulfilment.found import Found, best, near
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.meeting import meet
from dsar.fulfilment.reach import Reach
from dsar.fulfilment.visit import Visit
from dsar.fulfilment.walk import MOST_KEYS, selection, share
from dsar.stores.base import Group, Grouping, Selection, Snapshot
from dsar.values import Row, at_path, value_to_json

_MODULUS = 1 << 256


@dataclass(frozen=True)
class Change:
    """What is done with rows of one collection: deleted, or masked by `masks`. `selections` meet `count` of them."""

    action: ErasureAction
    masks: Mapping[str, Mask]
    count: int
    selections: Callable[[], Iterator[Selection]]


@dataclass
class Sorted:
    """The rows of one collection by fate and reason; `digest` changes with which rows are changed and how.

    `masks` are those of its rule, knowing what is redacted: `redacted` values are to be, and `short` are too short
    to be looked for. Targets name the rows that are changed: by their primary keys, or, where none is declared, by what
    led to them; so too where the store itself has counted them, and all that the keys lead to go (`is_alike`).
    """

    visit: Visit
    masks: Mapping[str, Mask] = field(default_factory=dict)
    short: int = 0
    redacted: int = 0
    counts: Counter[tuple[Fate, str]] = field(default_factory=Counter)
    digest: int = 0
    is_alike: bool = False
    _primary: KeySet = field(default_factory=KeySet)
    #: Rows that let go, by their fate and the fields that do: how many, and their primary keys.
    _loose: dict[tuple[Fate, tuple[str, ...]], tuple[int, KeySet]] = field(default_factory=dict)
    _asked: Found | None = None

    @property
    def changed(self) -> int:
        """How many rows are deleted or masked, or let go."""
        return sum(count for (fate, _), count in self.counts.items() if fate in TO_DO)

    @property
    def stay(self) -> int:
        """How many rows stay as they are."""
        return sum(count for (fate, _), count in self.counts.items() if fate not in TO_DO)

    @property
    def met(self) -> int:
        """How many rows the selections meet: those that are changed, and, where nothing tells them apart, others.

        Those must have nothing to lose: a text without what is redacted stays what it is.
        """
        return self.changed if self.visit.collection.primary_key else self.changed + self._harmless

    @property
    def _harmless(self) -> int:
        rule = self.visit.collection.erasure
        if rule is None or not rule.only_redacts:
            return 0
        fates = {Fate.MASKED, Fate.FLAGGED, Fate.OTHERS} if rule.redacts_all else {Fate.MASKED}
        return sum(count for (fate, _), count in self.counts.items() if fate in fates)

    @property
    def problem(self) -> str:
        """Why the rows that are changed cannot be told from those that stay; "" if they can."""
        stays = self.stay - self._harmless
        if self.visit.collection.primary_key or not (self.changed and stays):
            return ""
        stay = f"{stays} stay: without a primary key they cannot be told apart"
        return f"{self.changed} rows are to be changed and {stay}"

    def changes(self) -> Iterator[Change]:
        """Yield what is done with the rows that are changed, each once; they let go before what they name goes."""
        rule = self.visit.collection.erasure
        for (fate, fields), (count, keys) in sorted(self._loose.items(), key=lambda item: item[0]):
            found = keys.of(self.visit.collection.key)
            masks = {**(self.masks if fate is Fate.MASK else {}), **dict.fromkeys(fields, Mask(Strategy.NULL))}
            yield Change(ErasureAction.MASK, masks, count, partial(self._selections, found))
        loose = sum(count for count, _ in self._loose.values())
        if rule is not None and self.changed > loose:
            yield Change(rule.action, self.masks, self.met - loose, lambda: self._selections(self._targets()))

    def _selections(self, targets: Found) -> Iterator[Selection]:
        for wanted in targets.portions(MOST_KEYS):
            yield selection(self.visit, wanted)

    def _targets(self) -> Found:
        collection = self.visit.collection
        by_primary = self._asked is None or (collection.primary_key and not self.is_alike)
        return self._primary.of(collection.key) if by_primary or self._asked is None else self._asked

    def take(self, row: Row, fate: Fate, why: str, *, letting_go: tuple[str, ...] = ()) -> None:
        """Count a row; `letting_go`: the fields by which it lets go of rows that go.

        Sums do not depend on the order in which a store returns its rows.
        """
        self.counts[fate, why] += 1
        if fate not in TO_DO:
            return
        if fate is Fate.MASK:
            self.redacted += sum(redactions(row, path, mask) for path, mask in self.masks.items())
        paths = self.visit.collection.primary_key
        values = tuple(next(iter(at_path(row, path)), None) for path in paths)
        named = value_to_json(list(values)) if paths else value_to_json(row)
        done = ":".join((fate, *letting_go))
        self.digest = (self.digest + int.from_bytes(hashlib.sha256(done.encode() + named).digest())) % _MODULUS
        if paths:
            key = self.visit.collection.key
            keys = self._primary
            if letting_go:
                count, keys = self._loose.get((fate, letting_go), (0, KeySet()))
                self._loose[fate, letting_go] = (count + 1, keys)
            keys.add(key, paths, values, Reach.OWN)

    def take_group(self, group: Group, fate: Fate, why: str) -> None:
        """Count rows that are alike."""
        self.counts[fate, why] += group.count
        if fate in TO_DO:
            self.digest = (self.digest + group.digest) % _MODULUS

    def by_keys(self, keys: Found) -> None:
        self._asked = keys


def sort(visit: Visit, keys: Found, snapshot: Snapshot, masks: Mapping[str, Mask], *, short: int = 0) -> Sorted:
    """Read every row that the keys lead to, once; by groups where that tells enough. Raises StoreError.

    `masks` and `short` are as a `Sorted` has them.
    """
    found = _sort_groups(visit, keys, snapshot) if isinstance(snapshot, Grouping) else None
    return found or _sort_rows(visit, keys, snapshot, masks, short)


def _sort_groups(visit: Visit, keys: Found, snapshot: Grouping) -> Sorted | None:
    """Let the store count the rows that are alike in all that decides.

    None where it cannot, or where rows must be told apart by more: some go and others stay, or are not the person's.
    """
    rule = visit.collection.erasure
    fields = sorted({*visit.deciding, *(path for paths in keys.paths for path in paths)})
    if (rule and rule.action is ErasureAction.MASK) or any("." in path for path in fields):
        return None
    result, fates, read = Sorted(visit, is_alike=True), Fates(visit, {}), KeySet()
    result.by_keys(keys)
    for wanted in keys.portions(MOST_KEYS):
        found = snapshot.groups(visit.collection, selection(visit, wanted), fields)
        if found is None:
            return None
        earlier = read.of(visit.collection.key)
        for batch in found:
            forms = [visit.forms(group.row, keys.paths) for group in batch]
            known, before = near([keys], forms), near([earlier], forms)
            for group, at in zip(batch, forms, strict=True):
                if not visit.fits(group.row) or best(at, wanted) is None:
                    return None
                if best(at, *before) is None:
                    fate, why = fates.of(group.row, at, known)
                    if fate is Fate.DETACH:
                        return None
                    result.take_group(group, fate, why)
        share(read, visit, wanted)
    return None if result.changed and result.stay else result


def _sort_rows(visit: Visit, keys: Found, snapshot: Snapshot, masks: Mapping[str, Mask], short: int) -> Sorted:
    result, fates = Sorted(visit, masks, short), Fates(visit, masks)
    result.by_keys(keys)
    for met in meet(visit, keys, snapshot):
        fate, why = fates.of(met.row, met.forms, met.known)
        fields = () if fate is Fate.DELETE else fates.letting_go(met.forms, met.known)
        result.take(met.row, fate, why, letting_go=fields)
    return result
