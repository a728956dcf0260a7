"""Stops of a use of data, as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.models import Tenant, User
from dsar import queries, restrictions
from dsar.actions.restricting.purposes import Use, titles
from dsar.forms.stops import EVERYTHING_WORD
from dsar.models import Purpose, RequestType, Restriction, SubjectRequest
from dsar.models.choices import STOP_TYPES
from dsar.restrictions import EVERYTHING
from dsar.views.purposes import choices
from dsar.wording import told


@dataclass(frozen=True, slots=True)
class Option:
    """One box to tick."""

    value: str | int
    title: str | Promise
    text: str | Promise = ""


@dataclass(frozen=True, slots=True)
class StopRow:
    """One purpose of a request and where it stands: a tag's colour, icon and words, and the moment they speak of."""

    name: str
    kind: str
    icon: str
    state: str
    at: datetime | None
    row: Restriction


@dataclass(frozen=True)
class StopView:
    """What a request would have stopped, or has."""

    rows: Sequence[StopRow]
    is_objection: bool
    ground: str

    @property
    def in_force(self) -> Sequence[StopRow]:
        return [item for item in self.rows if item.row.is_in_force]

    @property
    def lifting_at(self) -> datetime | None:
        """When the first of what is to be lifted ends, as the person was told."""
        return min((item.row.lifting_at for item in self.in_force if item.row.lifting_at), default=None)

    @property
    def grant_groups(self) -> list[tuple[str, list[Option]]]:
        """What a reviewer ticks."""
        asked = [Option(item.row.pk, item.name) for item in self.rows if item.row.ended_at is None]
        return [(_("These uses stop"), asked)]

    @property
    def can_be_lifted(self) -> bool:
        return any(item.row.lifting_at is None for item in self.in_force)


def stop_view(subject_request: SubjectRequest) -> StopView | None:
    """Return it; None for requests that stop nothing."""
    if subject_request.type not in STOP_TYPES:
        return None
    rows = list(subject_request.restrictions.all())
    return StopView(
        [_row(row) for row in rows],
        subject_request.type == RequestType.OBJECTION,
        str(rows[0].get_ground_display()) if rows else "",
    )


def name_of(row: Restriction) -> str:
    return told(row.name) or _("Every use of your data")


def names_of(tenant: Tenant, purposes: Iterable[str]) -> list[str]:
    """Return what purposes are called that are only asked for yet."""
    known = titles(tenant)
    return [name_of(Restriction(purpose=purpose, title=known.get(purpose, ""))) for purpose in purposes]


def objection_groups(uses: Sequence[Use]) -> list[tuple[str, list[Option]]]:
    """Return what can be objected to: what ends at once, then what is weighed."""
    at_once = [(_("This ends at once"), _purposes())]
    weighed = [(_("This the privacy team looks at; meanwhile it is stopped"), _uses(uses))]
    return at_once + (weighed if uses else [])


def restriction_groups(uses: Sequence[Use]) -> list[tuple[str, list[Option]]]:
    """Return what can be stopped for a time: everything, or some of it."""
    everything = Option(EVERYTHING_WORD, _EVERYTHING, _KEPT)
    return [(_("Everything"), [everything]), (_("Or some of it"), [*_purposes(), *_uses(uses)])]


_EVERYTHING = gettext_lazy("Every use of my data")
_KEPT = gettext_lazy("All of it is kept, and none of it is deleted by its age, until the stop ends.")


def _purposes() -> list[Option]:
    shown = [*choices((), mailings=True), *choices((), mailings=False)]
    return [Option(item.purpose.value, item.title, item.text) for item in shown]


def _uses(uses: Sequence[Use]) -> list[Option]:
    return [Option(use.key, told(use.title), told(use.system)) for use in uses]


def offered(groups: Iterable[tuple[str, list[Option]]]) -> list[str]:
    return [str(option.value) for _title, options in groups for option in options]


def _row(row: Restriction) -> StopRow:
    kind, icon, state, at = _state(row)
    return StopRow(name_of(row), kind, icon, state, at, row)


def _state(row: Restriction) -> tuple[str, str, str, datetime | None]:
    if row.ended_at is not None:
        over = _("Ended") if row.since is not None else _("Not stopped")
        return "", "circle-x", over, row.ended_at
    if row.lifting_at is not None:
        return "warn", "clock", _("Stopped; ends"), row.lifting_at
    if row.since is not None:
        return "good", "player-pause", _("Stopped since"), row.since
    return "note", "message-question", pgettext("stop", "Asked for"), None


def own_stops(account: User, tenant: Tenant) -> list[StopRow]:
    """Return what holds of all that somebody had stopped."""
    own = queries.visible_to(account=account, tenant=tenant).values("pk")
    rows = restrictions.in_force(tenant).filter(subject_request__in=own).select_related("subject_request")
    return [_row(row) for row in rows]


def stopped_purposes(stopped: frozenset[str]) -> frozenset[str]:
    """Return the Purposes among what is stopped."""
    return frozenset(Purpose.values) if EVERYTHING in stopped else stopped & set(Purpose.values)
