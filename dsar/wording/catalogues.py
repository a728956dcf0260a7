"""Catalogues read from their .po files when a language is first spoken: there is no compiled form that could be old."""

from __future__ import annotations

import io
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

FOLDER = Path(__file__).parent / "locale"
DOMAIN = "wording"
SOURCE = "en"


def N_(text: str) -> str:  # noqa: N802 - the name by which gettext's tools know it
    """Return the text as it is: it is told in another language where it is shown, and written down in this one."""
    return text


@cache
def known() -> frozenset[str]:
    """Return the languages that there are words in, as their folders are named: de, pt_BR."""
    return frozenset({SOURCE, *(path.parts[-3] for path in FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))})


@cache
def catalogue(language: str) -> NullTranslations:
    """Return the words of a known language; the source's own are the messages themselves."""
    if language == SOURCE:
        return NullTranslations()
    # Imported late: most processes speak no language but the source's.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = io.BytesIO()
    with (FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as stream:
        write_mo(compiled, read_po(stream, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)
