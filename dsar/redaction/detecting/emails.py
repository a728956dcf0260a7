"""Email addresses in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dsar.redaction.detecting.cues import ROLES
from dsar.redaction.kinds import Finding, Kind

#: An address as people write it; letters of any script, as RFC 6531 allows.
_ADDRESS = re.compile(r"[^\s@<>()\[\]{},;:\"'“”„«»|\\/=&?*`]+@(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_]{2,}")


def emails(text: str) -> Iterator[Finding]:
    """Yield the addresses in a text but for those of an office."""
    if "@" in text:
        for found in _ADDRESS.finditer(text):
            start = found.start() + len(found[0]) - len(found[0].lstrip(".-+"))
            if not is_role(text[start : found.end()]):
                yield Finding(start, found.end(), Kind.EMAIL)


def is_role(address: str) -> bool:
    """Tell whether an address is an office's."""
    return address.partition("@")[0].lower() in ROLES
