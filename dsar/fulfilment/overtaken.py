"""What ends a writing that holds no longer."""


class OvertakenError(Exception):
    """Something else is to hold by now, or another worker writes it: this must not be written any more."""
