"""Which characters the fonts of this machine can draw: PDF/UA forbids glyphs that are not there."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from cffi import FFI

REPLACEMENT = "□"
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_PANGO = """
typedef void PangoFontMap; typedef void PangoContext; typedef void PangoLayout;
PangoFontMap *pango_ft2_font_map_new(void);
PangoContext *pango_font_map_create_context(PangoFontMap *map);
PangoLayout *pango_layout_new(PangoContext *context);
void pango_layout_set_text(PangoLayout *layout, const char *text, int length);
int pango_layout_get_unknown_glyphs_count(PangoLayout *layout);
"""


def drawable(text: str) -> str:
    """Return the text with every character that no font here can draw shown as an empty box."""
    return _NOT_ASCII.sub(lambda found: found.group() if _has_glyph(found.group()) else REPLACEMENT, text)


@cache
def _layout() -> tuple[FFI, Any, Any]:
    ffi = FFI()
    ffi.cdef(_PANGO)
    pango, ft2 = ffi.dlopen("libpango-1.0.so.0"), ffi.dlopen("libpangoft2-1.0.so.0")
    context = pango.pango_font_map_create_context(ft2.pango_ft2_font_map_new())
    return ffi, pango, pango.pango_layout_new(context)


@cache
def _has_glyph(character: str) -> bool:
    _, pango, layout = _layout()
    encoded = character.encode()
    pango.pango_layout_set_text(layout, encoded, len(encoded))
    return bool(pango.pango_layout_get_unknown_glyphs_count(layout) == 0)
