"""What can be stopped: what a person switches on and off, and the uses that a tenant's data map bases on no consent."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from accounts.models import Tenant
from dsar.datamap.model import Collection, PrivacyDeclaration, System
from dsar.datamap.problems import DataMapError
from dsar.models import Purpose
from dsar.restrictions import EVERYTHING
from dsar.tenantmap import declared_map

logger = logging.getLogger(__name__)

#: On these bases a use goes on unless somebody objects (GDPR Article 21(1)); a contract or a law cannot be objected to.
_OBJECTIONABLE = ("Legitimate interests", "Public interest")
#: How a report of what was written names what is wrong with the whole data map, in the place of a store.
WHOLE_MAP = ""
#: As long as a column of dsar.models.Restriction.
_MOST_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Use:
    """A use that the data map declares: its `data_use`, and what the map calls it and its system."""

    key: str
    title: str
    system: str


def uses(tenant: Tenant) -> tuple[Use, ...]:
    """Return the uses that can be objected to, in the map's order. Raises DataMapError.

    Declared more than once, a use is one: whoever objects to it objects to all of it.
    """
    found: dict[str, Use] = {}
    for system in declared_map(tenant).systems:
        for item in filter(_can_be_objected_to, system.declarations):
            found.setdefault(item.data_use, _use(item, system))
    return tuple(found.values())


def uses_or_none(tenant: Tenant) -> tuple[Use, ...] | None:
    """Return the uses, None where the map cannot be read: what needs no map must still be had."""
    try:
        return uses(tenant)
    except DataMapError:
        logger.exception("no data map to tell the uses of data by")
        return None


def titles(tenant: Tenant) -> Mapping[str, str]:
    """Return everything that can be stopped, each with what the map calls it: "" of what is no use of the map."""
    found = {use.key: use.title for use in uses_or_none(tenant) or ()}
    return {EVERYTHING: "", **dict.fromkeys(Purpose.values, ""), **found}


def is_marked(collection: Collection, stopped: frozenset[str]) -> bool:
    """Return whether rows of a collection are marked while these purposes are stopped.

    What the map says without naming purposes stops every use there: it is for a stop of everything alone.
    """
    said = collection.restrict
    if said is None or collection.skip_processing:
        return False
    return EVERYTHING in stopped or not stopped.isdisjoint(said.purposes)


def _can_be_objected_to(item: PrivacyDeclaration) -> bool:
    return item.legal_basis in _OBJECTIONABLE and 0 < len(item.data_use) <= _MOST_CHARACTERS


def _use(item: PrivacyDeclaration, system: System) -> Use:
    return Use(item.data_use, (item.name or item.data_use)[:_MOST_CHARACTERS], system.name or system.key)
