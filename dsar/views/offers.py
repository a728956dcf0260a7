"""What is offered, in the words of the person who asks."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dsar.actions.intake import OFFERED_TYPES
from dsar.models import RequestType

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Right:
    """A right as the home page tells it, and whether it can be asked for in the form."""

    type: str
    title: Text
    text: Text
    icon: str
    #: The name of the page where it is done at once, without a request; "" where there is none.
    page: str = ""

    @property
    def is_offered(self) -> bool:
        return self.type in OFFERED_TYPES

    @property
    def value(self) -> str:
        return self.type


RIGHTS: tuple[Right, ...] = (
    Right(
        RequestType.ACCESS.value,
        _("A copy of my data"),
        _("Everything held about you, from every system, with why it is held and who receives it."),
        "file-text",
    ),
    Right(
        RequestType.PORTABILITY.value,
        _("An export to take elsewhere"),
        _("What you provided and what your use created, as files that other services can read."),
        "package-export",
    ),
    Right(
        RequestType.RECTIFICATION.value,
        _("A correction"),
        _("What is wrong about you is put right in every place it is kept."),
        "pencil",
    ),
    Right(
        RequestType.ERASURE.value,
        _("Deletion"),
        _("Your account and what belongs to it are deleted, except what the law says must stay."),
        "trash",
    ),
    Right(
        RequestType.OBJECTION.value,
        _("An objection or opt-out"),
        _("You choose which messages you get and what your data is used for, and object to what has no switch."),
        "hand-stop",
        "dsar:preferences",
    ),
    Right(
        RequestType.RESTRICTION.value,
        _("A stop to using my data"),
        _("Your data is kept, but not used, while something about it is in question."),
        "player-pause",
    ),
    Right(
        RequestType.HUMAN_REVIEW.value,
        _("A human look at a decision"),
        _("A person looks again at a decision that a computer made about you."),
        "scale",
    ),
    Right(
        RequestType.ENQUIRY.value,
        _("A question to the privacy team"),
        _("Anything else about your data and your rights. A person answers."),
        "message-question",
    ),
)


#: What the team calls each type: shorter than what the person reads.
TEAM_NAMES: dict[str, Text] = {
    RequestType.ACCESS.value: _("Access"),
    RequestType.PORTABILITY.value: _("Portability"),
    RequestType.RECTIFICATION.value: _("Correction"),
    RequestType.ERASURE.value: _("Erasure"),
    RequestType.OBJECTION.value: _("Objection"),
    RequestType.RESTRICTION.value: _("Restriction"),
    RequestType.HUMAN_REVIEW.value: _("Human review"),
    RequestType.ENQUIRY.value: _("Question"),
    RequestType.APPEAL.value: _("Appeal"),
}


def offered() -> list[Right]:
    """Return what the form offers, in the order of the page."""
    return [right for right in RIGHTS if right.is_offered]
