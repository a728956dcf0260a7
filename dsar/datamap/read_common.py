"""What fields, collections and datasets have in common: the taxonomy's words, and `fidesops_meta`."""

from __future__ import annotations

from typing import Any

from dsar.datamap.items import Keys
from dsar.datamap.taxonomy import DATA_CATEGORIES, DATA_SUBJECTS, DATA_USES


def read_categories(keys: Keys, name: str = "data_categories") -> tuple[str, ...]:
    """Return the data categories; an unknown one is a problem that leaves the graph as it is."""
    found = (item.harmless().word("data category", DATA_CATEGORIES) for item in keys.items(name))
    return tuple(word for word in found if word is not None)


def check_uses_and_subjects(keys: Keys) -> None:
    """Check the words that are kept but not used yet."""
    for name, what, known in (
        ("data_uses", "data use", DATA_USES),
        ("data_purposes", "data use", DATA_USES),
        ("data_subjects", "data subject", DATA_SUBJECTS),
    ):
        listed = keys.peek(name)
        for item in listed.items(f"'{name}'") if listed else ():
            item.harmless().word(what, known)


def read_fides_meta(keys: Keys, allowed: frozenset[str]) -> Keys:
    """Return the keys of `fides_meta`, or of `fidesops_meta` as older Fides files call it."""
    old = keys.below("fidesops_meta", allowed)
    if "fidesops_meta" not in keys:
        return keys.below("fides_meta", allowed)
    if "fides_meta" in keys:
        keys.owner.problem(f"{keys.what} has both 'fides_meta' and 'fidesops_meta'; keep the first")
    return old


def check_redact(keys: Keys) -> None:
    """Check Fides' `redact: name`, which is kept."""
    item = keys.peek("redact")
    if item is not None:
        item.harmless().word("redact", frozenset({"name"}))


def kept(keys: Keys, fides: Keys) -> dict[str, Any]:
    """Return what is known to Fideslang but not used here; `data_purposes` is its old name of `data_uses`."""
    found = {**keys.rest(), **fides.rest()}
    if "data_purposes" in found:
        found.setdefault("data_uses", found["data_purposes"])
    return found
