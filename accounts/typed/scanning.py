"""Where the forms of a page are, and their controls: read by the standard library's parser, changed by position."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser

Attributes = dict[str, str | None]
#: Kinds of inputs that a person does not type into, or not where others may read it.
_NOT_TYPED = frozenset({"hidden", "password", "file", "submit", "button", "reset", "image"})


@dataclass(slots=True)
class Tag:
    """A start tag: where it stands in the text, its name and attributes."""

    start: int
    end: int
    name: str
    attributes: Attributes

    def get(self, name: str) -> str:
        return self.attributes.get(name) or ""

    def written(self, **changes: str | bool | None) -> str:
        """Return the tag anew: an attribute that is False goes, one that is None or True stands alone."""
        found: dict[str, str | bool | None] = {**self.attributes, **changes}
        parts = (
            name if value is None or value is True else f'{name}="{escape(str(value))}"'
            for name, value in found.items()
            if value is not False
        )
        return f"<{' '.join([self.name, *parts])}>"


@dataclass(slots=True)
class Control:
    """Something that holds a value: an input, a textarea (what it holds is at `content`), or a select with options."""

    tag: Tag
    content: tuple[int, int] = (0, 0)
    options: list[Tag] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.tag.get("name")

    @property
    def kind(self) -> str:
        return (self.tag.get("type") or "text").lower() if self.tag.name == "input" else self.tag.name

    @property
    def is_hidden(self) -> bool:
        return self.kind == "hidden"

    @property
    def is_typed(self) -> bool:
        return self.kind not in _NOT_TYPED and self.tag.get("autocomplete") != "one-time-code"


@dataclass(slots=True)
class Form:
    """A form, its controls, and the closed sections (`details`) that it stands in or holds."""

    tag: Tag
    controls: list[Control] = field(default_factory=list)
    sections: list[Tag] = field(default_factory=list)


class Page(HTMLParser):
    """A page that was scanned: its forms, and where its main part begins (-1 if it has none)."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.main = -1
        self._lines = [0]
        for line in text.split("\n"):  # as the parser counts them
            self._lines.append(self._lines[-1] + len(line) + 1)
        self._open: list[Tag] = []
        self._form: Form | None = None
        self._control: Control | None = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        start = self._at()
        found = Tag(start, start + len(self.get_starttag_text() or ""), tag, dict(attrs))
        if tag == "main" and self.main < 0:
            self.main = found.end
        if tag == "details":
            self._open.append(found)
        if tag == "form":
            self._form = Form(found, sections=list(self._open))
            self.forms.append(self._form)
        elif self._form is not None:
            self._in_form(found, self._form)

    def _in_form(self, found: Tag, form: Form) -> None:
        if found.name == "option" and self._control is not None:
            self._control.options.append(found)
        elif found.name in ("input", "textarea", "select"):
            control = Control(found, content=(found.end, found.end))
            form.controls.append(control)
            self._control = control if found.name != "input" else None

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._control is not None:
            self._control.content = (self._control.tag.end, self._at())
        if tag in ("textarea", "select"):
            self._control = None
        if tag == "form":
            self._form = None
        if tag == "details" and self._open:
            self._open.pop()

    def _at(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column
