from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "procurement.notices"
    label = "notices"
    verbose_name = "Avis"

    def ready(self) -> None:
        from procurement.notices import permissions  # noqa: F401  (declares the predicates of the room)
