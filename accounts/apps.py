from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who is acting, for which tenant, what they may do, and the audit trail of what they did."""

    name = "accounts"

    def ready(self) -> None:
        # These reach models, which exist only now.
        verbs = import_module("accounts.audit.verbs")
        verbs.register_verbs(verbs.ACCOUNT_VERBS)
        import_module("accounts.receivers")
