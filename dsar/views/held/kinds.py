"""The kinds of data of a tenant's map in the words of a page."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Tenant, User
from dsar.actions.purging.categories import Category, categories
from dsar.datamap.model import Origin, Retention, RetentionKind
from dsar.datamap.problems import DataMapError
from dsar.mapping.holdings.holding import Holding, Part, Use, holdings, policy_address
from dsar.mapping.holdings.picture import Words, picture
from dsar.stores.base import StoreConfigError
from dsar.tenantmap import tenant_map
from dsar.wording import told

logger = logging.getLogger(__name__)

#: Where a value comes from, in words.
ORIGINS: Mapping[Origin, str | Promise] = {
    Origin.PROVIDED: gettext_lazy("You gave it"),
    Origin.OBSERVED: gettext_lazy("It came from your use"),
    Origin.INFERRED: gettext_lazy("It was worked out from the rest"),
}
#: Fideslang's words for the bases of GDPR Article 6(1), and what each means for the person.
_BASES: Mapping[str, tuple[str | Promise, str | Promise]] = {
    "contract": (gettext_lazy("The contract with you"), gettext_lazy("Without it you could not use the service.")),
    "consent": (gettext_lazy("Your consent"), gettext_lazy("You said yes, and can take that back at any time.")),
    "legal obligations": (gettext_lazy("A law"), gettext_lazy("The company has to, whether you agree or not.")),
    "legitimate interests": (
        gettext_lazy("The company's own interests"),
        gettext_lazy("It weighed them against yours. You can object."),
    ),
    "public interest": (gettext_lazy("A task in the public interest"), gettext_lazy("You can object.")),
    "vital interests": (gettext_lazy("Protecting somebody's life"), ""),
}


@dataclass(frozen=True, slots=True)
class Basis:
    """Why it is lawful: `name` in plain words, `meaning` for the person ("" where the map's own word says it all)."""

    name: str | Promise
    meaning: str | Promise = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of data. `days` has what can be chosen of it and is chosen; None where rows go by no age."""

    holding: Holding
    days: Category | None

    @property
    def name(self) -> str:
        return told(self.holding.name)

    @property
    def kept(self) -> str:
        """How long, in one line: the same for all of its parts, or that they differ."""
        said = {kept(part.retention) for part in self.holding.parts}
        if len(said) > 1:
            return _("Differs by part")
        return said.pop() if self.days is None else _days(self.days.own or self.days.most)

    @property
    def origins(self) -> list[str | Promise]:
        return [ORIGINS[origin] for origin in self.holding.origins]

    @property
    def bases(self) -> list[Basis]:
        return [basis(name) for name in self.holding.legal_bases]

    @property
    def uses(self) -> list[tuple[Use, Basis]]:
        return [(use, basis(use.legal_basis)) for use in self.holding.uses]

    @property
    def receivers(self) -> list[tuple[str, list[str]]]:
        """Who receives it, as the map names them, and for which uses."""
        found: dict[str, list[str]] = {}
        for use in self.holding.uses:
            for name in use.recipients:
                found.setdefault(name, []).append(use.name)
        return list(found.items())

    @property
    def parts(self) -> list[tuple[Part, str]]:
        return [(part, kept(part.retention)) for part in self.holding.parts]


def kept(rule: Retention | None) -> str:
    """Return how long rows stay, in words."""
    if rule is None:
        return _("Not said")
    if rule.kind is RetentionKind.ACCOUNT:
        return _("As long as your account")
    if rule.kind is RetentionKind.DUTY:
        return _("By law, until %(until)s") % {"until": told(rule.until)} if rule.until else _("As long as a law says")
    return _days(rule.days or 90)


def basis(name: str) -> Basis:
    """Return a legal basis in plain words; one that the map words itself as it is."""
    return Basis(*_BASES[name.lower()]) if name.lower() in _BASES else Basis(told(name))


def kinds(tenant: Tenant, account: User) -> list[Kind] | None:
    """Return what the tenant's map describes, the portal's own part last; None if it cannot be read just now."""
    try:
        data_map = tenant_map(tenant).data_map
        days = {item.name: item for item in categories(tenant, account)}
    except (DataMapError, StoreConfigError):
        logger.exception("no data map to show what is held by")
        return None
    return [Kind(item, days.get(item.name)) for item in holdings(data_map)]


def policy_of(tenant: Tenant) -> str:
    """Return the address of the tenant's privacy policy, "" if its map names none or cannot be read just now."""
    try:
        return policy_address(tenant_map(tenant).data_map)
    except (DataMapError, StoreConfigError):
        logger.exception("no data map to find the privacy policy in")
        return ""


def drawn(found: Sequence[Kind]) -> SafeString:
    """Return the picture of what goes where. Everything that a map says is escaped where it is drawn."""
    said = Words(
        title=_("What goes where"),
        described=_("Each kind of data, and who receives it. The list says the same in words."),
        kinds=_("Kinds of data"),
        receivers=_("Who receives it"),
        nobody=_("Nobody else"),
    )
    return mark_safe(picture([replace(item.holding, name=item.name) for item in found], said=said))  # noqa: S308  # see above


def _days(days: int) -> str:
    return ngettext("%(days)d day at most", "%(days)d days at most", days) % {"days": days}
