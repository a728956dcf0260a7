"""Asking for a part of one's data: which parts there are, and whether what was asked for is one."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext

from accounts.models import Tenant
from dsar.bundle.part import Part
from dsar.bundle.topics import topic_of
from dsar.datamap.problems import DataMapError
from dsar.models import RequestType
from dsar.stores.base import StoreConfigError
from dsar.tenantmap import tenant_map

#: What is delivered as a copy can be a copy of a part.
NARROWED_TYPES = frozenset({RequestType.ACCESS, RequestType.PORTABILITY})


class PartError(Exception):
    """What was asked for is no part of the data; the message says why, for the person."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part that can be chosen, and the titles of what is in it."""

    name: str
    holds: tuple[str, ...]


def chapters(tenant: Tenant) -> list[Chapter]:
    """Return the chapters of the tenant's data map and of the portal's own, in their order.

    Raises DataMapError or StoreConfigError where the map cannot be read.
    """
    found: dict[str, list[str]] = {}
    for dataset in tenant_map(tenant).data_map.datasets:
        for item in dataset.collections:
            if not item.skip_processing:
                found.setdefault(topic_of(item, dataset), []).append(item.title or item.name)
    return [Chapter(name, tuple(dict.fromkeys(titles))) for name, titles in found.items()]


def check(part: Part, *, request_type: RequestType, tenant: Tenant) -> None:
    """Raise PartError unless the part can be asked for."""
    if part.is_whole:
        return
    if request_type not in NARROWED_TYPES:
        raise PartError(gettext("Only a copy or an export of your data can be of a part."))
    if part.first_day and part.last_day and part.first_day > part.last_day:
        raise PartError(gettext("The first day comes after the last one."))
    if part.topics and not set(part.topics) <= _names(tenant):
        raise PartError(gettext("What we hold is described anew since: choose again which data you want."))


def _names(tenant: Tenant) -> set[str]:
    try:
        return {chapter.name for chapter in chapters(tenant)}
    except (DataMapError, StoreConfigError) as error:
        raise PartError(
            gettext("Your data cannot be listed just now. Ask for all of it, or try again later.")
        ) from error
