"""Texts that a tenant's team writes often."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from accounts.audit import record
from accounts.models import Tenant, User
from dsar.actions.conversation.writing import MOST_CHARACTERS, MessageError
from dsar.models import MessageTemplate

MOST_TEMPLATES = 50


def save_template(
    tenant: Tenant, *, name: str, text: str, by: User, now: datetime, template: MessageTemplate | None = None
) -> MessageTemplate:
    """Write a template, or write one anew. Raises MessageError."""
    name, text = name.strip(), text.strip()
    if not name or not text or len(text) > MOST_CHARACTERS:
        raise MessageError(gettext("A template needs a name and a text."))
    with transaction.atomic():
        ours = list(MessageTemplate.objects.select_for_update().filter(tenant=tenant))
        others = [item for item in ours if template is None or item.pk != template.pk]
        if any(item.name == name for item in others):
            raise MessageError(gettext("There is a template of this name."))
        if len(others) >= MOST_TEMPLATES:
            raise MessageError(
                gettext("%(n)s templates are enough: delete one that nobody uses.") % {"n": MOST_TEMPLATES}
            )
        saved = template or MessageTemplate(tenant=tenant)
        saved.name, saved.text = name, text
        saved.save()
        record(tenant=tenant, verb="template.saved", by=by, at=now, target=saved)
    return saved


def delete_template(template: MessageTemplate, *, by: User, now: datetime) -> None:
    """Delete a template; messages that were written from it stay."""
    with transaction.atomic():
        record(tenant=template.tenant, verb="template.deleted", by=by, at=now, target=template)
        template.delete()
