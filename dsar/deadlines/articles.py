"""Where each law gives each right. "" is a right that it does not name: it is granted here all the same.

Keys are those of REGIMES and of what can be asked for. Not legal advice: a deployer's counsel decides.
"""

from __future__ import annotations

from collections.abc import Mapping

_GDPR = {
    "access": "GDPR Article 15",
    "portability": "GDPR Article 20",
    "rectification": "GDPR Article 16",
    "erasure": "GDPR Article 17",
    "objection": "GDPR Article 21, and 7(3) for consent",
    "restriction": "GDPR Article 18",
    "human_review": "GDPR Article 22(3)",
    "enquiry": "GDPR Article 12(2)",
}
_UK = {
    "access": "UK GDPR Article 15",
    "portability": "UK GDPR Article 20",
    "rectification": "UK GDPR Article 16",
    "erasure": "UK GDPR Article 17",
    "objection": "UK GDPR Article 21, and 7(3) for consent",
    "restriction": "UK GDPR Article 18",
    "human_review": "UK GDPR Article 22C",
    "enquiry": "UK GDPR Article 12(2)",
}
_CCPA = {
    "access": "Cal. Civ. Code §1798.110",
    "portability": "Cal. Civ. Code §1798.130(a)(3)(B)(iii)",
    "rectification": "Cal. Civ. Code §1798.106",
    "erasure": "Cal. Civ. Code §1798.105",
    "objection": "Cal. Civ. Code §1798.120",
    "restriction": "",
    "human_review": "",
    "enquiry": "",
}
_LGPD = {
    "access": "LGPD Article 18, II",
    "portability": "LGPD Article 18, V",
    "rectification": "LGPD Article 18, III",
    "erasure": "LGPD Article 18, IV and VI",
    "objection": "LGPD Article 18, IX and paragraph 2",
    "restriction": "LGPD Article 18, IV",
    "human_review": "LGPD Article 20",
    "enquiry": "LGPD Article 18, VII and VIII",
}
_PIPEDA = {
    "access": "PIPEDA Schedule 1, clause 4.9",
    "portability": "",
    "rectification": "PIPEDA Schedule 1, clause 4.9.5",
    "erasure": "PIPEDA Schedule 1, clauses 4.5.3 and 4.9.5",
    "objection": "PIPEDA Schedule 1, clause 4.3.8",
    "restriction": "",
    "human_review": "",
    "enquiry": "PIPEDA Schedule 1, clause 4.10",
}
#: Regime -> type of request -> where it stands.
ARTICLES: Mapping[str, Mapping[str, str]] = {
    "gdpr": _GDPR,
    "uk": _UK,
    "ccpa": _CCPA,
    "lgpd": _LGPD,
    "pipeda": _PIPEDA,
}
