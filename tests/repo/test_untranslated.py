"""No text that people read stands in the source outside of what is translated."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from tools.messages.sources import ROOT, is_pure, jinja_templates, python_files, templates

#: Specimens for whoever builds pages, and a template of attributes alone, which no reader of tags understands.
GALLERY = frozenset({"templates/portal/gallery.html", "portal/gallery.py", "templates/mfa/webauthn/_words.html"})
#: What is no word of any language: file names, units, names of programs and of formats, commands.
NO_WORDS = re.compile(
    r"\b(JSON Lines|python|manage\.py|"
    r"ARCHIVE\.zip|CERTIFICATE\.pdf|public-key|verify_\w+|ZIP|PDF|JSON|CSV|SHA-256|48h|AGE|"
    r"[\w.-]+\.(zip|age|json|pdf|pub|txt|html|jsonl|csv))\b|~/\S+|[A-Z]-[0-9A-Z-]{10,}"
)
READ_ATTRIBUTES = frozenset({"aria-label", "title", "placeholder", "alt", "data-label", "summary"})
#: Rules, programs, and what is typed: no words.
_SILENT = frozenset({"style", "script", "code", "pre", "kbd"})
_LETTERS = re.compile(r"[^\W\d_]{2,}")


class Texts(HTMLParser):
    """Collects what is read of a page: the texts between its tags, and of its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.attributes: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in _SILENT
        self.attributes += [value or "" for name, value in attrs if name in READ_ATTRIBUTES]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in _SILENT

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.texts.append(data)


def django_texts(source: str) -> Iterator[str]:
    """Yield the texts of a Django template that no tag translates."""
    for named in re.findall(r"""{%[^%]*\b(?:title|label|back_label|aside|term|caption|legend)=("[^"]*")""", source):
        yield named.strip('"')
    for pattern in (
        r"{%\s*blocktranslate.*?%}.*?{%\s*endblocktranslate\s*%}",
        r"{%\s*comment\s*%}.*?{%\s*endcomment\s*%}",
        r"{#.*?#}",
        r"{%.*?%}",
        r"{{.*?}}",
    ):
        source = re.sub(pattern, "\x00", source, flags=re.DOTALL)
    yield from _texts(source)


def jinja_texts(source: str) -> Iterator[str]:
    for pattern in (r"{%-?\s*trans\b.*?%}.*?{%-?\s*endtrans\s*-?%}", r"{#.*?#}", r"{%.*?%}", r"{{.*?}}"):
        source = re.sub(pattern, "\x00", source, flags=re.DOTALL)
    yield from _texts(source)


def _texts(source: str) -> Iterator[str]:
    reader = Texts()
    # A place inside of a tag would hide what stands behind it.
    whole = re.sub(r"<(/?)\x00+", r"<\1x", source)
    reader.feed(re.sub(r"<[^<>]*>", lambda tag: tag.group().replace("\x00", ""), whole).replace("\x00", " "))
    reader.close()
    yield from (*reader.texts, *reader.attributes)


def _words(texts: Iterator[str]) -> list[str]:
    return [text.strip() for text in texts if _LETTERS.search(NO_WORDS.sub("", text))]


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _by_file(paths: Iterable[Path], read: Callable[[str], list[Any]]) -> dict[str, list[Any]]:
    """Return what is found in each file, those left out in which there is nothing."""
    found = {_name(path): read(path.read_text(encoding="utf-8")) for path in paths if _name(path) not in GALLERY}
    return {name: texts for name, texts in found.items() if texts}


def test_no_template_says_anything_in_one_language_alone() -> None:
    assert _by_file(templates(), lambda source: _words(django_texts(source))) == {}


def test_pages_of_a_bundle_say_nothing_in_one_language_alone() -> None:
    assert _by_file(jinja_templates(), lambda source: _words(jinja_texts(source))) == {}


#: Arguments that people read, and exceptions whose message they do.
READ_ARGUMENTS = frozenset({"label", "help_text", "title", "text", "note", "legend", "empty_label"})
READ_ERRORS = frozenset({"ValidationError"})
MESSAGES = frozenset({"success", "error", "info", "warning"})


def _spoken(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and text of every literal that a person would read as it stands."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        said: list[ast.expr] = [item.value for item in node.keywords if item.arg in READ_ARGUMENTS]
        if name in READ_ERRORS | _read_by_people():
            said += node.args[:1]
        owner = getattr(node.func, "value", None)
        if name in MESSAGES and isinstance(owner, ast.Name) and owner.id == "messages":
            said += node.args[1:2]
        yield from ((node.lineno, text) for item in said if (text := _literal(item)))


def _literal(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
    return ""


@cache  # reading every module takes a second, which no run of other tests should pay for
def _read_by_people() -> frozenset[str]:
    """Return the exceptions that say of themselves that their message is for people."""
    found = set()
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and node.name.endswith("Error"):
                told = ast.get_docstring(node) or ""
                if re.search(r"for the (person|reviewer|team)|for people|for whoever", told):
                    found.add(node.name)
    return frozenset(found)


SPEAKING = [
    path
    for path in python_files()
    if _name(path) not in GALLERY and "management" not in path.parts and not is_pure(path)
]


def test_the_exceptions_that_people_read_are_known() -> None:
    assert {"FilingError", "ReviewError", "ImpossibleMoveError"} <= _read_by_people()


def test_no_module_says_anything_in_one_language_alone() -> None:
    def spoken(source: str) -> list[Any]:
        return [(line, text) for line, text in _spoken(ast.parse(source)) if " " in text]

    assert _by_file(SPEAKING, spoken) == {}


_BY_HAND = re.compile(r"""\.strftime\(|:,\}|:%[ABab]|["'] and ["']\.join|\{'s' if|\(s\)""")


def test_pages_and_messages_write_no_date_or_number_by_hand() -> None:
    shown = [path for path in SPEAKING if {"views", "emails", "forms", "templatetags"} & set(path.parts)]
    assert _by_file(shown, _BY_HAND.findall) == {}


_DATE_BY_HAND = re.compile(r"""\|(?:date|time):["'](?!\w+_FORMAT["'])[^"']*["']""")


def test_templates_leave_the_order_of_a_date_to_the_language() -> None:
    assert _by_file(templates(), _DATE_BY_HAND.findall) == {}
