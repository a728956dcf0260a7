"""Turns the report's HTML into a tagged PDF (PDF/UA-1). Nothing is ever fetched while it is rendered."""

from __future__ import annotations

import io
import subprocess
import sys
from functools import cache

from dsar.bundle.archive import BundleError
from dsar.bundle.fonts import drawable

_SECONDS = 60
# A child, because without fonts Pango can take the whole process down instead of raising.
_PROBE = "from weasyprint import HTML; HTML(string='<p>Aa').write_pdf()"
_PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"


class PdfUnavailable(BundleError):  # noqa: N818 - it names a state of the machine, not a mistake of the bundle
    """This machine cannot draw a PDF; the message names the packages to install."""


def render_pdf(html: str) -> bytes:
    """Return the PDF. Raises PdfUnavailable if Pango or every font is missing."""
    require_pdf()
    # Imported late: the import itself fails where Pango is missing, and that must not stop the portal.
    from weasyprint import HTML

    from dsar.bundle.nofetch import NoFetch

    out = io.BytesIO()
    HTML(string=drawable(html), base_url=None, url_fetcher=NoFetch()).write_pdf(out, pdf_variant="pdf/ua-1")
    return out.getvalue()


def load_pdf() -> None:
    """Import now what draws a PDF, where it can: a worker does it before it forks. Without Pango a step says so."""
    try:
        require_pdf()
    except PdfUnavailable:
        return
    import weasyprint  # noqa: F401


@cache
def require_pdf() -> None:
    """Check, once a process, that Pango and a font are there. Raises PdfUnavailable."""
    probe = subprocess.run([sys.executable, "-c", _PROBE], capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603
    if probe.returncode:
        last = (probe.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {probe.returncode}"])[-1]
        raise PdfUnavailable(
            f"WeasyPrint cannot draw on this machine ({last}): apt-get install --no-install-recommends {_PACKAGES}"
        )
