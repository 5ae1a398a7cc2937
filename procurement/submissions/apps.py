from django.apps import AppConfig


class SubmissionsConfig(AppConfig):
    name = "procurement.submissions"
    label = "submissions"
    verbose_name = "Dépôts"

    def ready(self) -> None:
        from marketplace.mail.kinds import Kind, register
        from procurement.submissions import permissions, receivers  # noqa: F401 - declare rights, listen

        register(
            Kind(
                code="submissions.receipt",
                label="Accusés de vos réponses",
                because="vous avez déposé ou retiré une réponse au nom de votre entreprise.",
                is_legal_notice=True,
            )
        )
