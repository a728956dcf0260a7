from django.apps import AppConfig


class DsarConfig(AppConfig):
    """The rights: requests, their fulfilment, their delivery."""

    name = "dsar"
