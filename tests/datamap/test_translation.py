"""A data map's own texts in other languages: by the text itself, strictly, and without a change of what is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsar.datamap.load import DataMapError, load
from dsar.datamap.read_translation import merged, texts_of
from dsar.mapping.check import lint
from dsar.wording import label, speaking, told
from tests.datamap.maps import write
from tools.messages.sources import ROOT

MAP = """
dataset:
  - fides_key: app
    name: Application database
    collections:
      - name: people
        meta: {title: Account, topic: Profile, retention: {kind: account}}
        fields:
          - {name: id, data_categories: [user.unique_id], fides_meta: {primary_key: true}}
          - {name: home_town, data_categories: [user.location]}
          - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email}}
"""
GERMAN = "translation: [{language: de, texts: {Application database: Anwendung, Home town: Wohnort, Email: E-Mail}}]"


def problems(folder: Path, text: str) -> str:
    with pytest.raises(DataMapError) as caught:
        load(write(folder, app=MAP, words=text))
    return str(caught.value)


def test_texts_and_names_are_told_in_a_language_that_there_is(tmp_path: Path) -> None:
    data_map = load(write(tmp_path, app=MAP, words=GERMAN))
    with speaking("de-CH", data_map.translations["de"]):
        assert (told("Application database"), label("home_town"), told("Account")) == ("Anwendung", "Wohnort", "Konto")
    with speaking("en"):
        assert (told("Application database"), label("home_town")) == ("Application database", "Home town")


def test_what_most_maps_call_so_needs_no_words_of_the_map() -> None:
    with speaking("de"):
        assert (label("updated_at"), label("password_hash")) == ("Aktualisiert am", "Passwort-Hash")
    with speaking("de", {"Updated at": "Neu seit"}):
        assert label("updated_at") == "Neu seit"


def test_a_path_is_told_name_by_name_unless_the_map_has_words_for_it() -> None:
    words = {"Evidence": "Nachweis", "IP address": "IP-Adresse", "Evidence wording": "Wortlaut der Frage"}
    with speaking("de", words):
        assert label("evidence.ip_address") == "Nachweis › IP-Adresse"
        assert label("evidence.wording") == "Wortlaut der Frage"
    with speaking("en"):
        assert label("evidence.ip_address") == "Evidence › IP address"


def test_how_a_text_is_told_is_not_what_was_approved(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        (tmp_path / name).mkdir()
    before = load(write(tmp_path / "one", app=MAP)).fingerprint
    assert load(write(tmp_path / "two", app=MAP, words=GERMAN)).fingerprint == before
    assert load(write(tmp_path / "three", app=MAP + GERMAN)).fingerprint != before, "beside what is done it is"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GERMAN.replace("texts", "text"), "unknown key 'text' in a translation; did you mean 'texts'?"),
        ("translation: [{texts: {Account: Konto}}]", "a translation needs 'language'"),
        (GERMAN.replace("de,", "Deutsch!,"), "'language' is a tag such as de or pt-br, not 'Deutsch!'"),
        (GERMAN.replace("Anwendung", '""'), "a translation must not be empty"),
        (GERMAN + "\n", ""),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, expected: str) -> None:
    if expected:
        assert f"words.yml:1: {expected}" in problems(tmp_path, text)
    else:
        load(write(tmp_path, app=MAP, words=text))


def test_what_is_told_of_a_text_that_was_changed_stops_no_request_and_is_found(tmp_path: Path) -> None:
    data_map = load(write(tmp_path, app=MAP, words=GERMAN.replace("Home town", "Home towns")))
    with speaking("de", data_map.translations["de"]):
        assert told("Application database") == "Anwendung"
    said = "words.yml:1: warning: no text of this data map is 'Home towns'; did you mean 'Home town'?"
    assert [str(finding) for finding in lint(data_map).findings] == [said]


def test_a_text_is_translated_once_in_all_files(tmp_path: Path) -> None:
    with pytest.raises(DataMapError, match="'Email' is translated already at"):
        load(write(tmp_path, app=MAP, one=GERMAN, two="translation: [{language: de, texts: {Email: Mail}}]"))


def test_of_two_maps_the_first_that_tells_a_text_counts() -> None:
    assert merged({"de": {"A": "1"}}, {"de": {"A": "2", "B": "3"}, "fr": {"A": "4"}}) == {
        "de": {"A": "1", "B": "3"},
        "fr": {"A": "4"},
    }


@pytest.mark.parametrize("folder", ["examples/macrosora/datamap", "dsar/own_datamap"])
def test_the_maps_that_come_with_it_are_in_german(folder: str) -> None:
    data_map = load(ROOT / folder)
    told_in_german = data_map.translations["de"]
    headings = {item.title for item in data_map.collections()} | {item.topic for item in data_map.collections()}
    purposes = {item.name for system in data_map.systems for item in system.declarations}
    left = (headings | purposes | {dataset.name for dataset in data_map.datasets}) - told_in_german.keys()
    # Names that are the same in both.
    assert left <= {"Newsletter", "Support", ""}
    assert set(told_in_german) <= set(texts_of(data_map.datasets, data_map.systems))
