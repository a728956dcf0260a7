"""Dates as people say them, in the current time zone and language."""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from functools import lru_cache

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

_NEAR = {
    -1: gettext_noop("yesterday, %(time)s"),
    0: gettext_noop("today, %(time)s"),
    1: gettext_noop("tomorrow, %(time)s"),
}


def friendly(moment: datetime, *, now: datetime) -> str:
    """Return "today, 14:00", "Thursday, 14:00" within the coming week, else the date; `now` is aware."""
    return _friendly(moment, timezone.localtime(now).date(), timezone.get_current_timezone(), get_language())


def exactly(moment: datetime) -> str:
    """Return weekday, date, time and zone in full."""
    return _exactly(moment, timezone.get_current_timezone(), get_language())


# A page of fifty requests says each moment three times, and is asked for again every ten seconds. Moments of two zones
# are equal, their texts are not.
@lru_cache(maxsize=2048)
def _friendly(moment: datetime, today: date, zone: tzinfo, _language: str | None) -> str:
    local = timezone.localtime(moment, zone)
    clock = date_format(local, "TIME_FORMAT")
    days = (local.date() - today).days
    if days in _NEAR:
        return _(_NEAR[days]) % {"time": clock}
    if 1 < days < 7:
        return _("%(weekday)s, %(time)s") % {"weekday": date_format(local, "l"), "time": clock}
    pattern = "MONTH_DAY_FORMAT" if local.year == today.year else "DATE_FORMAT"
    return _("%(date)s, %(time)s") % {"date": date_format(local, pattern), "time": clock}


@lru_cache(maxsize=2048)
def _exactly(moment: datetime, zone: tzinfo, _language: str | None) -> str:
    local = timezone.localtime(moment, zone)
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
