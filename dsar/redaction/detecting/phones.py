"""Phone numbers in a text, by the numbering plans that `phonenumbers` knows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from phonenumbers import Leniency, PhoneNumberMatcher

from dsar.redaction.kinds import Finding, Kind

#: Where a number without a country is likely to be of, for the languages of the portal.
_REGIONS = ("GB", "DE", "FR", "ES", "IT", "PT", "US", "BR", "AT", "CH")
_LIKELY = re.compile(r"(?<![\w.,:/-])(?:\+|\(?0|\(?\d)[\d\s().\-/]{5,20}\d(?!\w)")
#: What stands beside a number that is a phone's: without it, and without a 0 or + before it, it may be any number.
_CUES = re.compile(
    r"\b(?:t[eé]l|fax|phone|telephone|mobile|cell|call|ring|whatsapp|telefon\w*|handy|mobil|rufnummer|durchwahl"
    r"|erreichbar|anrufen|t[eé]l[eé]phone|portable|joignable|appele[rz]|tel[eé]fono|m[oó]vil|llam\w+|cellulare"
    r"|chiam\w+|risponde|telefone|telem[oó]vel|celular|lig(?:ar|ue|uem)|atende)\b",
    re.IGNORECASE,
)
_NEAR = 48  # characters


def phones(text: str) -> Iterator[Finding]:
    """Yield the phone numbers in a text."""
    for place in _LIKELY.finditer(text):
        if place[0].startswith(("+", "00")):
            yield from _numbers(text, place, ("ZZ", *_REGIONS))
        elif place[0].startswith(("0", "(0")) or _has_cue(text, place):
            yield from _numbers(text, place, _REGIONS)


def _has_cue(text: str, place: re.Match[str]) -> bool:
    return _CUES.search(text, max(0, place.start() - _NEAR), place.end() + _NEAR) is not None


def _numbers(text: str, place: re.Match[str], regions: tuple[str, ...]) -> Iterator[Finding]:
    part = text[place.start() : place.end()]
    for region in regions:
        found = list(PhoneNumberMatcher(part, region, leniency=Leniency.VALID))
        if found:
            for item in found:
                yield Finding(place.start() + item.start, place.start() + item.end, Kind.PHONE)
            return
