"""Technical names as words: `ip_address` is IP address."""

from __future__ import annotations

import re
from functools import lru_cache

from dsar.wording.catalogues import N_

_CAPITALS = "API CPU CSRF CSV GPU HTTP ID IP JSON PDF SMS TOTP URL UUID VAT"
_ACRONYMS = {name.lower(): name for name in _CAPITALS.split()} | {"sha256": "SHA-256"}
#: Kinds of identities, as most maps call them: told in each language without the map's doing.
KINDS = (
    N_("Email"),
    N_("User ID"),
    N_("Phone"),
    N_("Account"),
    N_("Address hash"),
    N_("Device ID"),
    N_("Customer ID"),
    N_("Name"),
)


@lru_cache(maxsize=4096)
def words_of(name: str) -> str:
    """Return a technical name as words of the source's language, the first with a capital.

    Remembered: of names of the data map only, never of what stands in a person's rows.
    """
    return as_words(name)


def as_words(name: str) -> str:
    """Return the same, remembering nothing."""
    words = re.sub(r"([a-z])([A-Z])", r"\1 \2", name).replace("_", " ").replace("-", " ").split()
    text = " ".join(_ACRONYMS.get(word.lower(), word if word.isupper() else word.lower()) for word in words)
    return text[:1].upper() + text[1:] if text else name
