"""The template engine of a bundle's pages. Values are escaped, templates are only ever our own files."""

from __future__ import annotations

import base64
import hashlib
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from dsar import wording
from dsar.bundle import display
from dsar.bundle.charts import bar_chart, share_bar
from dsar.bundle.contents import BundleContents
from dsar.bundle.tables import cards, table_rows

FOLDER = Path(__file__).parent / "templates"
_PIECES = 256  # template pieces joined before they are compressed


def _entry(name: str, text: str) -> str:
    """Return a line of the list in README.txt, and those below it where the text is longer."""
    indent = " " * 21
    return textwrap.fill(text, 80, initial_indent=f"  {name:<19}", subsequent_indent=indent, break_long_words=False)


def make_environment(*folders: Path) -> Environment:
    """Return an engine over folders of our own templates; of two with one name the first is taken."""
    environment = Environment(
        loader=FileSystemLoader(folders),
        # Everything but plain text is markup: a new suffix must not turn escaping off.
        autoescape=select_autoescape(disabled_extensions=("txt",), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    # Asked at each use: one engine serves every language.
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # the extension's
        wording.gettext, wording.ngettext, newstyle=True, pgettext=wording.pgettext
    )
    environment.filters.update(
        number=display.number,
        moment=display.moment,
        day=display.day,
        clip=display.clip,
        clean=display.clean,
        words=display.label,
        told=wording.told,
    )
    environment.globals.update(
        bar_chart=bar_chart,
        share_bar=share_bar,
        counted=display.counted,
        entry=_entry,
        labelled=wording.labelled,
        missing=display.MISSING,
        table_rows=table_rows,
        cards=cards,
    )
    return environment


_ENVIRONMENT = make_environment(FOLDER)


def language(contents: BundleContents) -> str:
    """Return the language tag of the pages' own words."""
    return wording.tag(contents.language)


def asset(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def content_policy(style: str) -> str:
    """Return a policy that lets a page use this one inline style and nothing else: no script, image, font or form."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def compile_all() -> None:
    """Compile every template now: a worker does it before it forks, so that no request waits for it."""
    for name in _ENVIRONMENT.list_templates():
        _ENVIRONMENT.get_template(name)


def render(name: str, **values: Any) -> str:
    return _ENVIRONMENT.get_template(name).render(**values)


def stream(name: str, **values: Any) -> Iterator[bytes]:
    """Yield a rendered page in pieces: one of a thousand rows need not be held whole."""
    pieces = _ENVIRONMENT.get_template(name).stream(**values)
    pieces.enable_buffering(_PIECES)
    for piece in pieces:
        yield piece.encode()
