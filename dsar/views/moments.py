"""Dates as people say them, in the current time zone and language."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _


def friendly(moment: datetime, *, now: datetime) -> str:
    """Return "today, 14:00", "Thursday, 14:00" within the coming week, else the date; `now` is aware."""
    local, today = timezone.localtime(moment), timezone.localtime(now).date()
    clock = date_format(local, "TIME_FORMAT")
    days = (local.date() - today).days
    names = {-1: _("yesterday, %(time)s"), 0: _("today, %(time)s"), 1: _("tomorrow, %(time)s")}
    if days in names:
        return names[days] % {"time": clock}
    if 1 < days < 7:
        return _("%(weekday)s, %(time)s") % {"weekday": date_format(local, "l"), "time": clock}
    pattern = "MONTH_DAY_FORMAT" if local.year == today.year else "DATE_FORMAT"
    return _("%(date)s, %(time)s") % {"date": date_format(local, pattern), "time": clock}


def exactly(moment: datetime) -> str:
    """Return weekday, date, time and zone in full."""
    local = timezone.localtime(moment)
    return _exactly(local, str(local.tzinfo), get_language())


@lru_cache(maxsize=1024)
def _exactly(local: datetime, _zone: str, _language: str | None) -> str:
    """A page of fifty requests says each moment three times. Moments of two zones are equal, their texts are not."""
    return _("%(weekday)s, %(date)s, %(time)s %(zone)s") % {
        "weekday": date_format(local, "l"),
        "date": date_format(local, "DATE_FORMAT"),
        "time": date_format(local, "TIME_FORMAT"),
        "zone": date_format(local, "T"),
    }


def in_words(moment: datetime, *, now: datetime) -> str:
    """Return how long until (or since) a moment, in its largest two units: "1 d 4 h", "35 min"."""
    minutes = abs(int((moment - now).total_seconds())) // 60
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        return _("%(days)d d %(hours)d h") % {"days": days, "hours": hours}
    if hours:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest}
    return _("%(minutes)d min") % {"minutes": rest}
