"""Given names and surnames, from the lists that Faker keeps for countries whose people write in Latin letters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module

from dsar.redaction.detecting.cues import FAMILY_FIRST, WORDS

#: Where the six languages are spoken, and where many of those who live there have their names from.
_LOCALES = (
    *("en_GB", "en_US", "en_IE", "en_IN", "en_NG", "en_PK", "en_NZ", "de_DE", "de_AT", "de_CH", "fr_FR", "fr_BE"),
    *("fr_CH", "fr_CA", "fr_DZ", "es_ES", "es_MX", "es_AR", "es_CO", "es_CL", "it_IT", "pt_PT", "pt_BR", "nl_NL"),
    *("nl_BE", "da_DK", "sv_SE", "no_NO", "fi_FI", "pl_PL", "cs_CZ", "hr_HR", "ro_RO", "tr_TR", "yo_NG", "ig_NG"),
    *("ha_NG", "vi_VN"),
)


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Names, case-folded. `words` are those that are words as well; `first` are family names that come first."""

    given: frozenset[str]
    family: frozenset[str]
    words: frozenset[str] = WORDS
    first: frozenset[str] = FAMILY_FIRST


@cache
def gazetteer() -> Gazetteer:
    """Return the lists; read once, in about a tenth of a second."""
    given, family = set[str](), set[str]()
    for locale in _LOCALES:
        provider = import_module(f"faker.providers.person.{locale}").Provider
        for attribute in dir(provider):
            if attribute.startswith("first_name"):
                given.update(_folded(getattr(provider, attribute)))
            elif attribute.startswith("last_name"):
                family.update(_folded(getattr(provider, attribute)))
    return Gazetteer(frozenset(given), frozenset(family))


def _folded(names: object) -> set[str]:
    """Return the names of a list as Faker has them: a sequence, or a mapping by how frequent they are."""
    if not isinstance(names, tuple | list | dict | set | frozenset):
        return set()
    return {name.casefold() for name in names if isinstance(name, str) and len(name) > 1}
