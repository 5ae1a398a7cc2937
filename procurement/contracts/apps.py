from django.apps import AppConfig


class ContractsConfig(AppConfig):
    name = "procurement.contracts"
    label = "contracts"
    verbose_name = "Contrats"

    def ready(self) -> None:
        from procurement.contracts import permissions  # noqa: F401  (declares the predicates of the room)
