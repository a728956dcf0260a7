"""What masking a field did, in words for somebody who knows no database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dsar.certificate.facts import MaskedField
from dsar.datamap.erasure import Strategy
from dsar.wording import N_, words_of

HOW = {
    Strategy.NULL: N_("emptied"),
    Strategy.FIXED: N_("replaced by a fixed text that is the same for everybody"),
    Strategy.RANDOM: N_("replaced by random characters"),
    Strategy.REDACT: N_("kept, with “[erased]” or “***” in the place of the person’s addresses, names and numbers"),
    Strategy.HMAC: N_("replaced by a code that cannot be turned back: the key that made it was thrown away"),
}


def masks_of(rule: Mapping[str, Any]) -> tuple[MaskedField, ...]:
    """Return what an erasure's rule, as the map writes it, did to each field. Raises ValueError for an unknown one."""
    return tuple(_masked(path, said) for path, said in sorted(rule.get("fields", {}).items()))


def _masked(path: str, said: Any) -> MaskedField:
    # The map writes a mask that needs nothing more as a word, any other as an object.
    strategy = Strategy(said["strategy"] if isinstance(said, Mapping) else said)
    return MaskedField(field=path, title=words_of(path.replace(".", " ")), strategy=str(strategy), how=HOW[strategy])
