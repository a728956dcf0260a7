"""What was taken out of rows because it is somebody else's, in sentences (GDPR Article 15(4))."""

from __future__ import annotations

from collections.abc import Iterator

from dsar.bundle.contents import BundleContents, Redacted
from dsar.bundle.display import counted
from dsar.wording import N_, told

_KINDS = {
    "email": (N_("{n} email address hidden in {places}: {why}"), N_("{n} email addresses hidden in {places}: {why}")),
    "phone": (N_("{n} phone number hidden in {places}: {why}"), N_("{n} phone numbers hidden in {places}: {why}")),
    "key": (N_("{n} password or key hidden in {places}: {why}"), N_("{n} passwords or keys hidden in {places}: {why}")),
    "name": (N_("{n} name hidden in {places}: {why}"), N_("{n} names hidden in {places}: {why}")),
    "other": (N_("{n} text hidden in {places}: {why}"), N_("{n} texts hidden in {places}: {why}")),
}


def redaction_sum(contents: BundleContents) -> Iterator[str]:
    """Yield in how many places something is hidden, if anything is."""
    found = [item for store in contents.stores for row in store.collections for item in row.redacted]
    if found:
        yield counted(
            sum(item.places for item in found),
            "What is about other people is hidden in {n} place: where [hidden: …] stands.",
            "What is about other people is hidden in {n} places: where [hidden: …] stands.",
        )


def redaction_told(found: Redacted) -> str:
    """Return how many values of a kind were taken out of a collection's rows, and why."""
    reasons = [told(text) for text in (found.reason, found.words) if text]
    why = " ".join(text if text.endswith((".", "!", "?")) else f"{text}." for text in reasons)
    return counted(found.values, *_KINDS[found.kind], places=counted(found.places, "{n} place", "{n} places"), why=why)
