from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    name = "procurement.evaluation"
    label = "evaluation"
    verbose_name = "Évaluation"

    def ready(self) -> None:
        from marketplace.mail.kinds import Kind, register
        from procurement.evaluation import permissions, receivers, spaces  # noqa: F401 - declare rights, listen, open spaces

        register(
            Kind(
                code="evaluation.reasons_asked",
                label="Une entreprise demande pourquoi elle n’est pas retenue",
                because="vous décidez ou signez dans cet appel.",
                is_legal_notice=True,
            )
        )
