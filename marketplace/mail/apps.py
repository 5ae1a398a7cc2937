from django.apps import AppConfig
from django.core import checks


class MailConfig(AppConfig):
    name = "marketplace.mail"
    label = "mail"
    verbose_name = "Courriels"

    def ready(self) -> None:
        from marketplace.mail import notices  # noqa: F401 - registers kinds and listens to the accounts
        from marketplace.mail.checks import check_kinds

        checks.register(check_kinds, checks.Tags.templates)
