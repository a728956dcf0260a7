"""Forms are read as a browser would send them."""

from __future__ import annotations

import pytest

from tools.pageforms import forms_of

PAGE = """
<form action="/search/"><input name="q" value="a &amp; b"></form>
<form method="post" action="/send/">
  <input type="hidden" name="token" value="t">
  <label for="one"> Full
    name</label><input id="one" name="field-1" value="Ann">
  <label for="two">Why?</label><textarea id="two" name="reason">
As it &lt;is&gt;</textarea>
  <input type="checkbox" name="lines" value="0" checked><input type="checkbox" name="lines" value="1">
  <label>Nobody's</label><input disabled>
</form>
"""


def test_what_is_sent_is_what_stands_there() -> None:
    search, send = forms_of(PAGE)
    assert (search.action, search.values) == ("/search/", {"q": ["a & b"]})
    assert send.values == {"token": ["t"], "field-1": ["Ann"], "reason": ["As it <is>"], "lines": ["0"]}


def test_fields_are_filled_in_by_their_labels() -> None:
    send = forms_of(PAGE)[1]
    filled = send.filled({"Full name": "Anna", "Why?": "So."})
    assert (filled["field-1"], filled["reason"], filled["token"]) == (["Anna"], ["So."], ["t"])
    assert send.values["field-1"] == ["Ann"]
    with pytest.raises(KeyError):
        send.filled({"Age": "7"})
