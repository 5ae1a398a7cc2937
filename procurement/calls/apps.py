from django.apps import AppConfig


class CallsConfig(AppConfig):
    name = "procurement.calls"
    label = "calls"
    verbose_name = "Appels"

    def ready(self) -> None:
        from procurement.calls import permissions  # noqa: F401  (declares the predicates of the room)
