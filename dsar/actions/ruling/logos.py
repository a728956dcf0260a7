"""A logo is taken in: read as a picture, drawn anew as a PNG. Nothing of the bytes that were sent is kept or served."""

from __future__ import annotations

import hashlib
import io
import warnings

from django.utils.translation import gettext as _
from PIL import Image

from accounts.models import Tenant
from dsar.models import Logo

MOST_BYTES = 1_000_000
MOST_PIXELS = 4_000 * 4_000
#: CSS pixels in which it is shown, twice as many for screens that have them.
SIZE = (640, 128)
#: How such files end. A cut one would be drawn in part: WeasyPrint tells Pillow to allow it, for the whole process.
_ENDS = (b"IEND", b"\xff\xd9")


class LogoError(Exception):
    """The picture cannot be taken; the message says why, for whoever has sent it."""


def keep_logo(tenant: Tenant, content: bytes) -> Logo:
    """Keep a PNG or JPEG as the tenant's, and return it; the same picture is kept once. Raises LogoError."""
    png, (width, height) = _drawn_anew(content)
    sha256 = hashlib.sha256(png).hexdigest()
    values = {"png": png, "width": width, "height": height}
    return Logo.objects.get_or_create(tenant=tenant, sha256=sha256, defaults=values)[0]


def _drawn_anew(content: bytes) -> tuple[bytes, tuple[int, int]]:
    """Return a PNG of the picture, small enough for a header, and its size; names, places and comments are gone."""
    if len(content) > MOST_BYTES:
        raise LogoError(_("This file is larger than 1 MB: make the picture smaller."))
    if content.lstrip()[:5].lower() in (b"<?xml", b"<svg ", b"<!doc"):
        raise LogoError(_("An SVG can hold a program, so it is not taken. Save the logo as a PNG."))
    if not any(end in content for end in _ENDS):
        raise LogoError(_("This is no PNG or JPEG that can be read."))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = _opened(content)
            picture.thumbnail(SIZE)
            output = io.BytesIO()
            picture.save(output, format="PNG", optimize=True)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise LogoError(_("This is no PNG or JPEG that can be read.")) from error
    return output.getvalue(), picture.size


def _opened(content: bytes) -> Image.Image:
    with Image.open(io.BytesIO(content), formats=["PNG", "JPEG"]) as picture:
        if picture.width * picture.height > MOST_PIXELS or min(picture.size) < 1:
            raise LogoError(_("This picture has too many pixels: 4,000 by 4,000 at most."))
        picture.load()
        return picture.convert("RGBA")
