"""French is set as the French set it: no line ends before a mark, and one apostrophe is used throughout."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsar.datamap.load import load
from tests.repo.test_map_words import FOLDERS
from tools.messages.__main__ import read
from tools.messages.sources import DOMAINS

#: A space that may break before ; : ! ? » or %, or after «; a straight apostrophe between letters.
_WRONG = re.compile(r"(?<=\w|\)|»)[ ][;:!?»%](?!\(|\w)|« |(?<=[^\W\d_])'(?=[^\W\d_])")


def _wrong(texts: Iterator[str]) -> list[str]:
    return [text for text in texts if _WRONG.search(re.sub(r"<[^>]*>", "", text.replace("%%", "%")))]


def _catalogues() -> Iterator[str]:
    for domain in DOMAINS:
        for message in read(domain, "fr"):
            if message.id:
                yield from message.string if isinstance(message.string, tuple) else (str(message.string),)


def test_no_line_ends_before_a_mark_of_the_catalogues() -> None:
    assert _wrong(_catalogues()) == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_no_line_ends_before_a_mark_of_a_map(folder: Path) -> None:
    assert _wrong(iter(load(folder).translations["fr"].values())) == []


@pytest.mark.parametrize("text", ["Pourquoi ?", "« Mes choix\u00a0»", "l'accord", "95 %% en", "(texte) : rien"])
def test_what_is_set_wrong_is_found(text: str) -> None:
    assert _wrong(iter([text])) == [text]
