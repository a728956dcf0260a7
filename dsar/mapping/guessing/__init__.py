"""What a column seems to hold, guessed from its name and from values; every guess says why."""

from dsar.mapping.guessing.guess import Guess, guess
from dsar.mapping.guessing.names import family, is_secret_name, normal_name

__all__ = ["Guess", "family", "guess", "is_secret_name", "normal_name"]
