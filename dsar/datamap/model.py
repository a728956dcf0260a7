"""What a data map says, as values: datasets, collections, fields, references, systems.

The words are Fideslang's; what it has no key for stands under `meta` (docs/datamap.md). Everything here
is immutable and made by `dsar.datamap.load`, which is the only place that reads YAML.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from dsar.datamap.choices import Choice
from dsar.datamap.erasure import Erasure
from dsar.datamap.states import State, StateKind


class Direction(StrEnum):
    """Which way a reference carries values: `to` the referenced field or `from` it."""

    TO = "to"
    FROM = "from"


class Origin(StrEnum):
    """Where a value comes from; portability (GDPR Article 20) delivers the first two."""

    PROVIDED = "provided"
    OBSERVED = "observed"
    INFERRED = "inferred"


class RetentionKind(StrEnum):
    """Why rows may stay: for so many days, as long as the account, or by a named legal duty."""

    PROCESSED = "processed"
    ACCOUNT = "account"
    DUTY = "duty"


class Sharing(StrEnum):
    """What is done with a row that belongs to more than one person, on access."""

    DELIVER = "deliver"
    WITHHOLD = "withhold"


class Controller(StrEnum):
    """Who decides over the rows: the platform itself or a customer organisation of it."""

    PLATFORM = "platform"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a manifest, for messages: `file:line` (lines count from 1)."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, order=True)
class FieldAddress:
    """The full name of a field: `dataset:collection.path`."""

    dataset: str
    collection: str
    path: str

    def __str__(self) -> str:
        return f"{self.dataset}:{self.collection}.{self.path}"


@dataclass(frozen=True, slots=True)
class Reference:
    """An edge declared on a field. `direction` None: see dsar.datamap.graph for what it then means."""

    target: FieldAddress
    direction: Direction | None
    location: Location


@dataclass(frozen=True, slots=True)
class Field:
    """One field (column, key of a document, part of a key name); `path` is dotted from the collection."""

    name: str
    path: str
    location: Location
    description: str = ""
    data_categories: tuple[str, ...] = ()
    data_type: str | None = None  # string, integer, float, boolean, object_id, object, or with [] behind
    identity: str | None = None  # the kind of identity this field holds: email, user_id, …
    references: tuple[Reference, ...] = ()
    primary_key: bool = False
    length: int | None = None
    read_only: bool = False
    return_all_elements: bool = False
    fields: tuple[Field, ...] = ()
    secret: bool = False  # no bundle may ever show it; it is never read
    third_party: bool = False  # may speak of other people
    correct: bool = False  # the person may propose another value (GDPR Article 16)
    origin: Origin | None = None  # None: the collection's
    identity_source: str | None = None  # kind of identity that a value here becomes (an old email)
    group: str | None = None  # fields of one group are joined together: a row must equal all of a tuple
    extra: Mapping[str, Any] = field(default_factory=dict)  # Fideslang keys that are kept, not used yet


@dataclass(frozen=True, slots=True)
class Retention:
    """How long rows live. `days` (1 to 90) and `time_field` for `processed`; `duty`, `until` for a duty.

    `zone` (IANA) is what values of the time field without a zone are meant in; None: nobody says.
    """

    kind: RetentionKind
    time_field: str | None = None
    days: int | None = None
    duty: str | None = None
    until: str | None = None
    zone: str | None = None


@dataclass(frozen=True)
class Collection:
    """A table, document set, bucket prefix, key pattern or endpoint. What is worked out of it is worked out once."""

    dataset: str
    name: str
    location: Location
    title: str = ""  # meta.title: what a person reads instead of the name
    topic: str = ""  # meta.topic: the chapter of the report it stands in ("API usage")
    description: str = ""
    fields: tuple[Field, ...] = ()
    data_categories: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    erase_after: tuple[str, ...] = ()
    skip_processing: bool = False
    retention: Retention | None = None
    erasure: Erasure | None = None  # None: the map does not say, and nothing of it is touched
    choices: Mapping[str, Choice] = field(default_factory=dict)  # meta.choices: purpose -> where it is written
    shared: Sharing | None = None
    origin: Origin | None = None
    controller: Controller = Controller.PLATFORM
    only: Mapping[str, Any] = field(default_factory=dict)  # meta.only: fixed column -> value filter (a tenant's rows)
    source: Mapping[str, Any] = field(default_factory=dict)  # meta.source: how this kind of store finds the rows
    ignore: tuple[str, ...] = ()  # meta.ignore: globs of columns knowingly left out
    suspend: State | None = None  # meta.suspend: how an account is hidden here; None: it is not possible here
    restrict: State | None = None  # meta.restrict: how processing is stopped here
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        return (self.dataset, self.name)

    def walk(self) -> tuple[Field, ...]:
        """Return every field, parents before children."""
        return self._every

    @cached_property
    def _every(self) -> tuple[Field, ...]:
        return tuple(walk_fields(self.fields))

    @cached_property
    def readable(self) -> tuple[Field, ...]:
        """The top-level fields that a store may be asked for: all but secrets (nested ones are cut by the reader)."""
        return tuple(item for item in self.fields if not item.secret)

    @cached_property
    def secret_paths(self) -> tuple[str, ...]:
        return tuple(item.path for item in self._every if item.secret)

    @cached_property
    def primary_key(self) -> tuple[str, ...]:
        return tuple(item.path for item in self._every if item.primary_key)

    def state(self, kind: StateKind) -> State | None:
        return self.suspend if kind is StateKind.SUSPEND else self.restrict

    def at(self, path: str) -> Field:
        """Return the field at a dotted path. Raises KeyError."""
        for item in self.walk():
            if item.path == path:
                return item
        raise KeyError(path)


def walk_fields(fields: tuple[Field, ...]) -> Iterator[Field]:
    """Yield every field, parents before children."""
    for item in fields:
        yield item
        if item.fields:
            yield from walk_fields(item.fields)


@dataclass(frozen=True, slots=True)
class Dataset:
    """A store's contents: its collections and what is knowingly left out of them (`ignore`, globs)."""

    key: str
    location: Location
    name: str = ""
    description: str = ""
    collections: tuple[Collection, ...] = ()
    after: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    origin: Origin | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def collection(self, name: str) -> Collection:
        """Return the collection of that name. Raises KeyError."""
        for item in self.collections:
            if item.name == name:
                return item
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class PrivacyDeclaration:
    """One purpose of a system (Fideslang): what Article 15(1)(a), (c), (d) and (g) want told."""

    name: str
    data_use: str
    data_categories: tuple[str, ...] = ()
    data_subjects: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    legal_basis: str = ""
    retention_period: str = ""
    recipients: tuple[str, ...] = ()
    third_parties: str = ""
    shared_with_third_parties: bool = False
    impact_assessment: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody whom a system passes its data to, and who is told when it is erased, corrected or stopped (Article 19).

    Told by `email`, or by a message to `webhook` that is signed with what the environment calls `secret`; the other is
    "". `identifier` is the field by whose values they know a person, None if they are told none. `new_values`: of a
    correction they are sent what is right now, so that they can write it, too.
    """

    name: str
    location: Location
    email: str = ""
    webhook: str = ""
    secret: str = ""
    identifier: FieldAddress | None = None
    new_values: bool = False


@dataclass(frozen=True, slots=True)
class System:
    """A system (Fideslang) and its purposes; `transfers` names third countries and safeguards.

    `datasets` are those that it works with, for whatever purpose; `notify` are told of what is erased,
    corrected or stopped there.
    """

    key: str
    name: str
    location: Location
    description: str = ""
    declarations: tuple[PrivacyDeclaration, ...] = ()
    transfers: tuple[str, ...] = ()
    automated_decisions: str = ""
    source_of_data: str = ""
    datasets: tuple[str, ...] = ()
    notify: tuple[Recipient, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DataMap:
    """A folder of manifests. `fingerprint` is the sha256 (hex) over its files, for manifests and plans.

    Files of nothing but translations are not in it: how a text is told in another language changes nothing that is
    done. `translations`: by language (a tag in lower case), what the map writes and how that is told. `untold`: where a
    text is told that the map writes no longer, and what is to be said of it; it stops no request.
    """

    datasets: tuple[Dataset, ...]
    systems: tuple[System, ...]
    fingerprint: str
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    untold: tuple[tuple[Location, str], ...] = ()

    def dataset(self, key: str) -> Dataset:
        """Return the dataset of that key. Raises KeyError."""
        for item in self.datasets:
            if item.key == key:
                return item
        raise KeyError(key)

    def collection(self, key: tuple[str, str]) -> Collection:
        """Return the collection named (dataset, collection). Raises KeyError."""
        return self.dataset(key[0]).collection(key[1])

    def collections(self) -> Iterator[Collection]:
        for dataset in self.datasets:
            yield from dataset.collections

    def origin(self, collection: Collection, item: Field) -> Origin:
        """Return where a field's values come from: said by the nearest of it and what holds it, else observed."""
        return self._origins[collection.key, item.path]

    @cached_property
    def _origins(self) -> dict[tuple[tuple[str, str], str], Origin]:
        return {
            (collection.key, path): origin
            for dataset in self.datasets
            for collection in dataset.collections
            for path, origin in _said(collection.fields, collection.origin or dataset.origin or Origin.OBSERVED)
        }


def _said(fields: tuple[Field, ...], above: Origin) -> Iterator[tuple[str, Origin]]:
    """Yield the path and origin of every field: its own, or that of what holds it."""
    for item in fields:
        origin = item.origin or above
        yield item.path, origin
        yield from _said(item.fields, origin)
