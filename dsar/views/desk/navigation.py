"""The pages of the desk that are not about one request, and who is shown the way to which."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.permissions import Permission


@dataclass(frozen=True, slots=True)
class Entry:
    """`view` is the address's name and `section` what a page under it calls itself in its context."""

    section: str
    view: str
    icon: str
    title: Promise
    permission: Permission


ENTRIES = (
    Entry("queue", "dsar:queue", "list-details", _("Queue"), Permission.SEE_QUEUE),
    Entry("dashboard", "dsar:dashboard", "chart-bar", _("Dashboard"), Permission.SEE_QUEUE),
    Entry("holds", "dsar:holds", "lock", _("Legal holds"), Permission.SEE_QUEUE),
    Entry("purges", "dsar:purges", "trash", _("Purges"), Permission.SEE_QUEUE),
    Entry("datamap", "dsar:datamap", "database", _("Data map"), Permission.SEE_QUEUE),
    Entry("record", "dsar:record", "report", _("Record of processing"), Permission.SEE_QUEUE),
    Entry("audit", "dsar:audit", "fingerprint", _("Audit trail"), Permission.SEE_AUDIT),
    Entry("team", "dsar:team", "users", _("Team"), Permission.MANAGE_TEAM),
    Entry("settings", "dsar:settings", "settings", _("Settings"), Permission.MANAGE_SETTINGS),
)


def entries(permissions: Collection[Permission]) -> list[Entry]:
    """Return the entries that somebody with these permissions may open, in order."""
    return [entry for entry in ENTRIES if entry.permission in permissions]
