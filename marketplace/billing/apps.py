from django.apps import AppConfig
from django.core import checks


class BillingConfig(AppConfig):
    name = "marketplace.billing"
    label = "billing"
    verbose_name = "Formules et paiements"

    def ready(self) -> None:
        from marketplace.billing import mails, menu, permissions  # noqa: F401 - declare kinds of mails, spaces, rights
        from marketplace.billing.checks import check_keys

        checks.register(check_keys)
