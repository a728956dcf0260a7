"""The data maps that come with the portal are told in every language it speaks, and the map is the same for it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from dsar.datamap.load import load
from dsar.datamap.model import DataMap
from dsar.wording import SOURCE, label, speaking
from dsar.wording.names import COMMON, words_of
from tools.messages.sources import LANGUAGES

ROOT = Path(__file__).parents[2]
FOLDERS = [ROOT / "dsar/own_datamap", ROOT / "examples/macrosora/datamap"]
TAGS = {language.replace("_", "-").lower() for language in LANGUAGES}
#: Texts of more words than this are sentences, which no two languages share unless they are a name and an address.
_SENTENCE = 5

folders = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)


def _foreign(data_map: DataMap) -> dict[str, Mapping[str, str]]:
    """Return the words in other languages: in the map's own it tells but the few names that read technical."""
    return {tag: texts for tag, texts in data_map.translations.items() if tag != SOURCE}


@folders
def test_what_is_told_in_one_language_is_told_in_all(folder: Path) -> None:
    data_map = load(folder)
    translations = _foreign(data_map)
    assert set(translations) == TAGS
    assert data_map.untold == ()
    every = {text for texts in translations.values() for text in texts}
    assert {tag: every - set(texts) for tag, texts in translations.items()} == {tag: set() for tag in TAGS}


@folders
def test_every_field_is_told_by_the_map_or_is_common(folder: Path) -> None:
    # What is common has words in every language: tests/repo/test_catalogues.py.
    data_map = load(folder)
    fields = {words_of(field.name) for item in data_map.collections() for field in item.walk()} - COMMON
    left = {tag: fields - set(texts) for tag, texts in _foreign(data_map).items()}
    assert left == {tag: set() for tag in TAGS}


@folders
def test_no_sentence_is_left_as_it_was_nor_told_as_in_another_language(folder: Path) -> None:
    translations = _foreign(load(folder))
    for text in translations["de"]:
        if len(text.split()) > _SENTENCE and "GmbH" not in text:
            told = {text, *(texts[text] for texts in translations.values())}
            assert len(told) == len(translations) + 1, text


@folders
def test_words_leave_the_map_as_it_is(folder: Path, tmp_path: Path) -> None:
    bare = shutil.copytree(folder, tmp_path / "bare", ignore=shutil.ignore_patterns("words.*.yml"))
    assert load(bare).translations == {}
    assert load(bare).fingerprint == load(folder).fingerprint


def test_fields_that_read_technical_have_better_words_in_english_too() -> None:
    data_map = load(FOLDERS[0])
    fields = {words_of(field.name) for item in data_map.collections() for field in item.walk()}
    said = data_map.translations[SOURCE]
    assert set(said) <= fields
    with speaking(SOURCE, said):
        assert [label(name) for name in ("at", "is_from_team", "reason")] == ["When", "From the privacy team", "Reason"]
