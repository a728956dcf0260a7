"""Signals of accounts' own, shaped like allauth's."""

from django.dispatch import Signal

#: A wrong code at re-authentication. Sent with request, user, last_attempt: bool.
reauthentication_code_rejected = Signal()
