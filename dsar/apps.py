from django.apps import AppConfig


class DsarConfig(AppConfig):
    """The rights: requests, their fulfilment, their delivery."""

    name = "dsar"

    def ready(self) -> None:
        from django.utils.translation import get_language

        from accounts.audit.verbs import register_verbs
        from dsar import wording
        from dsar.tenantmap import current_texts
        from dsar.verbs import VERBS

        register_verbs(VERBS)
        wording.follow(get_language, current_texts)
