"""What is hidden in a bundle because it is somebody else's, in words: counts, kinds and reasons, never a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import ngettext

from dsar.actions.redacting.state import TOLD
from dsar.models import Bundle, HideReason


@dataclass(frozen=True, slots=True)
class Told:
    """One line: where, how much of what, and why."""

    title: str
    what: str
    why: str


def told(bundle: Bundle | None) -> list[Told]:
    """Return what a bundle's summary tells of what is hidden; nothing where nothing is."""
    found = bundle.summary.get(TOLD, ()) if bundle else ()
    return [Told(item["title"], _what(item), _why(item["reason"])) for item in found]


def places(bundle: Bundle | None) -> int:
    """Return in how many places something is hidden."""
    return sum(item["places"] for item in (bundle.summary.get(TOLD, ()) if bundle else ()))


def _why(reason: str) -> str:
    return str(HideReason(reason).label) if reason in HideReason.values else ""


def _what(item: dict[str, Any]) -> str:
    count = item["places"]
    texts = {
        "name": ngettext("A name is hidden in %(count)s place", "Names are hidden in %(count)s places", count),
        "email": ngettext(
            "An email address is hidden in %(count)s place", "Email addresses are hidden in %(count)s places", count
        ),
        "phone": ngettext(
            "A phone number is hidden in %(count)s place", "Phone numbers are hidden in %(count)s places", count
        ),
        "key": ngettext(
            "A password or key is hidden in %(count)s place", "Passwords or keys are hidden in %(count)s places", count
        ),
    }
    other = ngettext("A text is hidden in %(count)s place", "Texts are hidden in %(count)s places", count)
    return texts.get(item["kind"], other) % {"count": count}
