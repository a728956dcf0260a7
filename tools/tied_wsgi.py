"""The WSGI application for a web worker that dies with its server: Granian leaves it serving after kill -9."""

from __future__ import annotations

import signal

from portal.wsgi import application
from tools.processes import die_with_parent

die_with_parent(signal.SIGTERM)

__all__ = ["application"]
