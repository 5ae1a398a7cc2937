from django.apps import AppConfig


class FiguresConfig(AppConfig):
    name = "cms.figures"
    label = "figures"
    verbose_name = "Chiffres publics"

    def ready(self) -> None:
        from cms.figures import catalogue, needs  # noqa: F401 - register the figures of the rooms below
