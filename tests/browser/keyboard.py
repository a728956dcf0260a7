"""Somebody without a mouse: presses keys, counts them, and sees where they are."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

from tools.processes import wait_until

_IS_FOCUSED = "element => element === document.activeElement"
#: What shows where one is: on the element itself or, for a box that is drawn by its label, on what is around it.
_LOOK = """element => [element, element.closest("label"), element.parentElement].map(one => {
    const style = one && getComputedStyle(one);
    return style && [style.outline, style.boxShadow, style.borderColor, style.backgroundColor].join();
}).join()"""


class Keyboard:
    """Presses keys and counts them."""

    def __init__(self, page: Page) -> None:
        self.page, self.pressed = page, 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
        self.pressed += len(keys)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.pressed += len(text)

    def tab_to(self, target: Locator) -> None:
        """Go there as somebody without a mouse does.

        Raises AssertionError if nobody can, TimeoutError if nobody sees that they are there.
        """
        before = target.evaluate(_LOOK)
        for pressed in range(60):
            if target.evaluate(_IS_FOCUSED):
                if pressed:
                    wait_until(lambda: target.evaluate(_LOOK) != before, seconds=2, what=f"a sign of focus on {target}")
                return
            self.press("Tab")
        raise AssertionError(f"the Tab key does not lead to {target}")

    def choose(self, option: Locator) -> None:
        """Go to the radio buttons and down to one of them, which is not the first. Raises AssertionError as above."""
        self.tab_to(self.page.get_by_role("radio").first)
        for _ in range(20):
            if option.is_checked():
                return
            self.press("ArrowDown")
        raise AssertionError(f"the arrow keys do not lead to {option}")

    def enter(self, target: Locator) -> None:
        """Go to a link or button and press it."""
        self.tab_to(target)
        self.press("Enter")
