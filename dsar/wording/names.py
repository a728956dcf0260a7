"""Technical names as words: `ip_address` is IP address."""

from __future__ import annotations

import re
from functools import lru_cache

from dsar.wording.catalogues import N_

_CAPITALS = "API CPU CSRF CSV GPU HTTP ID IP JSON PDF SMS TOTP URL UUID VAT"
_ACRONYMS = {name.lower(): name for name in _CAPITALS.split()} | {"sha256": "SHA-256"}
#: Kinds of identities, as most maps call them.
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
#: Fields, as most maps call them; of those that could be called so and be another thing in the next map, none.
FIELDS = (
    N_("ID"),
    N_("Type"),
    N_("Kind"),
    N_("Status"),
    N_("Category"),
    N_("Text"),
    N_("Message"),
    N_("Description"),
    N_("Note"),
    N_("Reason"),
    N_("Purpose"),
    N_("Role"),
    N_("Value"),
    N_("Version"),
    N_("First name"),
    N_("Last name"),
    N_("Full name"),
    N_("Company"),
    N_("Organisation"),
    N_("Country"),
    N_("Language"),
    N_("Time zone"),
    N_("Amount"),
    N_("Currency"),
    N_("Date"),
    N_("Days"),
    N_("Seconds"),
    N_("Bytes"),
    N_("IP"),
    N_("IP address"),
    N_("URL"),
    N_("Browser"),
    N_("User agent"),
    N_("Session ID"),
    N_("Account ID"),
    N_("Message ID"),
    N_("Token"),
    N_("Password hash"),
    N_("At"),
    N_("Created at"),
    N_("Updated at"),
    N_("Changed at"),
    N_("Deleted at"),
    N_("Started at"),
    N_("Ended at"),
    N_("Completed at"),
    N_("Confirmed at"),
    N_("Sent at"),
    N_("Read at"),
    N_("Expires at"),
    N_("Last used at"),
    N_("Last seen at"),
    N_("Since"),
    N_("Until"),
    N_("Valid from"),
)
#: What is told in each language without the map's doing.
COMMON = frozenset({*KINDS, *FIELDS})


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
