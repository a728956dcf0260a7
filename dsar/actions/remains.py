"""Deleting bytes whose key is destroyed."""

from __future__ import annotations

import logging

from dsar import payloads

logger = logging.getLogger(__name__)


def delete(path: str) -> None:
    """Delete from storage; a failure is logged, and mended by the next purge: one must not hold up the others."""
    try:
        payloads.storage().delete(path)
    except OSError:
        logger.exception("something without a key is still in storage")
