from django.apps import AppConfig


class SubmissionsConfig(AppConfig):
    name = "procurement.submissions"
    label = "submissions"
    verbose_name = "Dépôts"

    def ready(self) -> None:
        from procurement.submissions import permissions, receivers  # noqa: F401 - declare rights, listen
