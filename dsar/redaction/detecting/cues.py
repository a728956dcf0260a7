"""The words that the detector goes by: cues.txt, beside this file, says what each list is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def _read() -> Mapping[str, frozenset[str]]:
    lists: dict[str, list[str]] = {}
    words: list[str] = []
    for line in Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            words = lists.setdefault(line.strip("[]"), [])
        elif not line.startswith("#"):
            words += line.split()
    return {name: frozenset(found) for name, found in lists.items()}


_LISTS = _read()
TITLES, DOTTED, GREETINGS = _LISTS["titles"], _LISTS["dotted"], _LISTS["greetings"]
PARTICLES, NOBODY, ORGANISATIONS = _LISTS["particles"], _LISTS["nobody"], _LISTS["organisations"]
GERMAN, WORDS, FAMILY_FIRST, ROLES = _LISTS["german"], _LISTS["words"], _LISTS["family first"], _LISTS["roles"]
GERMAN_NOUNS = _LISTS["german nouns"]
