"""The email address that a command names."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.emails import normal_email
from dsar.management.asking import BadInputError


def read_address(text: str) -> str:
    """Return the address in normal form. Raises BadInputError."""
    normal = normal_email(text)
    try:
        validate_email(normal)
    except ValidationError as error:
        raise BadInputError(f"this is not an email address: {text.strip()!r}") from error
    return normal
