"""The tables of the dashboard: the same rows stand on the page and in the files.

A cell is (what a person reads, what a spreadsheet computes with).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import User
from dsar.figures import HALF, MOST, Figure, total
from dsar.models import SubjectRequest
from dsar.views.desk.figures import words
from dsar.views.desk.figures.board import LOAD_DAYS, Board
from dsar.views.offers import TEAM_NAMES
from dsar.views.spans import NOTHING, span_of_hours
from dsar.wording import short_day

#: Of fewer people than these, each could tell what the others did from what is told of all.
LEAST_PEOPLE = 4
MOST_IN_A_FILE = 10_000
Raw = str | int | float | None


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    raw: Raw
    is_number: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """`head` in words; `columns` are the same as a file names them. The first cell of a row says what it is of."""

    name: str
    title: str
    head: Sequence[tuple[str, bool]]
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def count(value: int) -> Cell:
    return Cell(formats.number_format(value, force_grouping=True), value)


def label(text: str, raw: Raw = None) -> Cell:
    return Cell(text, text if raw is None else raw, is_number=False)


def share(figure: Figure) -> Cell:
    value = figure.share_in_time
    return Cell(words.percent(value), None if value is None else round(value, 4))


def times(figure: Figure) -> list[Cell]:
    """Return the answered, the share within the promise, and within how many hours half and most were closed."""
    half, most = figure.within(HALF), figure.within(MOST)
    return [
        count(figure.answered),
        share(figure),
        Cell(span_of_hours(half), half),
        Cell(span_of_hours(most), most),
    ]


def table(name: str, title: str, head: Sequence[tuple[str, str]], rows: Sequence[Sequence[Cell]]) -> Table:
    """Return a table of (words, name in a file) and rows."""
    heads = [(said, number > 0) for number, (said, _column) in enumerate(head)]
    return Table(name, title, heads, [column for _said, column in head], rows)


def _times_head() -> list[tuple[str, str]]:
    return [
        (pgettext("of many", "Answered"), "answered"),
        (_("Within 48 h"), "share_within_promise"),
        (_("Half within"), "half_within_hours"),
        (_("95 % within"), "p95_within_hours"),
    ]


def volume(board: Board) -> Table:
    """What came and went in each slot, and what was left."""
    unit = board.period.unit
    head = [
        (pgettext("column of days", "From"), "from"),
        (pgettext("of many", "Received"), "received"),
        (pgettext("of many", "Closed"), "closed"),
        (_("Open at the end"), "open_at_end"),
    ]
    rows = [
        [
            label(words.slot_name(slot, unit), slot.first.isoformat()),
            count(figure.received),
            count(figure.closed),
            count(left),
        ]
        for slot, figure, left in zip(board.period.slots, board.slots, board.open_at_end, strict=True)
    ]
    return table("volume", _("Received and closed"), head, rows)


def speed(board: Board) -> Table:
    """How long it took to close what was answered in each slot."""
    unit = board.period.unit
    rows = [
        [label(words.slot_name(slot, unit), slot.first.isoformat()), *times(figure)]
        for slot, figure in zip(board.period.slots, board.slots, strict=True)
    ]
    return table("speed", _("Time to close"), [(pgettext("column of days", "From"), "from"), *_times_head()], rows)


def types(board: Board) -> Table:
    """The same by type, over the whole period."""
    head = [
        (_("Type"), "type"),
        (pgettext("of many", "Received"), "received"),
        (pgettext("of many", "Closed"), "closed"),
        *_times_head(),
        (_("Open now"), "open_now"),
    ]
    rows = []
    for kind, slots in board.types.items():
        summed = total(slots)
        own = [label(str(TEAM_NAMES[kind]), kind), count(summed.received), count(summed.closed)]
        rows.append([*own, *times(summed), count(board.open_of(kind))])
    return table("types", _("By type"), head, rows)


def ages(board: Board) -> Table:
    """How old the open requests are, and whether they wait for us."""
    names = [
        (_("Under 12 h"), "0-12 h"),
        (_("12 to 24 h"), "12-24 h"),
        (_("24 to 48 h"), "24-48 h"),
        (_("2 to 7 days"), "48-168 h"),
        (_("Over a week"), "168 h-"),
    ]
    head = [(_("Age"), "age"), (_("With us"), "with_us"), (_("Waiting for the person"), "waiting_for_person")]
    rows = []
    for number, (said, raw) in enumerate(names):
        own = [item for item in board.standing if item.bracket == number]
        theirs = sum(item.count for item in own if item.waits_for_person)
        rows.append([label(said, raw), count(sum(item.count for item in own) - theirs), count(theirs)])
    return table("ages", _("Age of what is open"), head, rows)


def stores(board: Board) -> Table:
    """How each store fares."""
    head = [
        (_("Store"), "store"),
        (_("Requests waiting for it"), "requests_waiting"),
        (_("Steps done"), "done"),
        (pgettext("of many", "Failed"), "failed"),
        (pgettext("of many", "Tried again"), "tried_again"),
        (_("Time a step"), "mean_seconds"),
        (_("The longest"), "longest_seconds"),
        (_("Rows"), "rows"),
        (_("Last success"), "last_success"),
    ]
    rows = []
    for row in board.stores:
        figure = row.figure
        mean, slowest = figure.mean_seconds, figure.slowest / 1000 if figure.done else None
        at = figure.last_done_at
        last = Cell(_day_and_time(at), at.isoformat()) if at else Cell(NOTHING, None)
        rows.append(
            [
                label(row.name),
                count(row.failing),
                count(figure.done),
                count(figure.failed),
                count(figure.tried_again),
                Cell(words.seconds(mean), None if mean is None else round(mean, 3)),
                Cell(words.seconds(slowest), slowest),
                count(figure.rows),
                last,
            ]
        )
    return table("stores", _("Stores"), head, rows)


def _day_and_time(at: datetime) -> str:
    local = timezone.localtime(at)
    return _("%(date)s, %(time)s") % {
        "date": short_day(local.date()),
        "time": formats.date_format(local, "TIME_FORMAT"),
    }


def load(board: Board, viewer: User) -> Table:
    """How much there is for each of the team: of all together, of the reader alone, of nobody else by name."""
    taken = sorted(board.decisions.values())
    with_us = board.open_now - board.waiting_for_people
    rows = [
        [label(_("People who may decide"), "deciders"), count(board.deciders)],
        [label(_("Open and with us, for each of them"), "open_each"), _average(with_us, board.deciders)],
        [label(_("Decisions in the last %(days)d days") % {"days": LOAD_DAYS}, "decisions"), count(sum(taken))],
        [label(_("For each of them"), "decisions_each"), _average(sum(taken), board.deciders)],
    ]
    if len(taken) >= LEAST_PEOPLE:
        rows.append([label(_("The least and the most by one person"), "spread"), _spread(taken)])
    if viewer.pk in board.decisions:
        rows.append([label(_("By you: only you see this"), "yours"), count(board.decisions[viewer.pk])])
    return table("load", _("The team's load"), [(_("What"), "what"), (_("How much"), "how_much")], rows)


def _average(value: int, among: int) -> Cell:
    return Cell(formats.number_format(value / among, 1), round(value / among, 1)) if among else Cell(NOTHING, None)


def _spread(taken: Sequence[int]) -> Cell:
    said = _("%(least)d to %(most)d") % {"least": taken[0], "most": taken[-1]}
    return Cell(said, f"{taken[0]} to {taken[-1]}")


TABLES: Mapping[str, Callable[[Board], Table]] = {
    "volume": volume,
    "types": types,
    "ages": ages,
    "speed": speed,
    "stores": stores,
}


def risks(found: QuerySet[SubjectRequest]) -> Table:
    """What breaks the promise soon, for a file: references, and nothing of whoever asked."""
    head = [
        (_("Request"), "reference"),
        (_("Type"), "type"),
        (_("Status"), "status"),
        (_("Received"), "received_at"),
        (_("Due"), "due_at"),
    ]
    columns = found.values_list("reference", "type", "status", "received_at", "due_at")[:MOST_IN_A_FILE]
    rows = [
        [label(reference), label(kind), label(status), label(received.isoformat()), label(due.isoformat())]
        for reference, kind, status, received, due in columns
    ]
    return table("risks", _("At risk"), head, rows)
