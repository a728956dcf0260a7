"""Reads the forms of a page as a browser would send them, and finds fields by what their labels say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class PageForm:
    """`values`: what is sent by name, as it stands. `labels`: a label's words -> the name of its field."""

    action: str
    values: dict[str, list[str]] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)

    def filled(self, by_label: Mapping[str, str]) -> dict[str, list[str]]:
        """Return what is sent once fields are filled in, by the words of their labels. Raises KeyError."""
        names = {self.labels[label]: value for label, value in by_label.items()}
        return self.values | {name: [value] for name, value in names.items()}


def forms_of(html: str) -> list[PageForm]:
    """Return the forms of a page."""
    reader = _Reader()
    reader.feed(html)
    return reader.forms


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self._inside = False
        self._names: dict[str, str] = {}
        self._labels: list[tuple[str, str]] = []
        self._label: str | None = None
        self._text = ""
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(PageForm(said.get("action", "")))
            self._inside, self._names, self._labels = True, {}, []
        elif tag == "label":
            self._label, self._text = said.get("for", ""), ""
        elif self._inside and said.get("name"):
            self._field(tag, said)

    def _field(self, tag: str, said: dict[str, str]) -> None:
        name = said["name"]
        self._names[said.get("id", "")] = name
        if tag == "textarea":
            self._area, self._text = name, ""
        elif tag == "input" and (said.get("type") not in ("checkbox", "radio") or "checked" in said):
            self.forms[-1].values.setdefault(name, []).append(said.get("value", ""))

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "label" and self._label is not None:
            self._labels.append((" ".join(self._text.split()), self._label))
            self._label = None
        elif tag == "textarea" and self._area:
            self.forms[-1].values.setdefault(self._area, []).append(self._text.removeprefix("\n"))
            self._area = ""
        elif tag == "form" and self._inside:
            self.forms[-1].labels = {text: self._names[key] for text, key in self._labels if key in self._names}
            self._inside = False
