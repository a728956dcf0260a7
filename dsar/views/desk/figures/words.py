"""Figures as people read them."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dsar.figures import Figure
from dsar.figures.periods import Slot, Unit
from dsar.views.spans import NOTHING, span_of_hours
from dsar.wording import short_day, short_month


def within(figure: Figure, share: Fraction) -> str:
    return span_of_hours(figure.within(share))


def percent(share: float | None) -> str:
    """Return a share in whole percent, rounded down: 100 % is all, and nothing else."""
    if share is None:
        return NOTHING
    return _("%(number)s %%") % {"number": formats.number_format(int(share * 100 + 1e-9))}


def seconds(value: float | None) -> str:
    if value is None:
        return NOTHING
    return _("%(number)s s") % {"number": formats.number_format(value, 1 if value < 100 else 0)}


def slot_name(slot: Slot, unit: Unit) -> str:
    """Return what a slot is called in a table: a day, the Monday of a week, a month."""
    if unit is Unit.MONTH:
        return short_month(slot.first)
    return short_day(slot.first, weekday=unit is not Unit.WEEK)


def slot_in_full(slot: Slot, unit: Unit) -> str:
    day = formats.date_format(slot.first, "DATE_FORMAT")
    if unit is Unit.MONTH:
        return formats.date_format(slot.first, "YEAR_MONTH_FORMAT")
    return _("Week of %(day)s") % {"day": day} if unit is Unit.WEEK else day


def received_and_closed(received: int, closed: int) -> str:
    return _("Received: %(received)s, closed: %(closed)s") % {
        "received": formats.number_format(received, force_grouping=True),
        "closed": formats.number_format(closed, force_grouping=True),
    }


def about_when(today: date, days: int) -> str:
    """Return on which day something is that is so many days away."""
    day = today + timedelta(days=days)
    if day.year != today.year:
        return formats.date_format(day, "DATE_FORMAT")
    return _("%(weekday)s, %(date)s") % {
        "weekday": formats.date_format(day, "l"),
        "date": formats.date_format(day, "MONTH_DAY_FORMAT"),
    }


def in_a_day(value: float) -> str:
    return formats.number_format(value, 1)


def people(count: int) -> str:
    return ngettext("%(n)d person", "%(n)d people", count) % {"n": count}


def days(value: float) -> str:
    return formats.number_format(value, 1)
