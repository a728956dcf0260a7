"""Which characters the fonts of this machine can draw: PDF/UA forbids glyphs that are not there."""

from __future__ import annotations

import ctypes
import re
import threading
from functools import cache

REPLACEMENT = "□"
_LOCK = threading.Lock()
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def drawable(text: str) -> str:
    """Return the text with every character that no font here can draw shown as an empty box."""
    return _NOT_ASCII.sub(lambda found: found.group() if _has_glyph(found.group()) else REPLACEMENT, text)


@cache
def _has_glyph(character: str) -> bool:
    encoded = character.encode()
    # ctypes lets other threads run during a call, and they share the layout.
    with _LOCK:
        pango, layout = _layout()
        pango.pango_layout_set_text(layout, encoded, len(encoded))
        return int(pango.pango_layout_get_unknown_glyphs_count(layout)) == 0


@cache
def _layout() -> tuple[ctypes.CDLL, ctypes.c_void_p]:
    """Return Pango and a layout over all fonts, made once and kept: what WeasyPrint draws with."""
    pango, ft2 = ctypes.CDLL("libpango-1.0.so.0"), ctypes.CDLL("libpangoft2-1.0.so.0")
    # ctypes takes every result for an int of 32 bits unless told.
    for function in (ft2.pango_ft2_font_map_new, pango.pango_font_map_create_context, pango.pango_layout_new):
        function.restype = ctypes.c_void_p
    context = pango.pango_font_map_create_context(ctypes.c_void_p(ft2.pango_ft2_font_map_new()))
    return pango, ctypes.c_void_p(pango.pango_layout_new(ctypes.c_void_p(context)))
