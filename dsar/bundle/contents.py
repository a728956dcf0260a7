"""What goes into a bundle, as values: the packer reads these and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from dsar.bundle.part import WHOLE, Part
from dsar.datamap.model import Collection, DataMap

#: The type of request whose bundle goes on to another program: each file of rows has a JSON Schema beside it.
PORTABILITY = "PORTABILITY"


class CollectionState(StrEnum):
    """How a collection came out; a bundle lists every one of the data map."""

    DELIVERED = "delivered"
    EMPTY = "empty"  # asked, and nothing there
    UNREACHED = "unreached"  # none of this person's identities lead here
    EXCLUDED = "excluded"  # left out on purpose, `reason` says why
    FAILED = "failed"  # asked in vain, `reason` says why


#: Opens the collection's rows as blocks of whole lines: one JSON object a line, as dsar.values.to_json writes them.
OpenBlocks = Callable[[], AbstractContextManager[Iterator[bytes]]]


@dataclass(frozen=True, slots=True)
class Redacted:
    """Values of other people that were taken out of a collection: how many of one kind, for one reason, and where.

    `kind` is a word for machines (email, phone, key, name, other); `words` are the reviewer's own, "" without.
    """

    kind: str
    reason: str
    words: str
    values: int
    places: int


@dataclass(frozen=True, slots=True)
class CollectionContents:
    """One collection: `rows` is the number of lines; `types` maps a top-level field to the value types seen."""

    collection: Collection
    state: CollectionState
    rows: int = 0
    withheld: int = 0  # rows of other people, reached but not delivered
    seconds: float = 0.0  # that reading it took
    reason: str = ""
    types: Mapping[str, frozenset[str]] = field(default_factory=dict)
    undeclared: tuple[str, ...] = ()  # names found in the store that the map does not declare
    excluded_fields: Mapping[str, str] = field(default_factory=dict)  # field path -> why it is not in the file
    open_blocks: OpenBlocks | None = None  # None unless rows > 0
    size: int | None = None  # bytes of the lines, if they are known before they are read
    is_unasked: bool = False  # left out because the person asked for less
    outside: int = 0  # rows of days that the person did not ask for
    has_no_days: bool = False  # days were asked for, and nothing says of its rows when they were: all are in
    redacted: tuple[Redacted, ...] = ()  # what was taken out of the rows, and why


@dataclass(frozen=True, slots=True)
class StoreContents:
    """One dataset: when its snapshot was taken (aware datetime; None if never asked) and its collections."""

    dataset: str
    collections: tuple[CollectionContents, ...]
    snapshot_at: datetime | None = None
    undeclared: tuple[str, ...] = ()  # whole collections found that the map does not declare


@dataclass(frozen=True, slots=True)
class UsedIdentity:
    """An identity the search used: its kind, value, and how it was proven."""

    kind: str
    value: str
    proven_by: str


@dataclass(frozen=True, slots=True)
class DisputedValue:
    """A value that the person says is wrong, and what they say is right; "" where there is none."""

    dataset: str
    collection: str
    path: str
    held: str
    proposed: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """What the person said of values that were not corrected, in their own words. `made_at` is aware."""

    words: str
    values: tuple[DisputedValue, ...]
    made_at: datetime


@dataclass(frozen=True, slots=True)
class BundleContents:
    """Everything a bundle tells. Datetimes are aware; `language` is a BCP 47 tag."""

    reference: str
    request_type: str  # ACCESS or PORTABILITY
    request_type_label: str
    tenant_name: str
    tenant_contact: str
    received_at: datetime
    prepared_at: datetime
    identities: tuple[UsedIdentity, ...]
    unproven_identities: tuple[UsedIdentity, ...]  # found, but not searched because not proven
    data_map: DataMap
    stores: tuple[StoreContents, ...]
    exceptions: tuple[str, ...] = ()  # named exceptions a reviewer recorded
    disputes: tuple[Dispute, ...] = ()  # what the person said of values that were not corrected
    part: Part = WHOLE  # what of their data the person asked for
    language: str = "en"
    #: What the law lets somebody do who finds the answer wrong, as a sentence of its own.
    complaint: str = (
        "You can also complain to a data protection supervisory authority, in particular where you live, where you "
        "work, or where you think the law was broken, and go to court."
    )
