"""Where each law gives each right. "" is a right that it does not name: it is granted here all the same.

Keys are those of REGIMES and of what can be asked for. Not legal advice: a deployer's counsel decides.
"""

from __future__ import annotations

from collections.abc import Mapping

from dsar.wording import N_

_GDPR = {
    "access": N_("GDPR Article 15"),
    "portability": N_("GDPR Article 20"),
    "rectification": N_("GDPR Article 16"),
    "erasure": N_("GDPR Article 17"),
    "objection": N_("GDPR Article 21, and 7(3) for consent"),
    "restriction": N_("GDPR Article 18"),
    "human_review": N_("GDPR Article 22(3)"),
    "enquiry": N_("GDPR Article 12(2)"),
}
_UK = {
    "access": N_("UK GDPR Article 15"),
    "portability": N_("UK GDPR Article 20"),
    "rectification": N_("UK GDPR Article 16"),
    "erasure": N_("UK GDPR Article 17"),
    "objection": N_("UK GDPR Article 21, and 7(3) for consent"),
    "restriction": N_("UK GDPR Article 18"),
    "human_review": N_("UK GDPR Article 22C"),
    "enquiry": N_("UK GDPR Article 12(2)"),
}
_CCPA = {
    "access": N_("Cal. Civ. Code §1798.110"),
    "portability": N_("Cal. Civ. Code §1798.130(a)(3)(B)(iii)"),
    "rectification": N_("Cal. Civ. Code §1798.106"),
    "erasure": N_("Cal. Civ. Code §1798.105"),
    "objection": N_("Cal. Civ. Code §1798.120"),
    "restriction": "",
    "human_review": "",
    "enquiry": "",
}
_LGPD = {
    "access": N_("LGPD Article 18, II"),
    "portability": N_("LGPD Article 18, V"),
    "rectification": N_("LGPD Article 18, III"),
    "erasure": N_("LGPD Article 18, IV and VI"),
    "objection": N_("LGPD Article 18, IX and paragraph 2"),
    "restriction": N_("LGPD Article 18, IV"),
    "human_review": N_("LGPD Article 20"),
    "enquiry": N_("LGPD Article 18, VII and VIII"),
}
_PIPEDA = {
    "access": N_("PIPEDA Schedule 1, clause 4.9"),
    "portability": "",
    "rectification": N_("PIPEDA Schedule 1, clause 4.9.5"),
    "erasure": N_("PIPEDA Schedule 1, clauses 4.5.3 and 4.9.5"),
    "objection": N_("PIPEDA Schedule 1, clause 4.3.8"),
    "restriction": "",
    "human_review": "",
    "enquiry": N_("PIPEDA Schedule 1, clause 4.10"),
}
#: Regime -> type of request -> where it stands.
ARTICLES: Mapping[str, Mapping[str, str]] = {
    "gdpr": _GDPR,
    "uk": _UK,
    "ccpa": _CCPA,
    "lgpd": _LGPD,
    "pipeda": _PIPEDA,
}
