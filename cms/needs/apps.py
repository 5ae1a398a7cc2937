from django.apps import AppConfig


class NeedsConfig(AppConfig):
    name = "cms.needs"
    label = "needs"
    verbose_name = "Besoins"

    def ready(self) -> None:
        from cms.needs import mails, permissions  # noqa: F401 - declare kinds of mail and predicates
