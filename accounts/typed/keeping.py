"""A form that met an ended session: what of it is kept, for whom, and for how long (docs/decisions/0035)."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import orjson
from django.contrib.sessions.backends.base import SessionBase
from django.http import QueryDict

from accounts import keyring

_SESSION_KEY = "accounts_typed"
_PURPOSE = "typed-form"
#: Seconds. Long enough for a code to arrive by mail.
LIFETIME = 30 * 60
#: Characters of names and values together: what a person types, and not what a program sends.
MOST_CHARACTERS = 64_000
#: What proves something is never kept: passphrases, codes, secrets, the form's own token.
_NEVER = re.compile(r"csrf|pass|again|secret|code|token", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Typed:
    """What was sent to `path`, from the page at `page`; `owner` tells whose it is (accounts.typed.owner).

    `fields` are names and values in the order of the form; `at` is in seconds since the epoch.
    """

    path: str
    page: str
    owner: str
    fields: tuple[tuple[str, str], ...]
    at: float

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key == name]

    @property
    def names(self) -> frozenset[str]:
        return frozenset(name for name, _value in self.fields)


def read_form(data: QueryDict) -> tuple[tuple[str, str], ...]:
    """Return what may be kept of a form; nothing of one that is too large."""
    fields = tuple((name, str(value)) for name, values in data.lists() for value in values if not _NEVER.search(name))
    return fields if _size(fields) <= MOST_CHARACTERS else ()


def keep(session: SessionBase, typed: Typed) -> None:
    """Put it into the visitor's session, in place of what was kept before. Raises KeyringError."""
    sealed = keyring.wrap(orjson.dumps(asdict(typed)), purpose=_PURPOSE)
    session[_SESSION_KEY] = base64.b64encode(sealed).decode("ascii")


def kept(session: SessionBase, *, owner: str) -> Typed | None:
    """Return what is kept for somebody. What is another's, or too old, or cannot be opened, is dropped."""
    text = session.get(_SESSION_KEY)
    if text is None:
        return None
    typed = _opened(text)
    if typed is None or typed.owner != owner or not 0 <= time.time() - typed.at <= LIFETIME:
        drop(session)
        return None
    return typed


def drop(session: SessionBase) -> None:
    session.pop(_SESSION_KEY, None)


def _opened(text: str) -> Typed | None:
    try:
        found = orjson.loads(keyring.unwrap(base64.b64decode(text), purpose=_PURPOSE))
    except keyring.KeyringError:  # sealed by a master key that is gone: as good as too old
        return None
    return Typed(**{**found, "fields": tuple((name, value) for name, value in found["fields"])})


def _size(fields: Iterable[tuple[str, str]]) -> int:
    return sum(len(name) + len(value) for name, value in fields)
