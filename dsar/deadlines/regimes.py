"""What each law gives: its acknowledgement, term, extension, what stops it, and how long the register is kept.

A regime is the law as it holds for a request of access; `of_kind` says what it changes for others.

Which days move, and which do not. A term in months ends on the day of the same number (or the month's last), and a
Saturday or Sunday moves it to Monday, as Regulation 1182/71 and the ICO count. A term in days is counted in calendar
days and is not moved: §7021(b) says calendar days, and the other laws would allow a day more. Public holidays move
nothing but business days. Where readings differ the earlier date is taken: an error can only make us early.

Not legal advice: a deployer's counsel decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from dsar.deadlines.days import add_business_days, add_months
from dsar.wording import N_


class Kind(StrEnum):
    """What a request asks for, as far as a law has a rule of its own for it."""

    ACCESS = "access"
    OPT_OUT = "opt_out"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Rule:
    """A span of time in the words of a page, and where it is written. All of it zero means at once."""

    text: str
    source: str
    months: int = 0
    days: int = 0
    business_days: int = 0

    @property
    def is_at_once(self) -> bool:
        return not (self.months or self.days or self.business_days)

    def after(self, day: date) -> date:
        """Return the last day of the span when it begins on a day, which does not count itself."""
        return add_business_days(add_months(day, self.months) + timedelta(days=self.days), self.business_days)


@dataclass(frozen=True, slots=True)
class Regime:
    """One law's clock. `weekend` and `stop` are the sources of moving to Monday and of stopping; "" where it does not.

    `acknowledgement` and `extension` are None where the law knows none. `complaint` says what else
    somebody can do who is refused, as a sentence of its own.
    """

    key: str
    label: str
    term: Rule
    register: Rule
    complaint: Rule
    acknowledgement: Rule | None = None
    extension: Rule | None = None
    weekend: str = ""
    stop: str = ""


_ICO = N_("ICO guidance on the right of access, How long do we have to comply?")
#: No law of these but California's says how long the register is kept: the longest of them holds for all.
_HOUSE_REGISTER = N_("kept in the register for 24 months from closing")

GDPR = Regime(
    key="gdpr",
    label=N_("GDPR"),
    term=Rule(N_("one month from receipt"), N_("GDPR Article 12(3)"), months=1),
    extension=Rule(N_("extended by two further months"), N_("GDPR Article 12(3)"), months=2),
    register=Rule(_HOUSE_REGISTER, N_("house rule, for GDPR Article 5(2)"), months=24),
    complaint=Rule(
        N_(
            "You can also complain to a data protection authority, in the country where you live or work, "
            "and go to court."
        ),
        N_("GDPR Articles 77 and 79"),
    ),
    weekend=N_("Regulation 1182/71 Article 3(4)"),
)
UK = Regime(
    key="uk",
    label=N_("UK GDPR"),
    term=Rule(N_("one month from receipt"), N_("UK GDPR Article 12A(1) and (2)"), months=1),
    extension=Rule(N_("extended by two further months"), N_("UK GDPR Article 12A(3)"), months=2),
    register=Rule(_HOUSE_REGISTER, N_("house rule, for UK GDPR Article 5(2)"), months=24),
    complaint=Rule(
        N_("You can also complain to the Information Commissioner's Office (ICO), and go to court."),
        N_("Data Protection Act 2018 sections 165 and 167"),
    ),
    weekend=_ICO,
    stop=N_("UK GDPR Article 12A(5) and (6)"),
)
CCPA = Regime(
    key="ccpa",
    label=N_("CCPA/CPRA"),
    acknowledgement=Rule(N_("receipt confirmed within 10 business days"), N_("11 CCR §7021(a)"), business_days=10),
    term=Rule(N_("45 calendar days from receipt"), N_("Cal. Civ. Code §1798.130(a)(2)(A), 11 CCR §7021(b)"), days=45),
    extension=Rule(
        N_("extended by 45 calendar days"), N_("Cal. Civ. Code §1798.130(a)(2)(A), 11 CCR §7021(b)"), days=45
    ),
    register=Rule(_HOUSE_REGISTER, N_("11 CCR §7101(a)"), months=24),
    # Nobody can sue for a refusal (§1798.150(c)).
    complaint=Rule(
        N_(
            "You can also complain to the California Privacy Protection Agency "
            "or to the Attorney General of California."
        ),
        N_("Cal. Civ. Code §§1798.199.45 and 1798.199.90"),
    ),
)
LGPD = Regime(
    key="lgpd",
    label=N_("LGPD"),
    acknowledgement=Rule(N_("answered in simplified form at once"), N_("LGPD Article 19, I")),
    term=Rule(N_("15 days from the request"), N_("LGPD Article 19, II"), days=15),
    register=Rule(_HOUSE_REGISTER, N_("house rule, for LGPD Article 6, X"), months=24),
    complaint=Rule(
        N_("You can also complain to the Autoridade Nacional de Proteção de Dados (ANPD), and go to court."),
        N_("LGPD Article 18, paragraph 1, and Article 22"),
    ),
)
PIPEDA = Regime(
    key="pipeda",
    label=N_("PIPEDA"),
    term=Rule(N_("30 days from receipt"), N_("PIPEDA section 8(3)"), days=30),
    extension=Rule(N_("extended by 30 days"), N_("PIPEDA section 8(4)"), days=30),
    register=Rule(_HOUSE_REGISTER, N_("house rule, for PIPEDA Schedule 1, clause 4.1"), months=24),
    complaint=Rule(
        N_(
            "You can also complain to the Office of the Privacy Commissioner of Canada, "
            "and after its report go to the Federal Court."
        ),
        N_("PIPEDA sections 11 and 14"),
    ),
)

REGIMES: Mapping[str, Regime] = {regime.key: regime for regime in (GDPR, UK, CCPA, LGPD, PIPEDA)}

#: What stops the British clock is a question about a request under Article 15 (UK GDPR Article 12A(5)).
_UK_OTHER = replace(UK, stop="")
#: The LGPD names a term for access alone. The same one is promised for the rest, but there is nothing to simplify.
_LGPD_OTHER = replace(LGPD, acknowledgement=None)
_CCPA_OPT_OUT = replace(
    CCPA,
    acknowledgement=None,
    term=Rule(N_("15 business days from receipt"), N_("11 CCR §7026(f), §7027(g)"), business_days=15),
    extension=None,
)
_BY_KIND: Mapping[Kind, Mapping[str, Regime]] = {
    Kind.ACCESS: {},
    Kind.OPT_OUT: {"uk": _UK_OTHER, "lgpd": _LGPD_OTHER, "ccpa": _CCPA_OPT_OUT},
    Kind.OTHER: {"uk": _UK_OTHER, "lgpd": _LGPD_OTHER},
}


def of_kind(regime: str, kind: Kind) -> Regime:
    """Return a law, named by its key, as it holds for a kind of request. Raises KeyError."""
    return _BY_KIND[kind].get(regime, REGIMES[regime])
