"""Spans of time as the public page and the dashboard tell them."""

from __future__ import annotations

from django.utils.translation import gettext as _

NOTHING = "–"


def span_of_hours(hours: int | None) -> str:
    """Return "9 h" or "2 d 3 h"; a dash for None."""
    if hours is None:
        return NOTHING
    days, rest = divmod(hours, 24)
    if days and not rest:
        return _("%(days)d d") % {"days": days}
    if days:
        return _("%(days)d d %(hours)d h") % {"days": days, "hours": rest}
    return _("%(hours)d h") % {"hours": hours}
