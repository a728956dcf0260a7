from django.apps import AppConfig


class DsarConfig(AppConfig):
    """The rights: requests, their fulfilment, their delivery."""

    name = "dsar"

    def ready(self) -> None:
        from accounts.audit.verbs import register_verbs
        from dsar.verbs import VERBS

        register_verbs(VERBS)
