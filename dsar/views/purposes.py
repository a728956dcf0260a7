"""What each purpose means, in the words of the person who decides on it."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dsar.models import MAILINGS, Purpose

_TEXTS: dict[Purpose, tuple[str, str | Promise]] = {
    Purpose.PRODUCT_NEWS: ("mail", _("What is new in the product. A message now and then.")),
    Purpose.TIPS: ("info-circle", _("How to get more out of what you use.")),
    Purpose.RESEARCH: ("message-question", _("Invitations to surveys and interviews. You may always say no.")),
    Purpose.TRAINING: ("database", _("What you write and make may be used to improve models.")),
    Purpose.SHARING: ("users", _("Other companies may get your data for purposes of their own.")),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One purpose on the page."""

    purpose: Purpose
    is_on: bool
    is_stopped: bool = False

    @property
    def title(self) -> str | Promise:
        return self.purpose.label

    @property
    def icon(self) -> str:
        return _TEXTS[self.purpose][0]

    @property
    def text(self) -> str | Promise:
        return _TEXTS[self.purpose][1]


def choices(switched_on: Container[Purpose], *, mailings: bool, stopped: Container[str] = frozenset()) -> list[Choice]:
    """Return the purposes that are messages, or those that are uses of data, in the order of the page."""
    return [
        Choice(purpose, purpose in switched_on, purpose in stopped)
        for purpose in Purpose
        if (purpose in MAILINGS) == mailings
    ]
