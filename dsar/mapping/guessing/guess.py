"""Name and values together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dsar.mapping.guessing.names import family, is_operational, rule_of
from dsar.mapping.guessing.values import Seen, look_at
from dsar.values import Value

_TEXTS = frozenset({"text", "uuid", "array", "object", ""})
#: Names that speak of something else where a column of that type stands: `mail_sent` that is a boolean, say.
_TOO_NARROW = frozenset({"boolean"})


@dataclass(frozen=True, slots=True)
class Guess:
    """A category, and why; `secret` says that no bundle should show the values."""

    category: str
    evidence: str
    secret: bool = False


def guess(name: str, type_name: str, values: Iterable[Value] = (), *, of_person: bool = False) -> Guess | None:
    """Return what a column seems to hold, or None. Values weigh more than the name; a secret's are never looked at."""
    kind = family(type_name)
    rule = None if kind in _TOO_NARROW else rule_of(name, of_person=of_person)
    if rule is not None and rule.secret:
        return Guess(rule.category, "its name says so", secret=True) if kind != "time" else None
    seen = look_at(values)
    if rule is not None and _fits(rule.category, kind):
        if seen is not None and _agree(seen, rule.category):
            return Guess(rule.category, f"its name says so, and {seen}")
        if seen is None or seen.look.category == "user.financial.credit_card":
            return Guess(rule.category, "its name says so")
    if seen is not None:
        return Guess(seen.look.category, str(seen))
    return Guess("system.operations", "its name is one of bookkeeping") if is_operational(name) else None


def _agree(seen: Seen, category: str) -> bool:
    return seen.look.category == category


def _fits(category: str, kind: str) -> bool:
    """Tell whether values of the type can be of the category: no email address is a date or a number."""
    if category == "user.contact.email" or category.startswith("user.name"):
        return kind in _TEXTS
    if kind == "time":
        return category == "user.demographic.date_of_birth"
    return True
