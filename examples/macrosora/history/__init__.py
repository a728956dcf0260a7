"""A register that looks alive: requests of 13 weeks that nobody made, so that the dashboard has something to show."""

from examples.macrosora.history.writing import MARK, has_history, write_history

__all__ = ["MARK", "has_history", "write_history"]
