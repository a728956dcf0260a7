"""The page on which a person asks for a part of their data. Nobody has to see it: the way of the form goes past it."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Tenant
from dsar.actions.narrowing import NARROWED_TYPES, Chapter, chapters
from dsar.bundle.part import Part, read_part
from dsar.datamap.problems import DataMapError
from dsar.forms.narrowing import NarrowForm
from dsar.stores.base import StoreConfigError
from dsar.views import drafts
from dsar.views.common import posted, tenant_of
from dsar.views.drafts import Draft
from dsar.views.intake import show
from dsar.views.methods import answers
from dsar.views.stops import Option

#: Titles of what is in a chapter.
_MOST_TITLES = 4

logger = logging.getLogger(__name__)


@answers("GET", "HEAD", "POST")
def narrow(request: HttpRequest) -> HttpResponse:
    """GET shows what can be left out; POST keeps what was chosen and goes back to the answers."""
    draft, tenant = drafts.load(request), tenant_of(request)
    if draft.type not in NARROWED_TYPES:
        return redirect("dsar:start")
    found = _chapters(tenant)
    part = part_of(draft, tenant)
    names = [chapter.name for chapter in found or ()]
    shown = {"topics": part.topics, "first_day": part.first_day, "last_day": part.last_day}
    form = NarrowForm(posted(request), offered=names, initial=shown)
    if form.is_valid():
        draft.narrow = _kept(form, names, tenant)
        drafts.keep(request, draft)
        return redirect("dsar:check")
    options = [Option(chapter.name, chapter.name, _holds(chapter)) for chapter in found or ()]
    context = {"groups": [(_("Which data?"), options)] if options else [], "is_map_away": found is None}
    return show(request, "narrow", form, draft, chosen=form["topics"].value() or (), **context)


def part_of(draft: Draft, tenant: Tenant) -> Part:
    """Return what a draft asks for, in the days of the tenant's time zone; everything, of what is no copy."""
    return read_part(draft.narrow if draft.type in NARROWED_TYPES else {}, zone=tenant.time_zone)


def _kept(form: NarrowForm, names: list[str], tenant: Tenant) -> dict[str, object]:
    data = form.cleaned_data
    # Who ticks all asks for all, what will be held under another name by then as well.
    topics = () if len(data["topics"]) == len(names) else tuple(data["topics"])
    part = Part(topics, data["first_day"], data["last_day"], tenant.time_zone)
    return {} if part.is_whole else part.document()


def _holds(chapter: Chapter) -> str:
    """Return what is in a chapter, as much of it as is read at a glance."""
    told, more = ", ".join(chapter.holds[:_MOST_TITLES]), len(chapter.holds) - _MOST_TITLES
    if more <= 0:
        return told
    return ngettext("%(titles)s and %(count)s more", "%(titles)s and %(count)s more", more) % {
        "titles": told,
        "count": more,
    }


def _chapters(tenant: Tenant) -> list[Chapter] | None:
    """Return what can be chosen; None while the data map cannot be read, which takes nobody the right to ask."""
    try:
        return chapters(tenant)
    except (DataMapError, StoreConfigError):
        logger.exception("no data map to choose from")
        return None
