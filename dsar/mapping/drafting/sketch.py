"""A data map in the making: what is known, or guessed, of each collection so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from dsar.datamap.model import FieldAddress
from dsar.stores.base import FoundCollection, Store
from dsar.values import Row

Key = tuple[str, str]


@dataclass
class Column:
    """A field; `references` are (direction, target), `evidence` is for its guess, `notes` are for the reviewer."""

    path: str
    type_name: str
    category: str = ""
    evidence: str = ""
    data_type: str = ""
    identity: str = ""
    primary_key: bool = False
    secret: bool = False
    references: list[tuple[str, FieldAddress]] = field(default_factory=list)
    group: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]


@dataclass
class Sketch:
    """A collection. `rows` are a sample: personal data, looked at and never written."""

    dataset: str
    name: str
    found: FoundCollection
    store: Store
    columns: dict[str, Column]
    rows: Sequence[Row] = field(default=(), repr=False)
    skipped: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def key(self) -> Key:
        return (self.dataset, self.name)

    @property
    def holds_identity(self) -> bool:
        return any(column.identity for column in self.columns.values())

    @property
    def sole_key(self) -> Column | None:
        """The column that is the whole primary key, if there is one."""
        keys = [column for column in self.columns.values() if column.primary_key]
        return keys[0] if len(keys) == 1 else None


@dataclass(frozen=True, slots=True)
class Link:
    """Fields of a child that name rows of a parent, part by part, and why that is thought."""

    child: Key
    fields: tuple[str, ...]
    parent: Key
    targets: tuple[str, ...]
    evidence: str
    guessed: bool = False

    def __str__(self) -> str:
        return f"{self.parent[1]}.{', '.join(self.targets)} ({self.evidence})"
