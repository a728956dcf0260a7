"""What a store is asked about one collection: the general days, and whose rows are looked at one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from dsar.datamap.model import Collection, RetentionKind
from dsar.fulfilment.engine import Work
from dsar.fulfilment.purging.days import Days, owner_groups
from dsar.fulfilment.purging.people import Known, category_of
from dsar.fulfilment.reach import Reach
from dsar.fulfilment.visit import Visit
from dsar.fulfilment.walk import fixed_values, selection
from dsar.stores.base import Selection
from dsar.stores.expiring import Expiry

#: Keys in one selection.
_MOST_KEYS = 5_000
#: The promise of the privacy policy, whatever a map, a tenant or a person says.
MOST_DAYS = 90


def is_purged(collection: Collection) -> bool:
    """Return whether rows of a collection go by their age. What the map does not say so of is never purged."""
    return collection.retention is not None and collection.retention.kind is RetentionKind.PROCESSED


def general_days(collection: Collection, by_category: Mapping[str, int]) -> int:
    """Return the days of rows of nobody who has chosen others: by the tenant's word for the category, else the map."""
    retention = collection.retention
    if retention is None or retention.days is None:
        raise ValueError(f"{collection.dataset}:{collection.name} has no days: its rows are never purged")
    days = by_category.get(category_of(collection), retention.days)
    if not 1 <= days <= MOST_DAYS:
        raise ValueError(f"rows stay from 1 to {MOST_DAYS} days, not {days}")
    return days


def expiry_of(collection: Collection, work: Work, people: Sequence[Known], *, days: int, now: datetime) -> Expiry:
    """Return when rows of a collection are past, with everybody who matters to it. Raises KeyError as a walk does."""
    retention = collection.retention
    if retention is None or retention.time_field is None:
        raise ValueError(f"{collection.dataset}:{collection.name} has no time field: its rows are never purged")
    only = fixed_values(collection, work.parameters)
    visit = Visit(collection, data_map=work.data_map, graph=work.graph, identities={}, only=only)
    groups = owner_groups(collection, work.data_map, work.graph)
    mattering = [item for item in people if item.group.is_held or item.days_in(collection) not in (None, days)]
    chosen = [found for item in mattering if (found := item.days_in(collection)) is not None]
    keeping = [item for item in mattering if item.group.is_held or (item.days_in(collection) or 0) > days]
    return Expiry(
        now=now,
        days=days,
        time_field=retention.time_field,
        zone=retention.zone,
        only=only,
        personal=[item for known in mattering for item in _selections(known, visit)],
        keeps=[item for known in keeping for item in _selections(known, visit)],
        least=min([days, *chosen]),
        days_of=Days(visit, groups, mattering, general=days).of,
        fits=visit.fits,
        asks=frozenset(path for paths in groups for path in paths)
        | {path for known in mattering for paths in known.keys.of(collection.key).paths for path in paths},
    )


def _selections(known: Known, visit: Visit) -> Iterator[Selection]:
    found = known.keys.of(visit.collection.key)
    for keys in found.portions(_MOST_KEYS, None if known.group.is_held else Reach.OWN):
        yield selection(visit, keys)
