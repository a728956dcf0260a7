"""No sentence is put together from a translated piece and a moment, and no mark is written behind a translation.

A language may put the date elsewhere, need another article before it, or end the sentence with the verb: a moment has
its place in one whole message (`{% when … as moment %}`). The mark between a label and its value is the language's, too
(`{% labelled … %}`): French has a no-break space before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.repo.test_untranslated import GALLERY
from tools.messages.__main__ import read
from tools.messages.sources import DJANGO, ROOT, templates

#: What a page says that is no place of a message: short marks stand in for it while the source is read.
_WORDS, _MOMENT = "\x01", "\x02"
_READ = (
    (r"{%\s*comment\b.*?{%\s*endcomment\s*%}|{#.*?#}", ""),
    (r"{%\s*blocktrans(?:late)?\b(?:(?!asvar)[^%])*%}.*?{%\s*endblocktrans(?:late)?\s*%}", _WORDS),
    (r"""{%\s*trans(?:late)?\s+(?:"[^"]*"|'[^']*')(?:\s+context\s+"[^"]*")?\s*%}""", _WORDS),
    (r"{%\s*when\s(?:(?!\sas\s)[^%])*%}|{{[^}]*\|(?:exactly|friendly)\s*}}", _MOMENT),
    # What is shown or not, a sentence goes on over it.
    (r"{%\s*(?:if|endif)\b[^%]*%}", ""),
    (r"{%\s*(?:elif|else)\b[^%]*%}", "\x03"),
)
_BEGIN, _END = r"<(?:strong|b|em|span|bdi)\b[^>]*>", r"</(?:strong|b|em|span|bdi)>"
_GLUED = re.compile(
    # Words, and a moment right behind them: "asked {% when … %}".
    rf"{_WORDS}(?:{_BEGIN})*{_MOMENT}|{_WORDS}\s+(?:{_BEGIN})*{_MOMENT}|{_WORDS}\s+(?:{_END})+\s*{_MOMENT}"
    # A moment, and what the sentence goes on with.
    rf"|{_MOMENT}(?:{_END})*\s*(?:{_WORDS}|[.;])"
    # A mark that stands behind words.
    rf"|{_WORDS}(?:{_END})*[:;]"
)


def glued(source: str) -> list[str]:
    """Return the places where a sentence is glued, with what stands around each."""
    for pattern, mark in _READ:
        source = re.sub(pattern, mark, source, flags=re.DOTALL)
    shown = str.maketrans({_WORDS: "[words]", _MOMENT: "[moment]"})
    return [source[max(0, at.start() - 20) : at.end() + 20].translate(shown) for at in _GLUED.finditer(source)]


def test_no_template_puts_a_sentence_together_around_a_moment() -> None:
    found = {path.relative_to(ROOT).as_posix(): glued(path.read_text(encoding="utf-8")) for path in templates()}
    assert {name: places for name, places in found.items() if places and name not in GALLERY} == {}


@pytest.mark.parametrize(
    "source",
    [
        '{% translate "asked" %} {% when at %}',
        '<span class="soft">{% translate "since" %} </span>{% when at "exact" %}',
        '{% translate "Nothing is deleted before" %} <strong>{% when at %}</strong>',
        '{% if done %}{% translate "It was due" %}{% else %}{% translate "It is due" %}{% endif %} {% when at %}',
        "{% blocktranslate with n=n %}tried {{ n }} times, again{% endblocktranslate %} {{ at|exactly }}",
        '{% when at %}{% translate ", and cannot be stopped." %}',
        "{% when at %}.",
        '{% translate "Reference" %}: {{ reference }}',
        '<strong>{% translate "Reference" context "label" %}</strong>: {{ reference }}',
    ],
)
def test_what_is_glued_is_found(source: str) -> None:
    assert len(glued(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "{% when at as moment %}{% blocktranslate %}asked {{ moment }}{% endblocktranslate %}",
        '<dt>{% translate "Since" %}</dt><dd>{% when at %}</dd>',
        '<strong>{% translate "You" %}</strong> <span class="soft">{% when at %}</span>',
        '{% translate "the same" %} · {% when at %}',
        '{% if at %}{% when at %}{% else %}{% translate "not yet" %}{% endif %}',
        '{% labelled _("Reference") reference %}',
    ],
)
def test_what_stands_apart_is_left_alone(source: str) -> None:
    assert glued(source) == []


#: A moment that is written friendly, and the messages up to the next moment.
_FRIENDLY = re.compile(r"{%\s*when\s[^%\"]*\sas\s(\w+)\s*%}(.*?)(?={%\s*when\s|\Z)", re.DOTALL)
_MESSAGE = re.compile(
    r"{%\s*blocktranslate\b[^%]*%}(.*?)(?:{%\s*plural\s*%}.*?)?{%\s*endblocktranslate\s*%}", re.DOTALL
)
#: What fits a date with its weekday before it, and not "tomorrow", nor the article that French has before a date.
_ARTICLE = r"\b(?:le|au|du|el|del|al|il|no|em)\s(?:<\w+>)?%\({}\)s"


def friendly_messages() -> Iterator[tuple[str, str]]:
    """Yield each message with a friendly moment in it, and the name of its place."""
    for path in templates():
        for name, shown in _FRIENDLY.findall(path.read_text(encoding="utf-8")):
            for text in _MESSAGE.findall(shown):
                if f"{{{{ {name} }}}}" in text:
                    yield re.sub(r"{{ (\w+) }}", r"%(\1)s", text).strip(), name


@pytest.mark.parametrize("language", ["fr", "es", "it", "pt_BR"])
def test_no_article_stands_before_a_moment_that_may_be_tomorrow(language: str) -> None:
    catalogue, found = read(DJANGO, language), list(friendly_messages())
    assert len(found) > 15
    told = {(name, str(message.string)) for text, name in found if (message := catalogue.get(text))}
    assert len(told) > 15
    assert [text for name, text in told if re.search(_ARTICLE.format(name), text)] == []
