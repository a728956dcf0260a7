"""Views of the queue that the team saves. They hold filters, nothing of a person: no event tells of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Tenant, User
from dsar import queries
from dsar.models import SavedView

#: Of one person; more would be no help.
MOST_OWN = 20


class ViewError(Exception):
    """The view cannot be saved like this; the message says why."""


def save_view(
    *, tenant: Tenant, owner: User, name: str, query: Mapping[str, str], is_shared: bool, now: datetime
) -> SavedView:
    """Save filters under a name of one's own. Raises ViewError."""
    if not query:
        raise ViewError(_("Choose at least one filter."))
    if SavedView.objects.filter(tenant=tenant, owner=owner).count() >= MOST_OWN:
        raise ViewError(_("You have as many views as can be kept. Delete one that you do not need."))
    values = {"name": name, "query": urlencode(query), "is_shared": is_shared, "created_at": now}
    try:
        with transaction.atomic():
            return SavedView.objects.create(tenant=tenant, owner=owner, **values)
    except IntegrityError as error:
        raise ViewError(_("You have a view of this name.")) from error


def delete_view(view: SavedView, *, by: User) -> bool:
    """Delete one's own view, or a shared one of somebody who left the team; return whether it was."""
    if view.owner_id != by.pk and (not view.is_shared or _works_here(view)):
        return False
    view.delete()
    return True


def _works_here(view: SavedView) -> bool:
    return queries.reviewers(view.tenant).filter(pk=view.owner_id).exists()
