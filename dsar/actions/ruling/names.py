"""Which settings there are, how each is read, and how it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts import languages
from accounts.models import Tenant
from accounts.models.tenant import known_languages
from dsar import queries
from dsar.models import Gate, Logo, Look, Policy, RequestType, TextName
from dsar.models.colours import checked

#: Policy's columns that are settings of their own; `gates` is one setting a type.
RULES = (
    *("undo_hours", "lifting_days", "bundle_days", "regimes", "publishes_figures"),
    *("two_for_erasure", "two_from_rows", "two_from_collections", "two_for_refusal", "two_for_exception"),
)
#: Where a reviewer may stand, by type. All other types are always reviewed before anything is done.
GATES: Mapping[RequestType, tuple[Gate, ...]] = {
    RequestType.ACCESS: (Gate.NONE, Gate.BEFORE_FULFILMENT, Gate.BEFORE_RELEASE),
    RequestType.PORTABILITY: (Gate.NONE, Gate.BEFORE_FULFILMENT, Gate.BEFORE_RELEASE),
}
MOST_TEXT = 600  # characters of one text


@dataclass
class Held:
    """What a tenant's settings are kept in; unsaved where nothing was ever set."""

    tenant: Tenant
    policy: Policy
    look: Look

    def save(self) -> None:
        """Write all of it down. Raises ValidationError for what is out of bounds."""
        self.policy.full_clean(validate_unique=False, validate_constraints=False)
        self.policy.save()
        self.look.save()
        self.tenant.save(update_fields=["languages"])


def held(tenant: Tenant) -> Held:
    """Return where a tenant's settings are now, read anew."""
    fresh = Tenant.objects.get(pk=tenant.pk)
    return Held(fresh, queries.policy(fresh), queries.look(fresh))


def names() -> list[str]:
    """Return every setting's name."""
    texts = [f"text.{name}.{language}" for name in TextName.values for language, _label in settings.LANGUAGES]
    return [*RULES, *(f"gate.{kind}" for kind in GATES), *texts, "languages", "accent", "logo"]


def read(kept: Held) -> dict[str, Any]:
    """Return every setting as a plain value, by its name."""
    values: dict[str, Any] = {name: getattr(kept.policy, name) for name in RULES}
    values |= {f"gate.{kind}": str(kept.policy.gate(kind)) for kind in GATES}
    for name in TextName.values:
        for language, _label in settings.LANGUAGES:
            values[f"text.{name}.{language}"] = kept.look.texts.get(name, {}).get(language, "")
    return {
        **values,
        "languages": languages.offered(kept.tenant),
        "accent": kept.look.accent,
        "logo": kept.look.logo_id,
    }


def write(kept: Held, name: str, value: Any) -> None:
    """Put a value in its place, unsaved. Raises ValidationError, with the name as the field."""
    try:
        _write(kept, name, value)
    except ValidationError as error:
        raise ValidationError({name: error}) from error


def _write(kept: Held, name: str, value: Any) -> None:
    kind, _dot, rest = name.partition(".")
    if name in RULES:
        setattr(kept.policy, name, value)
    elif kind == "gate":
        kept.policy.gates = {**kept.policy.gates, rest: _gate(rest, value)}
    elif kind == "text":
        _write_text(kept.look, rest, value)
    elif name == "languages":
        kept.tenant.languages = _languages(value)
    elif name == "accent":
        kept.look.accent = checked(str(value))
    elif name == "logo":
        kept.look.logo = _logo(kept.look.tenant, value)
    else:
        raise ValidationError(_("There is no such setting."))


def _gate(kind: str, value: str) -> str:
    if value not in GATES.get(RequestType(kind), ()):
        raise ValidationError(_("A reviewer cannot stand there for this type."))
    return value


def _languages(value: Any) -> list[str]:
    """Return what is kept of a choice: all of them is none in particular, so that a new one is offered, too."""
    known_languages(value)
    if not value:
        raise ValidationError(_("Choose one language at least."))
    return [] if set(value) == set(languages.known()) else [code for code in languages.known() if code in value]


def _write_text(look: Look, rest: str, value: str) -> None:
    name, _dot, language = rest.partition(".")
    if name not in TextName.values or language not in dict(settings.LANGUAGES):
        raise ValidationError(_("There is no such setting."))
    if len(value) > MOST_TEXT:
        raise ValidationError(_("Write %(most)s characters at most."), params={"most": MOST_TEXT})
    look.texts = {**look.texts, name: {**look.texts.get(name, {}), language: value.strip()}}


def _logo(tenant: Tenant, value: int | None) -> Logo | None:
    if value is None:
        return None
    found = Logo.objects.filter(tenant=tenant, pk=value).first()  # never another tenant's
    if found is None:
        raise ValidationError(_("This logo is not there any more."))
    return found
