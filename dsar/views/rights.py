"""What each right means, by the law of where one lives. For everybody, signed in or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dsar import queries
from dsar.deadlines import BY_RESIDENCE, REGIMES, of_kind
from dsar.deadlines.articles import ARTICLES
from dsar.deadlines.regimes import Regime, Rule
from dsar.models import RequestType, Residence
from dsar.views.common import tenant_of
from dsar.views.held.kinds import policy_of
from dsar.views.methods import answers
from dsar.views.offers import RIGHTS, Right

#: What happens, and what to know before: (what you get, good to know).
_TOLD: Mapping[str, tuple[str | Promise, str | Promise]] = {
    RequestType.ACCESS.value: (
        _("One file with everything from every system, readable pages and a list of what is in it and what is not."),
        _("It is free. Data about other people is taken out, and you are told where."),
    ),
    RequestType.PORTABILITY.value: (
        _("What you gave and what your use created, as files that other programs can read."),
        _("What was only worked out about you is not part of it. Ask for a copy to see that."),
    ),
    RequestType.RECTIFICATION.value: (
        _("You see what is held, write what is right, and it is written wherever it is held."),
        _("If it is refused, you are told why, and your own words go with every later copy of your data."),
    ),
    RequestType.ERASURE.value: (
        _("Your account ends and your data is deleted, in every system; a certificate says what was done where."),
        _(
            "You can withdraw the request for a while. "
            "What a law says must stay, such as invoices, stays as long as it says."
        ),
    ),
    RequestType.OBJECTION.value: (
        _("Advertising, training and sharing end at once, by a switch. Other uses stop while the team weighs it."),
        _("Messages that the service needs, such as security alerts, still come."),
    ),
    RequestType.RESTRICTION.value: (
        _("Your data is kept, but not used, while something about it is in question."),
        _("You are told before it is used again."),
    ),
    RequestType.HUMAN_REVIEW.value: (
        _("A person looks at what a computer decided about you, and tells you what becomes of it and why."),
        _("Say which decision it was and what is wrong with it."),
    ),
    RequestType.ENQUIRY.value: (
        _("A person of the privacy team answers."),
        _("The same clock runs as for everything else."),
    ),
}


@dataclass(frozen=True, slots=True)
class ToldRight:
    """A right as the page tells it; `source` is "" where the law does not name it."""

    right: Right
    gets: str | Promise
    good_to_know: str | Promise
    source: str
    term: Rule
    extension: Rule | None


@answers("GET", "HEAD")
def rights(request: HttpRequest) -> HttpResponse:
    """Every right in plain words; `?residence=` says by whose law."""
    residence = request.GET.get("residence", "")
    if residence not in BY_RESIDENCE:
        residence = ""
    regimes = _regimes(request, residence)
    context = {
        "rights": [_told(right, regimes[0]) for right in RIGHTS],
        "regimes": [REGIMES[key] for key in regimes],
        "residences": Residence.choices,
        "residence": residence,
        "is_certain": BY_RESIDENCE[residence] is not None,
        "policy": policy_of(tenant_of(request)),
        "section": "rights",
    }
    return render(request, "dsar/rights.html", context)


def _regimes(request: HttpRequest, residence: str) -> list[str]:
    """Return the law of the residence, else those that the tenant answers under."""
    own = BY_RESIDENCE[residence]
    return [own] if own is not None else list(queries.policy(tenant_of(request)).regimes)


def _told(right: Right, regime: str) -> ToldRight:
    law: Regime = of_kind(regime, queries.kind_of(right.type))
    gets, good_to_know = _TOLD[right.type]
    return ToldRight(right, gets, good_to_know, ARTICLES[regime][right.type], law.term, law.extension)
