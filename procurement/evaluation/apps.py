from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    name = "procurement.evaluation"
    label = "evaluation"
    verbose_name = "Évaluation"

    def ready(self) -> None:
        from procurement.evaluation import permissions, receivers, spaces  # noqa: F401 - declare rights, listen, open spaces
