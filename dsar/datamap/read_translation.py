"""Reads the translations of a data map's own texts: what a person reads in another language than it is written in.

    translation:
      - language: de
        texts:
          Application database: Anwendungsdatenbank

A text is named by itself, so one that was changed in the map and not here is told with its line by a check of the map;
requests go on, in the map's own words. Names of fields,
collections and identities are named by their words: `ip_address` by IP address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from dsar.datamap import vocabulary
from dsar.datamap.items import Item, read_keys
from dsar.datamap.model import Dataset, Location, System
from dsar.datamap.problems import Problems, did_you_mean
from dsar.wording import words_of

#: What a record of processing tells beside what a bundle does; kept as it is written, so without the ends of its lines.
_OF_RECORD = ("data_security_practices", "joint_controller_info", "administrating_department", "legal_address")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")


class Translations:
    """The translations of all files, by language; each text remembers where it stands."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._places: dict[tuple[str, str], Location] = {}
        self.found: dict[str, dict[str, str]] = {}

    def read(self, item: Item) -> None:
        """Read one entry of `translation`. Mistakes in it leave the graph as it is."""
        keys = read_keys(item.harmless(), "a translation", vocabulary.TRANSLATION)
        for name in ("language", "texts"):
            keys.demand(name)
        language, texts = keys.text("language"), keys.take("texts")
        if language is None or texts is None:
            return
        if not _LANGUAGE.fullmatch(language):
            keys.owner.problem(f"'language' is a tag such as de or pt-br, not '{language}'")
        for key, value in texts.pairs("'texts'"):
            self._note(language, key, value)

    def untold(self, datasets: Iterable[Dataset], systems: Iterable[System]) -> Iterator[tuple[Location, str]]:
        """Yield where something is told that is no text of the map, with a message. Who reads it gets the map's own."""
        known = set(texts_of(datasets, systems))
        for (_, text), place in self._places.items():
            if text not in known:
                yield place, f"no text of this data map is '{text}'{did_you_mean(text, known)}"

    def _note(self, language: str, key: Item, value: Item) -> None:
        text, told = key.text("a text"), value.text("a translation")
        if text is None or told is None:
            return
        if (language, text) in self._places:
            key.problem(f"'{text}' is translated already at {self._places[language, text]}")
            return
        self._places[language, text] = key.location
        self.found.setdefault(language, {})[text] = told


def texts_of(datasets: Iterable[Dataset], systems: Iterable[System]) -> Iterator[str]:
    """Yield every text and name of a data map that a person may read."""
    for dataset in datasets:
        yield from _said(dataset.name or words_of(dataset.key), dataset.description)
        for collection in dataset.collections:
            yield from _said(collection.title or words_of(collection.name), collection.topic, collection.description)
            if collection.retention:
                yield from _said(collection.retention.duty or "", collection.retention.until or "")
            if collection.erasure:
                yield from _said(collection.erasure.why)
            for field in collection.walk():
                # Pages join a nested field's path to one name, and tell of kinds of identities by theirs.
                names = (field.name, field.path.replace(".", " "), field.identity or "", field.identity_source or "")
                yield from _said(field.description, *map(words_of, names))
    for system in systems:
        yield from _system(system)


def _system(system: System) -> Iterator[str]:
    yield from _said(system.name, system.description, system.automated_decisions, system.source_of_data)
    yield from _said(*system.transfers, *(recipient.name for recipient in system.notify))
    yield from _said(*(text for key in _OF_RECORD if isinstance(text := system.extra.get(key), str)))
    for item in system.declarations:
        yield from _said(item.name, item.legal_basis, item.retention_period, item.impact_assessment, *item.recipients)


def _said(*texts: str) -> Iterator[str]:
    return (text for text in texts if text)


def merged(*maps: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Return the translations of several maps as one; the first that tells a text counts."""
    found: dict[str, dict[str, str]] = {}
    for translations in maps:
        for language, texts in translations.items():
            found[language] = {**texts, **found.get(language, {})}
    return found
