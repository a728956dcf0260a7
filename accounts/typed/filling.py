"""Puts what was typed back into its form, on the page as it was rendered. Nothing is sent by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from html import escape
from urllib.parse import urljoin, urlsplit

from accounts.typed.keeping import Typed
from accounts.typed.scanning import Control, Form, Page, Tag

#: From where to where, and what stands there instead.
Change = tuple[int, int, str]


class Found(Enum):
    """What of a form is on a page: it is filled; it has only buttons to press again; it is gone."""

    FILLED = "filled"
    BUTTONS = "buttons"
    GONE = "gone"


def fill(text: str, typed: Typed, *, path: str, notice: Callable[[Found], str]) -> str:
    """Return a page with its form filled as it was sent, and a notice at its top.

    `path` is the page's own, for forms that name no address; `notice` returns HTML. A page that has no such form says
    so, if it is the one on which it stood; any other stays as it is.
    """
    page = Page(text)
    sent_to = [form for form in page.forms if form.tag.get("method").lower() == "post"]
    there = [form for form in sent_to if _address(form, path) == typed.path]
    form = max((form for form in there if _holds(form, typed)), key=lambda form: _likeness(form, typed), default=None)
    if page.main < 0 or (form is None and path != typed.page):
        return text
    buttons = any(not any(control.is_typed for control in item.controls) for item in there)
    found = Found.FILLED if form else Found.BUTTONS if buttons else Found.GONE
    changes = [(page.main, page.main, notice(found))]
    if form is not None:
        changes += [*_filled(form, typed), *(_opened(section) for section in form.sections)]
    return _changed(text, changes)


def _address(form: Form, path: str) -> str:
    return urlsplit(urljoin(path, form.tag.get("action"))).path


def _holds(form: Form, typed: Typed) -> bool:
    return any(control.is_typed and control.name in typed.names for control in form.controls)


def _likeness(form: Form, typed: Typed) -> int:
    """Return how well hidden values fit: of several forms with one address it is the one that says what was sent."""
    hidden = [control for control in form.controls if control.is_hidden]
    return sum(1 if control.tag.get("value") in typed.values(control.name) else -1 for control in hidden)


def _filled(form: Form, typed: Typed) -> Iterator[Change]:
    left = {name: typed.values(name) for name in typed.names}
    for control in form.controls:
        if control.is_typed and control.name:
            yield from _control(control, left, typed)


def _control(control: Control, left: dict[str, list[str]], typed: Typed) -> Iterator[Change]:
    tag, values = control.tag, typed.values(control.name)
    if control.kind in ("checkbox", "radio"):
        # A box that is not ticked is not sent: its name is missing, and that says something.
        yield tag.start, tag.end, tag.written(checked=(tag.get("value") or "on") in values)
    elif control.name not in typed.names:
        return
    elif control.kind == "select":
        for option in control.options:
            yield option.start, option.end, option.written(selected=option.get("value") in values)
    elif left[control.name]:
        value = left[control.name].pop(0)
        if control.kind == "textarea":
            # A line end that comes first is not part of the text (HTML section 13.1.2.5).
            yield *control.content, f"\n{escape(value)}"
        else:
            yield tag.start, tag.end, tag.written(value=value)


def _opened(section: Tag) -> Change:
    return section.start, section.end, section.written(open=True)


def _changed(text: str, changes: list[Change]) -> str:
    for start, end, new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end:]
    return text
