"""A plan with all that can be told of it before anything is collected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dsar.datamap.graph import CollectionKey
from dsar.mapping.explaining.expected import Expected
from dsar.mapping.explaining.steps import NotFollowed, ToldStore, Visit
from dsar.stores.base import Explained


@dataclass(frozen=True, slots=True)
class ToldVisit:
    """A visit; `expected` is as long as its keys. `delivered` says which rows are not, or which are all the same.

    `problem`: why the store would not answer it. `told` is None where it cannot be asked at all.
    """

    visit: Visit
    expected: tuple[Expected, ...]
    told: Explained | None
    delivered: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ToldStage:
    """The visits of a stage, in order; `held_back` as in steps.Stage."""

    visits: tuple[ToldVisit, ...]
    held_back: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Left:
    """A collection that is not visited, why, and what would lead there: its identities and references."""

    collection: CollectionKey
    reason: str
    ways: tuple[str, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """`given` are the kinds of identity with how many values; `foreseen` kinds that fields of collections may bring.

    `identifying` is walked before the stages, anew after each identity that it brings.
    """

    given: Mapping[str, int]
    foreseen: tuple[str, ...]
    brings: tuple[tuple[str, str], ...]  # kind, field that brings it
    stores: Mapping[str, ToldStore]
    identifying: tuple[CollectionKey, ...]
    stages: tuple[ToldStage, ...]
    unreached: tuple[Left, ...]
    skipped: tuple[Left, ...]
    not_followed: tuple[NotFollowed, ...]
    collections: int

    @property
    def visited(self) -> int:
        """How many collections are visited."""
        return len({visit.visit.collection for stage in self.stages for visit in stage.visits})

    @property
    def is_whole(self) -> bool:
        """Whether every store that was asked answered all that it was asked."""
        failed = any(store.failure for store in self.stores.values())
        return not failed and not any(visit.problem for stage in self.stages for visit in stage.visits)
