"""The views above the queue: those that everybody has, and those that the team saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dsar.models import SavedView, Status
from dsar.worklist.asking import Asker, Need, Risk, Who
from dsar.worklist.counting import Count, OpenCounts
from dsar.worklist.filters import CLOSED, Filters

BUILT_IN: tuple[tuple[str | Promise, Filters], ...] = (
    (_("All open"), Filters()),
    (_("Mine"), Filters(who=Who.ME)),
    (_("Nobody’s"), Filters(who=Who.NOBODY)),
    (_("At risk"), Filters(risk=Risk.SOON)),
    (_("To decide"), Filters(status=Status.AWAITING_REVIEW)),
    (_("To release"), Filters(status=Status.AWAITING_RELEASE)),
    (_("Store failed"), Filters(needs=Need.STORE)),
    (_("Waits for the person"), Filters(needs=Need.PERSON)),
    (_("Waits for a second person"), Filters(needs=Need.SECOND)),
    (pgettext_lazy("of many", "Closed"), Filters(status=CLOSED)),
)
#: Saved views that are shown; more would be no help.
MOST_VIEWS = 30


@dataclass(frozen=True, slots=True)
class View:
    """One view as it is shown; `saved` is its row, None for one that everybody has."""

    name: str | Promise
    filters: Filters
    address: str
    is_current: bool
    count: Count | None = None
    saved: SavedView | None = None


def saved_views(asker: Asker) -> list[SavedView]:
    """Return one's own views and those that others share, by name."""
    seen = Q(owner=asker.account_id) | Q(is_shared=True)
    return list(SavedView.objects.filter(seen, tenant=asker.tenant)[:MOST_VIEWS])


def filters_of(saved: SavedView) -> Filters:
    """Return the filters that a view was saved with."""
    return Filters.read(dict(parse_qsl(saved.query)))


def counted(saved: Sequence[SavedView], current: Filters, asker: Asker) -> OpenCounts:
    """Return the counts of every view and of what is shown now, asked for together."""
    return OpenCounts(asker, [current, *(filters for _name, filters in BUILT_IN), *map(filters_of, saved)])


def views(saved: Sequence[SavedView], current: Filters, counts: OpenCounts) -> list[View]:
    """Return all views with how many open requests each shows; the register's are too many to be news."""
    named = [(name, filters, None) for name, filters in BUILT_IN]
    own = [(view.name, filters_of(view), view) for view in saved]
    return [
        View(
            name,
            filters,
            address(filters),
            is_current=filters == current,
            count=None if filters.is_closed or filters.reference else counts.count(filters),
            saved=view,
        )
        for name, filters, view in [*named, *own]
    ]


def address(filters: Filters, **more: str) -> str:
    """Return the address of the queue with these filters, and with what else is given."""
    values = {**filters.address(), **{name: value for name, value in more.items() if value}}
    return f"{reverse('dsar:queue')}{'?' if values else ''}{urlencode(values)}"
