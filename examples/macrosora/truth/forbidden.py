"""What no bundle of a person may hold: any secret, and anybody else's id or address where an owner stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from examples.macrosora.truth.app import Known

_CANARY = re.compile(rb"CANARY-SECRET-[A-Za-z0-9_-]+")

#: Where a collection says whose a row is. Shared rows (templates, messages) name others rightly and are not here.
OWNER_COLUMNS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("app", "people"): ("id", "email"),
    ("app", "previous_emails"): ("person_id", "email"),
    ("app", "memberships"): ("person_id",),
    ("app", "invitations"): ("email",),
    ("app", "consents"): ("person_id", "email"),
    ("app", "api_keys"): ("person_id",),
    ("app", "sessions"): ("person_id",),
    ("app", "sign_ins"): ("person_id",),
    ("app", "devices"): ("person_id",),
    ("app", "feature_uses"): ("person_id",),
    ("app", "invoices"): ("billing_email",),
    ("app", "support_tickets"): ("requester_email",),
    ("usage", "api_calls"): ("user_id",),
    ("archive", "api_calls"): ("user_id",),
    ("usage", "page_views"): ("person_id",),
    ("usage", "errors"): ("person_id", "user_email"),
    ("documents", "workflows"): ("owner_id",),
    ("documents", "settings"): ("person_id",),
    ("cache", "live_sessions"): ("person_id",),
    ("cache", "feature_flags"): ("person_id",),
    ("cache", "rate_counters"): ("person_id",),
    ("mail", "contacts"): ("email",),
    ("notes", "accounts"): ("id", "email"),
    ("notes", "notes"): ("account_id",),
    ("notes", "sign_ins"): ("account_id",),
}


@dataclass(frozen=True)
class Forbidden:
    """Whatever carries the mark of a secret, and in owner columns whatever is not of the person who is `known`."""

    known: Known

    def foreign_rows(self, key: tuple[str, str], lines: Iterable[bytes]) -> list[str]:
        """Return a sentence for each row (JSON) of a collection whose owner column names somebody else."""
        return [
            f"{key[0]}:{key[1]} row {number}: {column} is another person's"
            for number, line in enumerate(lines, start=1)
            for column in OWNER_COLUMNS.get(key, ())
            if self._is_other(json.loads(line).get(column))
        ]

    def leaked(self, text: bytes) -> list[str]:
        """Return the secrets that stand in a text, whosever they are."""
        # Not only the known ones: whatever carries the mark is a secret, or a piece of one.
        return sorted({found.decode() for found in _CANARY.findall(text)})

    def _is_other(self, value: Any) -> bool:
        if isinstance(value, str) and "@" in value:
            return not self.known.has(value)
        return value is not None and str(value) not in {str(number) for number in self.known.ids}
