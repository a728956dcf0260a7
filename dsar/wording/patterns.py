"""Sentences with something in them that were written down before anybody knew in which language they would be read.

A certificate's signed facts and a step's report are in the source's language. What is shown of them is made anew: the
sentence is recognised by its pattern, and what stands in its places is told in turn.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from dsar.wording.catalogues import N_

#: The patterns, the more particular first. Names in braces stand for anything.
PATTERNS = (
    N_("None of the proven identities ({proven}) leads here; it is found by {needed}."),
    N_("It stays, and no longer names what is deleted ({fields}). {why}"),
    N_("found in {where}, in a row of a proven identity"),
    N_("only found in {where}"),
    N_("{error} (released without it: {reason})"),
    N_("stopped for {days} days: {reason}"),
    N_("stopped for {days} day: {reason}"),
    N_("{day} moves to {next_day}"),
    N_("paused for {hours} h {minutes} min: {reason}"),
)
#: What may stand in their places.
_WEEKDAYS = (N_("Saturday"), N_("Sunday"), N_("Monday"))
_NOBODY = N_("none")
#: In these stand names of a data map, with this between them.
_NAMES = {"fields": ", ", "proven": ", ", "needed": " or "}
_PLACE = re.compile(r"\\\{(\w+)\\\}")

Say = Callable[[str], str]
#: Tells names of a data map as a list, by the style of dsar.wording.writing.listed.
SayNames = Callable[[list[str], str], str]


def retell(text: str, translate: Say, say: Say, say_names: SayNames) -> str:
    """Return a text made anew of the pattern that it follows; itself where it follows none."""
    for pattern in PATTERNS:
        found = _shape(pattern).fullmatch(text)
        if found:
            parts = {name: _part(name, part, say, say_names) for name, part in found.groupdict().items()}
            return translate(pattern).format(**parts)
    return text


def _part(place: str, part: str, say: Say, say_names: SayNames) -> str:
    between = _NAMES.get(place)
    if between is None or part == _NOBODY:
        return say(part)
    return say_names(part.split(between), "or" if between == " or " else "standard")


@cache
def _shape(pattern: str) -> re.Pattern[str]:
    return re.compile(_PLACE.sub(r"(?P<\1>.+?)", re.escape(pattern)), re.DOTALL)
