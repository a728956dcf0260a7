"""A person's bundle looked into in the browser: its categories, the entries of one, and one entry whole."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from urllib.parse import urlencode

import orjson
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from accounts.reauth import proof_required
from dsar.actions.delivery.fetching import AddressJustChangedError, BundleGoneError
from dsar.actions.delivery.previewing import SealedError, TooLargeError, preview
from dsar.bundle import previewing
from dsar.bundle.previewing import Ask, Column, Entry, Shelf
from dsar.forms.preview import PreviewForm
from dsar.models import SubjectRequest
from dsar.views.common import own_request, signed_in
from dsar.views.delivery import gone, not_yet
from dsar.views.methods import answers

#: Seconds for which a proof lets somebody look around: reading takes longer than a click on "Download".
LOOKING_AROUND = 30 * 60
PAGE_ROWS = 50
_MOST_CHARACTERS = 120
#: Columns of the table: an entry opened by itself shows all of them.
_MOST_COLUMNS = 8

Show = Callable[[zipfile.ZipFile, SubjectRequest], HttpResponse]


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of the table: the address that sorts by it, and whether the table is sorted so now."""

    name: str
    address: str
    sorted: str  # ascending, descending or none, as aria-sort has it


@answers("GET", "HEAD")
@proof_required(within=LOOKING_AROUND)
def shelves(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what the bundle holds, by category."""

    def show(archive: zipfile.ZipFile, subject_request: SubjectRequest) -> HttpResponse:
        context = {"subject_request": subject_request, "topics": _by_topic(previewing.shelves(archive))}
        return render(request, "dsar/preview/shelves.html", {**context, "section": "requests"})

    return _opened(request, reference, show)


@answers("GET", "HEAD")
@proof_required(within=LOOKING_AROUND)
def rows(request: HttpRequest, reference: str, dataset: str, collection: str) -> HttpResponse:
    """Show the entries of a collection: searched, sorted, page by page."""

    def show(archive: zipfile.ZipFile, subject_request: SubjectRequest) -> HttpResponse:
        shelf = _shelf(archive, dataset, collection)
        form = PreviewForm(request.GET, columns=[column.name for column in shelf.columns])
        asked = form.cleaned_data if form.is_valid() else {}
        ask = Ask(asked.get("q", ""), asked.get("within", ""), asked.get("sort", ""), bool(asked.get("down")))
        page = asked.get("page") or 1
        found = list(islice(previewing.entries(archive, shelf, ask), (page - 1) * PAGE_ROWS, page * PAGE_ROWS + 1))
        context = {
            "subject_request": subject_request,
            "shelf": shelf,
            "form": form,
            "head": _headings(request, shelf, ask),
            "rows": [_cells(entry, shelf.columns[:_MOST_COLUMNS]) for entry in found[:PAGE_ROWS]],
            "left_out": max(0, len(shelf.columns) - _MOST_COLUMNS),
            "later": _address(request, page=page + 1) if len(found) > PAGE_ROWS else "",
            "earlier": _address(request, page=0) if page > 1 else "",
            "is_filtered": bool(ask.text),
            "section": "requests",
        }
        return render(request, "dsar/preview/rows.html", context)

    return _opened(request, reference, show, dataset=dataset, collection=collection)


@answers("GET", "HEAD")
@proof_required(within=LOOKING_AROUND)
def entry(request: HttpRequest, reference: str, dataset: str, collection: str, number: int) -> HttpResponse:
    """Show one entry with all of its values, whole."""

    def show(archive: zipfile.ZipFile, subject_request: SubjectRequest) -> HttpResponse:
        shelf = _shelf(archive, dataset, collection)
        found = previewing.entry(archive, shelf, number)
        if found is None:
            raise Http404
        values = [(column.name, _whole(found.values.get(column.name), column)) for column in shelf.columns]
        context = {"subject_request": subject_request, "shelf": shelf, "number": number, "values": values}
        later = number + 1 if number < shelf.rows else 0
        return render(request, "dsar/preview/entry.html", {**context, "later": later, "section": "requests"})

    return _opened(request, reference, show, dataset=dataset, collection=collection)


def _opened(request: HttpRequest, reference: str, show: Show, **part: str) -> HttpResponse:
    """Answer by what `show` makes of the bundle, or say why it cannot be looked into."""
    subject_request = own_request(request, reference)
    try:
        with preview(subject_request, account=signed_in(request), now=timezone.now(), **part) as archive:
            return show(archive, subject_request)
    except AddressJustChangedError as error:
        return not_yet(request, subject_request, error.until)
    except BundleGoneError as error:
        if error.expired_at is None:
            raise Http404 from error
        return gone(request, subject_request, error.expired_at)
    except (SealedError, TooLargeError) as error:
        context = {"subject_request": subject_request, "is_sealed": isinstance(error, SealedError)}
        return render(request, "dsar/preview/not_here.html", {**context, "section": "requests"}, status=409)


def _shelf(archive: zipfile.ZipFile, dataset: str, collection: str) -> Shelf:
    """Return the shelf of a collection. Raises Http404."""
    for shelf in previewing.shelves(archive):
        if (shelf.dataset, shelf.collection) == (dataset, collection):
            return shelf
    raise Http404


def _by_topic(found: Iterable[Shelf]) -> list[tuple[str, list[Shelf]]]:
    topics: dict[str, list[Shelf]] = {}
    for shelf in found:
        topics.setdefault(shelf.topic or shelf.dataset, []).append(shelf)
    return list(topics.items())


def _headings(request: HttpRequest, shelf: Shelf, ask: Ask) -> list[Heading]:
    return [_heading(request, column.name, ask) for column in shelf.columns[:_MOST_COLUMNS]]


def _heading(request: HttpRequest, name: str, ask: Ask) -> Heading:
    is_sorted = ask.sort == name
    direction = ("descending" if ask.is_down else "ascending") if is_sorted else "none"
    turned = "on" if is_sorted and not ask.is_down else ""
    return Heading(name, _address(request, page=0, sort=name, down=turned), direction)


def _address(request: HttpRequest, **changed: str | int) -> str:
    kept = {name: value for name in ("q", "within", "sort", "down") if (value := request.GET.get(name))}
    asked: Mapping[str, str | int] = {**kept, **changed}
    return f"?{urlencode({name: value for name, value in asked.items() if value})}"


def _cells(found: Entry, columns: Sequence[Column]) -> tuple[int, list[str]]:
    return found.number, [_clipped(_whole(found.values.get(column.name), column)) for column in columns]


def _clipped(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"


def _whole(value: Any, column: Column) -> str:
    """Return a value as people read it: moments in the page's zone, nested values as JSON."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, str):
        return _moment(value) if column.type == "datetime" else value
    return str(value) if isinstance(value, int | float) else orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return str(formats.date_format(timezone.localtime(moment) if moment.tzinfo else moment, "DATETIME_FORMAT"))
