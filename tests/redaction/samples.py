"""Texts with what is to be found in them, written by hand in six languages; none of it is anybody's.

Ten lines of each were looked at while the detector was made, and ten were not: only those say how well it does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dsar.redaction.detecting import detect
from dsar.redaction.kinds import Finding, Kind

FOLDER = Path(__file__).parent / "labelled"
LANGUAGES = ("de", "en", "es", "fr", "it", "pt")
TUNED, HELD_OUT = "tuned on", "held out"
#: Stands inside of keys, so that no scanner of repositories takes them for somebody's.
_CUT = "¦"
_LABEL = re.compile(r"\[\[(\w+)\|(.*?)\]\]")


@dataclass(frozen=True)
class Sample:
    text: str
    labels: tuple[Finding, ...]


@dataclass
class Score:
    """Counts by kind: found and meant, found and not meant, meant and not found."""

    right: Counter[Kind] = field(default_factory=Counter)
    wrong: Counter[Kind] = field(default_factory=Counter)
    missed: Counter[Kind] = field(default_factory=Counter)

    def precision(self, *kinds: Kind) -> float:
        right = sum(self.right[kind] for kind in kinds or Kind)
        return right / max(1, right + sum(self.wrong[kind] for kind in kinds or Kind))

    def recall(self, *kinds: Kind) -> float:
        right = sum(self.right[kind] for kind in kinds or Kind)
        return right / max(1, right + sum(self.missed[kind] for kind in kinds or Kind))


def samples(language: str, part: str) -> Iterator[Sample]:
    at = ""
    for line in (FOLDER / f"{language}.txt").read_text(encoding="utf-8").replace(_CUT, "").splitlines():
        if line.startswith("# "):
            at = line.removeprefix("# ")
        elif at == part:
            yield _sample(line)


def _sample(line: str) -> Sample:
    text, labels, last = "", list[Finding](), 0
    for found in _LABEL.finditer(line):
        text += line[last : found.start()]
        labels.append(Finding(len(text), len(text) + len(found[2]), Kind(found[1])))
        text, last = text + found[2], found.end()
    return Sample(text + line[last:], tuple(labels))


def score(*languages: str, part: str) -> Score:
    """Return how the detector does: a find is right where it meets a label of its kind."""
    result = Score()
    for sample in (item for language in languages for item in samples(language, part)):
        found = detect(sample.text)
        for item in found:
            right = any(item.meets(label) and item.kind is label.kind for label in sample.labels)
            (result.right if right else result.wrong)[item.kind] += 1
        for label in sample.labels:
            if not any(label.meets(item) and item.kind is label.kind for item in found):
                result.missed[label.kind] += 1
    return result
