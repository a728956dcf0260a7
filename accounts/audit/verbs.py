"""What can be told in the audit trail: each verb and the facts that may go with it.

An app adds its own from AppConfig.ready: `register_verbs({"request.filed": {"request_type"}})`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_VERB = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_verbs: dict[str, frozenset[str]] = {}

ACCOUNT_VERBS: Mapping[str, Iterable[str]] = {
    "account.signed_up": (),
    "account.signed_in": ("second_factor",),
    "account.signed_out": (),
    "account.code_failed": ("step", "last_attempt"),
    "account.second_factor_failed": ("reauthentication",),
    "account.second_factor_added": ("type",),
    "account.second_factor_removed": ("type",),
    "account.recovery_codes_renewed": (),
    "account.email_changed": (),
    "account.email_change_stopped": (),
    "account.sessions_ended": ("sessions",),
    "account.reauthenticated": ("method",),
    "tenant.added": (),
    "trail.cut": ("first_kept", "events"),
    "membership.added": ("role",),
    "membership.removed": ("role",),
}


class UnknownVerbError(Exception):
    """A verb that no app has registered."""


def register_verbs(verbs: Mapping[str, Iterable[str]]) -> None:
    """Add verbs, each with the keys its facts may have.

    Raises ValueError for a badly written verb or key, and for a verb known with other keys.
    """
    for verb, keys in verbs.items():
        _register(verb, frozenset(keys))


def fact_keys(verb: str) -> frozenset[str]:
    """Return the keys that facts of the verb may have. Raises UnknownVerbError."""
    try:
        return _verbs[verb]
    except KeyError as error:
        raise UnknownVerbError(f"no app has registered the audit verb {verb!r}") from error


def known_verbs() -> frozenset[str]:
    """Return every verb that an app has registered."""
    return frozenset(_verbs)


def _register(verb: str, keys: frozenset[str]) -> None:
    if not _VERB.fullmatch(verb) or not all(_KEY.fullmatch(key) for key in keys):
        raise ValueError(f"an audit verb is written noun.verb, its facts in lower case: {verb!r} {sorted(keys)}")
    if _verbs.setdefault(verb, keys) != keys:
        raise ValueError(f"the audit verb {verb!r} is registered already, with other facts")
