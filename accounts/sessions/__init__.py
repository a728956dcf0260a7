"""Where an account is signed in: shown, ended one by one, and forgotten once over."""

from accounts.sessions.ending import end_all, end_one, end_others
from accounts.sessions.forgetting import forget_sessions

__all__ = ["end_all", "end_one", "end_others", "forget_sessions"]
