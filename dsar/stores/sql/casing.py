"""All the ways to write a text in other case, in the order of code points, without writing them all out. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

_FINAL_SIGMA, _SIGMA = "\u03c2", "\u03a3"  # the one is the lower case of the other at the end of a word
#: Further letters whose lower case is one of these: signs of units and letters of their own (Unicode 15).
_OTHERS = {"k": "\u212a", "\u00e5": "\u212b", "\u03c9": "\u2126", "\u03b8": "\u03f4", "\u00df": "\u1e9e"}


@cache
def letters(lower: str) -> tuple[str, ...]:
    """Return every letter whose lower case is this one, itself among them, in the order of code points."""
    found = {lower, lower.upper(), lower.title(), *_OTHERS.get(lower, "")}
    same = {letter for letter in found if len(letter) == 1 and letter.lower() == lower.lower()}
    return tuple(sorted(same | ({_SIGMA} if lower == _FINAL_SIGMA else set())))


class Variants:
    """The texts that are `lower` but for the case of letters."""

    def __init__(self, lower: str) -> None:
        self.lower = lower
        self._letters: Sequence[tuple[str, ...]] = [letters(letter) for letter in lower]
        self.least = "".join(choice[0] for choice in self._letters)

    def __contains__(self, text: str | None) -> bool:
        return (
            text is not None and len(text) == len(self._letters) and all(map(tuple.__contains__, self._letters, text))
        )

    def beyond(self, text: str) -> str | None:
        """Return the least variant that is greater than the text; None if there is none."""
        same = next((at for at, choice in enumerate(self._letters) if text[at : at + 1] not in choice), None)
        if same is not None and same >= len(text):
            return text + self._least(same)  # the text is how some variants begin
        last = len(self._letters) - 1 if same is None else same
        for at in range(last, -1, -1):
            greater = next((letter for letter in self._letters[at] if letter > text[at]), None)
            if greater is not None:
                return text[:at] + greater + self._least(at + 1)
        return None

    def ahead(self) -> Iterator[str]:
        """Yield the least variant that begins as `lower` does, for each length: `beyond` mostly leads to one."""
        for at in range(1, len(self._letters) + 1):
            yield self.lower[:at] + self._least(at)

    @property
    def upper(self) -> str:
        """The variant in which each letter that has an upper case is in it."""
        return "".join(next((one for one in choice if one == low.upper()), low) for low, choice in self._pairs)

    def changed(self) -> Iterator[str]:
        """Yield the lower and the upper variant with each letter of each place put in."""
        for whole in (self.lower, self.upper):
            for at, choice in enumerate(self._letters):
                yield from (whole[:at] + letter + whole[at + 1 :] for letter in choice)

    @property
    def _pairs(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        return zip(self.lower, self._letters, strict=True)

    def _least(self, start: int) -> str:
        return self.least[start:]
