from django.apps import AppConfig


class SubmissionsConfig(AppConfig):
    name = "procurement.submissions"
    label = "submissions"
    verbose_name = "Dépôts"

    def ready(self) -> None:
        from procurement.submissions import permissions  # noqa: F401 - declares who may do what
