from django.apps import AppConfig


class CallsConfig(AppConfig):
    name = "procurement.calls"
    label = "calls"
    verbose_name = "Appels"

    def ready(self) -> None:
        from procurement.calls import (  # noqa: F401  (declare the predicates and the mails of the room)
            mails,
            permissions,
            second_factor,
        )
        from procurement.calls.services import following  # noqa: F401  (listens to accounts that close)
