"""Turns a document's HTML into a tagged PDF (PDF/UA-1). Nothing is ever fetched while it is rendered."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from dsar.bundle.archive import BundleError
from dsar.bundle.fonts import drawable

_SECONDS = 60
# A child, because without fonts Pango can take the whole process down instead of raising.
_PROBE = "from weasyprint import HTML; HTML(string='<p>Aa').write_pdf()"
_PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"


class PdfUnavailable(BundleError):  # noqa: N818 - it names a state of the machine, not a mistake of the bundle
    """This machine cannot draw a PDF; the message names the packages to install."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file inside of a PDF that holds for programs what the pages say; `name` is plain ASCII, the moment aware."""

    name: str
    description: str
    content: bytes
    at: datetime


def render_pdf(html: str, *, source: Source | None = None) -> bytes:
    """Return the PDF, the same for the same HTML and source. Raises PdfUnavailable without Pango or any font."""
    require_pdf()
    # Imported late: the import itself fails where Pango is missing, and that must not stop the portal.
    from weasyprint import HTML, Attachment

    from dsar.bundle.nofetch import NoFetch

    out, attachments = io.BytesIO(), []
    if source is not None:
        file = io.BytesIO(source.content)
        attachments = [
            Attachment(
                file_obj=file, name=source.name, description=source.description, created=source.at, modified=source.at
            )
        ]
    HTML(string=drawable(html), base_url=None, url_fetcher=NoFetch()).write_pdf(
        out, pdf_variant="pdf/ua-1", attachments=attachments, finisher=_associate
    )
    return out.getvalue()


def _associate(_document: Any, pdf: Any) -> None:
    """Say of an embedded file that the pages tell what it does (ISO 32000-2, 14.13): else WeasyPrint leaves it out."""
    import pydyf

    files: list[Any] = [item for item in pdf.objects if isinstance(item, dict) and item.get("Type") == "/Filespec"]
    for item in files:
        item["AFRelationship"] = "/Source"
    if files:
        pdf.catalog["AF"] = pydyf.Array(item.reference for item in files)


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
