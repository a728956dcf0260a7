from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who is acting, for which tenant, what they may do, and the audit trail of what they did."""

    name = "accounts"
