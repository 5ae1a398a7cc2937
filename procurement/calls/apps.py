from django.apps import AppConfig


class CallsConfig(AppConfig):
    name = "procurement.calls"
    label = "calls"
    verbose_name = "Appels"

    def ready(self) -> None:
        from procurement.calls import permissions, second_factor  # noqa: F401  (declare the predicates of the room)
