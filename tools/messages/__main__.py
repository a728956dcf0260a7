"""Bring the catalogues up to date with the source: `make messages`.

New messages come in empty, those that are no more go out. Nothing is guessed: a message that was changed is a new one.
Sorted and without places, a file changes in the lines of what was changed alone.

    python -m tools.messages            # write the .po files
    python -m tools.messages --check    # exit 1 where they are not what would be written
    python -m tools.messages --left de  # print what is not translated yet, as JSON
"""

from __future__ import annotations

import argparse
import io
import json
import sys

from babel.messages import Catalog, Message
from babel.messages.pofile import read_po, write_po

from tools.messages.sources import DOMAINS, LANGUAGES, Domain, messages

#: In which nothing is one, too: 0 fichier.
_ONE_IS_LESS_THAN_TWO = ("fr", "pt_BR")
_HEADER = "# The words of the portal. Written by `make messages`; translated by hand (docs/translating.md)."


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.messages", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where something would change")
    parser.add_argument("--left", metavar="LANGUAGE", choices=LANGUAGES, help="print what is not translated yet")
    options = parser.parse_args(arguments)
    if options.left:
        print(json.dumps(left(options.left), ensure_ascii=False, indent=1))
        return 0
    stale = [
        domain.path(language) for domain in DOMAINS for language in LANGUAGES if _update(domain, language, options)
    ]
    if options.check and stale:
        print("Not up to date, run make messages:", *stale, sep="\n  ")
    return 1 if options.check and stale else 0


def _update(domain: Domain, language: str, options: argparse.Namespace) -> bool:
    """Write one file unless it is as it should be; return whether it was not."""
    path, wanted = domain.path(language), written(updated(domain, language))
    if path.exists() and path.read_bytes() == wanted:
        return False
    if not options.check:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(wanted)
    return True


def updated(domain: Domain, language: str) -> Catalog:
    """Return the catalogue of a language with every message of the source, and no other."""
    before = read(domain, language)
    catalogue = _empty(language)
    for message in messages(domain):
        if message.id:
            known = before.get(message.id, message.context)
            catalogue.add(message.id, _string(message, known, catalogue), context=message.context)
    return catalogue


def read(domain: Domain, language: str) -> Catalog:
    """Return the catalogue as it is committed, an empty one where there is none."""
    path = domain.path(language)
    if not path.exists():
        return _empty(language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def _empty(language: str) -> Catalog:
    """Return a catalogue without messages. Two forms: that of a million, which some have, is told by none of ours."""
    catalogue = Catalog(locale=language, header_comment=_HEADER, charset="utf-8", fuzzy=False)
    rule = "(n > 1)" if language in _ONE_IS_LESS_THAN_TWO else "(n != 1)"
    catalogue.mime_headers = [("Plural-Forms", f"nplurals=2; plural={rule};")]
    return catalogue


def _string(message: Message, known: Message | None, catalogue: Catalog) -> str | tuple[str, ...]:
    if not message.pluralizable:
        return str(known.string) if known and isinstance(known.string, str) else ""
    plural = known.string if known and isinstance(known.string, tuple | list) else ()
    return tuple(plural[form] if form < len(plural) else "" for form in range(catalogue.num_plurals))


def written(catalogue: Catalog) -> bytes:
    """Return a catalogue as its file: no places, no dates, nothing that two branches would both change."""
    out = io.BytesIO()
    write_po(out, catalogue, width=110, no_location=True, sort_output=False, omit_header=True, ignore_obsolete=True)
    head = [
        _HEADER,
        'msgid ""',
        'msgstr ""',
        f'"Language: {catalogue.locale_identifier}\\n"',
        '"MIME-Version: 1.0\\n"',
        '"Content-Type: text/plain; charset=UTF-8\\n"',
        '"Content-Transfer-Encoding: 8bit\\n"',
        f'"Plural-Forms: {catalogue.plural_forms}\\n"',
        "",
        "",
    ]
    return "\n".join(head).encode() + out.getvalue()


def left(language: str) -> list[dict[str, object]]:
    """Return the messages that are not translated, of both catalogues."""
    found: list[dict[str, object]] = []
    for domain in DOMAINS:
        for message in updated(domain, language):
            strings = message.string if isinstance(message.string, tuple) else (message.string,)
            if message.id and not all(strings):
                found.append({"domain": domain.name, "context": message.context, "id": message.id})
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
