"""Who asks for a page, and the words that the filters know."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from accounts.models import Tenant


class Who(StrEnum):
    """Whose requests, beside one member's number. LEFT: of somebody who works here no more; open ones alone."""

    ME = "me"
    NOBODY = "nobody"
    LEFT = "left"


class Risk(StrEnum):
    """LATE is past the house promise; SOON within RISK of it, or late. What waits for the person is neither."""

    LATE = "late"
    SOON = "soon"


class Need(StrEnum):
    """What an open request waits for: a failed store, the person, a second person, a data map that must be mended."""

    STORE = "store"
    PERSON = "person"
    SECOND = "second"
    MAP = "map"


@dataclass(frozen=True, slots=True)
class Asker:
    """Who looks, and at what: `members` are the keys of the accounts that requests can be assigned to.

    One for each page: `listed` keeps what of the database is asked once for all of it (dsar.worklist.few).
    """

    tenant: Tenant
    account_id: int
    members: tuple[int, ...]
    now: datetime
    listed: dict[Need, list[int] | None] = field(default_factory=dict, compare=False, repr=False)
