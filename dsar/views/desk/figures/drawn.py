"""The charts of the dashboard, with the words that a pointer or a screen reader finds."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import formats
from django.utils.translation import gettext as _

from dsar.figures import HALF, MOST, Figure
from dsar.figures.charts import Chart, line, ranges, side_by_side
from dsar.figures.periods import Slot, Unit
from dsar.views.desk.figures import words
from dsar.views.desk.figures.board import Board
from dsar.wording import labelled

_PROMISE_HOURS = 48


def _said(board: Board, texts: Sequence[str]) -> list[str]:
    """Return what is told of each slot, its name before it."""
    unit: Unit = board.period.unit
    slots: Sequence[Slot] = board.period.slots
    return [labelled(words.slot_in_full(slot, unit), text) for slot, text in zip(slots, texts, strict=True)]


def volume(board: Board) -> Chart:
    texts = _said(board, [words.received_and_closed(figure.received, figure.closed) for figure in board.slots])
    series = [
        ("received", [figure.received for figure in board.slots]),
        ("closed", [figure.closed for figure in board.slots]),
    ]
    text = _("Chart: %(figures)s in all. The table has every number.") % {
        "figures": words.received_and_closed(board.total.received, board.total.closed)
    }
    return side_by_side(series, texts=texts, text=text)


def backlog(board: Board) -> Chart:
    ends = board.open_at_end
    texts = _said(board, [_("%(count)s open") % {"count": formats.number_format(count)} for count in ends])
    text = _("Chart: open requests went from %(first)s to %(last)s. The table has every number.") % {
        "first": formats.number_format(ends[0]),
        "last": formats.number_format(ends[-1]),
    }
    return line(ends, texts=texts, text=text)


def speed(board: Board) -> Chart:
    spans = [_span(figure) for figure in board.slots]
    texts = _said(board, [_took(figure) for figure in board.slots])
    text = _("Chart: %(times)s. The table has every number.") % {"times": _took(board.total)}
    return ranges(spans, texts=texts, text=text, rule=_PROMISE_HOURS)


def _span(figure: Figure) -> tuple[float, float] | None:
    half, most = figure.within(HALF), figure.within(MOST)
    return None if half is None or most is None else (half, most)


def _took(figure: Figure) -> str:
    if not figure.answered:
        return _("nothing was answered")
    return _("half closed within %(half)s, 95 %% within %(most)s") % {
        "half": words.within(figure, HALF),
        "most": words.within(figure, MOST),
    }


def of_type(board: Board, kind: str) -> Chart:
    """Return the small chart of what was received of one type; of all types the highest bar is as high."""
    slots = board.types[kind]
    most = max((figure.received for own in board.types.values() for figure in own), default=0)
    received = [figure.received for figure in slots]
    texts = _said(board, [formats.number_format(count) for count in received])
    return side_by_side([("received", received)], texts=texts, text="", most=most)
