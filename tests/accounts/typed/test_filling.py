"""What was typed stands in its form again: in that one alone, escaped, and with nothing else of the page changed."""

from __future__ import annotations

from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.typed.filling import fill
from accounts.typed.keeping import Typed
from accounts.typed.scanning import Page

PAGE = """<!doctype html>\r\n<main id="content">
<form method="post" action="/other/"><textarea name="words">mine</textarea></form>
<details><summary>x</summary><form method="POST" action="">
<input type="hidden" name="number" value="1"><input name="words" value="one"></form></details>
<form method="post"><input type="hidden" name="number" value="2"><input type=hidden name="csrf" value="t">
<input name="words" value="old &quot;x&quot;"><textarea name="long" rows="3">was</textarea>
<input type="checkbox" name="box" value="a" checked><input type="checkbox" name="box" value="b">
<input type="radio" name="ground" value="x" checked><input type="radio" name="ground" value="y">
<select name="pick"><option value="">none<option value="1" selected>1</option><option value="2">2</option></select>
<input type="password" name="phrase"><input name="code" autocomplete="one-time-code"><input type="file" name="proof">
<button name="words" value="b">send</button></form>
</main>"""


def typed(*fields: tuple[str, str], path: str = "/page/", page: str = "/page/") -> Typed:
    return Typed(path, page, "owner", fields, 0.0)


def filled(*fields: tuple[str, str], path: str = "/page/", at: str = "/page/") -> str:
    return fill(PAGE, typed(*fields, path=path), path=at, notice=lambda found: f"<!--{found.value}-->")


def test_every_kind_of_control_is_as_it_was_sent() -> None:
    sent = [("number", "2"), ("words", '<b>"new"</b>'), ("long", "</textarea><script>"), ("box", "b"), ("ground", "y")]
    found = filled(*sent, ("pick", "2"), ("phrase", "p"), ("code", "1"))
    assert '<main id="content"><!--filled-->' in found
    third = found[found.index('value="2"><input type=hidden') :]
    assert 'value="&lt;b&gt;&quot;new&quot;&lt;/b&gt;"' in third
    assert 'rows="3">\n&lt;/textarea&gt;&lt;script&gt;</textarea>' in third
    assert '<input type="checkbox" name="box" value="a"><input type="checkbox" name="box" value="b" checked>' in third
    assert '<input type="radio" name="ground" value="x"><input type="radio" name="ground" value="y" checked>' in third
    assert '<option value="1">1</option><option value="2" selected>' in third
    assert '<input type="password" name="phrase"><input name="code" autocomplete="one-time-code">' in third
    assert ">mine</textarea>" in found
    assert 'value="one"' in found


def test_of_several_forms_it_is_the_one_with_the_same_hidden_values_and_its_section_is_open() -> None:
    found = filled(("number", "1"), ("words", "typed"))
    assert "<details open>" in found
    assert '<input name="words" value="typed"></form></details>' in found
    assert "old &quot;x&quot;" in found


def test_a_page_without_the_form_says_so_if_it_was_the_one_and_else_nothing() -> None:
    assert "<!--gone-->" in filled(("words", "x"), path="/gone/")
    assert filled(("words", "x"), path="/gone/", at="/elsewhere/") == PAGE
    assert "<!--gone-->" in filled(("never", "x")), "a form that has no such field is another"
    assert fill("<p>", typed(("words", "x")), path="/page/", notice=str) == "<p>"


@pytest.mark.parametrize("action", ["/page/", "../page/", "https://elsewhere.example/other/"])
def test_addresses_are_resolved_as_a_browser_does(action: str) -> None:
    text = f'<main><form method="post" action="{action}"><input name="a"></form></main>'
    found = fill(text, typed(("a", "v")), path="/page/", notice=str)
    assert ('value="v"' in found) == ("page" in action)


def test_a_form_of_buttons_alone_is_pressed_again() -> None:
    text = '<main><form method="post" action="/do/"><input type="hidden" name="print" value="x"><button></form></main>'
    assert "<main>buttons<form" in fill(
        text, typed(("print", "x"), path="/do/"), path="/page/", notice=lambda it: it.value
    )


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\x00")))
def test_any_text_is_the_value_that_a_browser_reads_and_nothing_more(text: str) -> None:
    for control in ('<input name="a">', '<textarea name="a"></textarea>'):
        page = f'<main>\n<form method="post">\u2028é\n{control}x</form></main>'
        found = fill(page, typed(("a", text)), path="/page/", notice=lambda _: "")
        read = Page(found).forms[0].controls
        start, end = read[0].content
        inside = unescape(found[start:end]) if "textarea" in control else f"\n{read[0].tag.get('value')}"
        assert (len(read), inside) == (1, f"\n{text}")
        assert found.count("<") == page.count("<")
