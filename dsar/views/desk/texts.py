"""Texts to begin a message with: a few that are built in, and the tenant's own."""

from __future__ import annotations

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Tenant
from dsar.models import MessageTemplate

#: By key: what the team calls it, and what the person reads, in the person's language.
BUILT_IN: dict[str, tuple[str | Promise, str | Promise]] = {
    "which": (
        _("Which data is meant"),
        _(
            "Hello,\n\nthank you for your request. To answer it well we need to know which data you mean: for example "
            "a product, a time, or a place where you saw it.\n\nYour privacy team"
        ),
    ),
    "identity": (
        _("Make sure who asks"),
        _(
            "Hello,\n\nwe are not sure yet that this request is yours, and we do not want to hand your data to anybody "
            "else. Please tell us something that only you can know about your account, such as when you opened it. "
            "Send no passwords and no identity card unless we ask for it.\n\nYour privacy team"
        ),
    ),
    "paper": (
        _("Ask for a paper"),
        _(
            "Hello,\n\nplease send us a document that shows what you wrote, as a PDF or a photograph. Cover whatever "
            "we do not need. It is kept encrypted and deleted when your request is closed.\n\nYour privacy team"
        ),
    ),
    "received": (
        _("Thank you, received"),
        _("Hello,\n\nthank you, we have what you sent and go on with your request.\n\nYour privacy team"),
    ),
    "elsewhere": (
        _("Somebody else holds it"),
        _(
            "Hello,\n\nthe data that you ask for belongs to the organisation that uses our service; we only keep it "
            "for them. We have passed your request on, and they will answer you.\n\nYour privacy team"
        ),
    ),
}


def text_choices(tenant: Tenant) -> list[tuple[str, str | Promise]]:
    """Return the names of all texts by their keys: the tenant's own first."""
    own = MessageTemplate.objects.filter(tenant=tenant).values_list("pk", "name")
    return [*((f"own-{key}", name) for key, name in own), *((key, name) for key, (name, _) in BUILT_IN.items())]


def text_of(tenant: Tenant, key: str, *, language: str) -> str:
    """Return the text of a key, "" for one that is unknown: it may have been deleted meanwhile."""
    if key in BUILT_IN:
        with translation.override(language):
            return str(BUILT_IN[key][1])
    number = key.removeprefix("own-")
    found = MessageTemplate.objects.filter(tenant=tenant, pk=int(number)).first() if number.isdecimal() else None
    return found.text if found else ""
