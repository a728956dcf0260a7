"""Finds people's names, addresses, numbers and keys in a text, on this machine and without a model.

How well it does is measured in tests/redaction/test_measure.py and told in docs/decisions/0033.
"""

from __future__ import annotations

from collections.abc import Iterable

from dsar.redaction.detecting.emails import emails
from dsar.redaction.detecting.keys import keys
from dsar.redaction.detecting.names import names
from dsar.redaction.detecting.phones import phones
from dsar.redaction.kinds import Finding

#: Of a longer text only so much is looked through: what a person wrote is shorter, and a log of megabytes is none.
MOST_CHARACTERS = 100_000


def detect(text: str, *, prose: bool = True) -> list[Finding]:
    """Return what is found, in its order and without overlaps; names only where the text is `prose`."""
    looked = text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS]
    found: list[Finding] = []
    for finder in (keys, emails, phones):  # a password before an @ is no mailbox
        _add(found, finder(looked))
    if prose:
        _add(found, names(looked, known=found))
    return sorted(found)


def _add(found: list[Finding], more: Iterable[Finding]) -> None:
    found.extend(item for item in more if not any(item.meets(other) for other in found))
