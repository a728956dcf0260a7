"""Whom the data map has told of something, and what each knows the person by."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from dsar.actions.erasing.work import known
from dsar.actions.telling.identifiers import MOST, TooManyIdentifiersError, identifiers_of
from dsar.datamap.graph import Graph
from dsar.datamap.model import Collection as Declared
from dsar.datamap.model import DataMap, Recipient
from dsar.fulfilment.joinkey import CollectionKey
from dsar.fulfilment.keys import KeySet
from dsar.models import NoticeChannel, SubjectRequest
from dsar.tenantmap import tenant_map

TOO_MANY = f"More than {MOST} values of the identifier were found, so none was told."


@dataclass(frozen=True)
class Telling:
    """One recipient of one system; `changed` are the collections of theirs, `identifiers` what they know the person by.

    `left_out` says what they are not told, and why.
    """

    system: str
    recipient: Recipient
    changed: tuple[Declared, ...] = ()
    identifiers: tuple[str, ...] = field(default=(), repr=False)
    left_out: str = ""

    @property
    def channel(self) -> NoticeChannel:
        return NoticeChannel.EMAIL if self.recipient.email else NoticeChannel.WEBHOOK

    @property
    def purposes(self) -> tuple[str, ...]:
        """What they are told of, where it is of stops."""
        return ()

    @property
    def titles(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(item.title or item.name for item in self.changed))


def who_has_got(subject_request: SubjectRequest, changed: Collection[CollectionKey]) -> tuple[Telling, ...]:
    """Return those who had got data of a dataset in which collections were changed, by the data map as it is now.

    Raises DataMapError, KeyFileError, PayloadGoneError, SealError.
    """
    platform = tenant_map(subject_request.tenant).platform
    found = list(concerned(platform.data_map, changed))
    if not any(item.recipient.identifier for item in found):
        return tuple(found)
    search = known(subject_request)
    keys = search.keys if search else KeySet()
    return tuple(_identified(item, keys, platform.graph) for item in found)


def concerned(data_map: DataMap, keys: Collection[CollectionKey]) -> Iterator[Telling]:
    """Yield whoever is told of a change in these collections, without what they know the person by."""
    changed = [item for item in data_map.collections() if item.key in keys]
    for system in data_map.systems:
        theirs = tuple(item for item in changed if item.dataset in system.datasets)
        for recipient in system.notify if theirs else ():
            yield Telling(system.key, recipient, theirs)


def _identified(item: Telling, keys: KeySet, graph: Graph) -> Telling:
    address = item.recipient.identifier
    if address is None:
        return item
    try:
        found = identifiers_of(address, keys=keys, graph=graph)
    except TooManyIdentifiersError:
        return Telling(item.system, item.recipient, item.changed, left_out=TOO_MANY)
    return Telling(item.system, item.recipient, item.changed, found)
