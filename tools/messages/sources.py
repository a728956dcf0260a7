"""Which files hold messages, and how they are found there. Two catalogues: Django's, and that of the pure packages."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages import Catalog
from babel.messages.extract import extract

ROOT = Path(__file__).resolve().parent.parent.parent
LANGUAGES = ("de", "fr", "es", "it", "pt_BR")
Keywords = Mapping[str, Any]
Message = tuple[str | tuple[str, ...], str | None]
#: How functions take their messages: (1, 2) are singular and plural, (1, "c") is a context.
DJANGO_KEYWORDS: Keywords = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
WORDING_KEYWORDS: Keywords = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "counted": (2, 3),
}
#: Where Django speaks, what is written down and told later is marked.
_MARKED: Keywords = {"N_": None}
#: Packages that know no framework: their words are dsar.wording's. What is marked by N_ is told by it, wherever.
PURE = ("bundle", "certificate", "datamap", "deadlines", "fulfilment", "mapping", "stores", "wording")
_SKIPPED = re.compile(r"(^|/)(migrations|vendor|\.venv|node_modules|var)(/|$)")


@dataclass(frozen=True)
class Domain:
    """A catalogue: where its .po files lie, `<language>/LC_MESSAGES/<name>.po` below the folder."""

    name: str
    folder: Path

    def path(self, language: str) -> Path:
        return self.folder / language / "LC_MESSAGES" / f"{self.name}.po"


DJANGO = Domain("django", ROOT / "locale")
WORDING = Domain("wording", ROOT / "dsar" / "wording" / "locale")
DOMAINS = (DJANGO, WORDING)


@cache
def messages(domain: Domain) -> Catalog:
    """Return every message of the source, sorted; without places, so that two changes meet in no line."""
    found = _django() if domain is DJANGO else _wording()
    catalogue = Catalog()
    for message, context in sorted(set(found), key=lambda item: (_first(item[0]), item[1] or "")):
        catalogue.add(message, context=context)
    return catalogue


def _first(message: str | tuple[str, ...]) -> str:
    return message if isinstance(message, str) else message[0]


def _django() -> Iterator[Message]:
    for path in python_files():
        if not is_pure(path):
            yield from python_messages(path, DJANGO_KEYWORDS)
    for path in templates():
        yield from template_messages(path.read_text(encoding="utf-8"), path)


def _wording() -> Iterator[Message]:
    for path in python_files():
        keywords = WORDING_KEYWORDS if is_pure(path) else _MARKED
        yield from python_messages(path, keywords)
    for path in jinja_templates():
        yield from jinja_messages(path)
    yield from _taxonomy()


def python_files() -> list[Path]:
    """Return the modules of the portal, without tests, tools and the demo: what those say, no customer reads."""
    found = (path for name in ("accounts", "dsar", "portal") for path in (ROOT / name).rglob("*.py"))
    return sorted(path for path in found if not _SKIPPED.search(path.relative_to(ROOT).as_posix()))


def is_pure(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    return parts[0] == "dsar" and parts[1].removesuffix(".py") in PURE


def templates() -> list[Path]:
    """Return Django's templates."""
    found = (path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".txt"})
    return sorted(found)


def jinja_templates() -> list[Path]:
    folders = (ROOT / "dsar" / "bundle" / "templates", ROOT / "dsar" / "certificate" / "templates")
    return sorted(path for folder in folders for path in folder.iterdir() if path.suffix in {".html", ".txt"})


def python_messages(path: Path, keywords: Keywords) -> Iterator[Message]:
    """Yield the messages of a module."""
    with path.open("rb") as file:
        yield from _messages(extract("python", file, keywords, (), {}))


def template_messages(text: str, path: Path) -> Iterator[Message]:
    """Yield the messages of a Django template, as Django itself reads them: by making Python of it."""
    from django.utils.translation.template import templatize

    # Without indents: what comes of it is read word by word, and is no program.
    made = "\n".join(line.lstrip() for line in templatize(text, origin=str(path)).splitlines())
    yield from _messages(extract("python", io.BytesIO(made.encode()), DJANGO_KEYWORDS, (), {}))


def jinja_messages(path: Path) -> Iterator[Message]:
    """Yield the messages of a template of a bundle or a certificate."""
    options = {"trimmed": "true", "silent": "false", "trim_blocks": "true", "lstrip_blocks": "true"}
    with path.open("rb") as file:
        yield from _messages(extract("jinja2.ext:babel_extract", file, WORDING_KEYWORDS, (), options))


def _messages(found: Iterable[Any]) -> Iterator[Message]:
    for _line, message, _comments, context in found:
        if message:
            yield message, context


def _taxonomy() -> Iterator[Message]:
    """Yield the words that Fideslang's keys are told by, one for each part of a dotted key."""
    from dsar.wording import words_of

    keys = json.loads((ROOT / "dsar" / "datamap" / "taxonomy.json").read_text("utf-8"))
    for key in (*keys["data_categories"], *keys["data_uses"], *keys["data_subjects"]):
        yield from ((words_of(part), "taxonomy") for part in key.split("."))
