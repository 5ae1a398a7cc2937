from django.apps import AppConfig


class CorrespondenceConfig(AppConfig):
    name = "procurement.correspondence"
    label = "correspondence"
    verbose_name = "Lettres"

    def ready(self) -> None:
        from marketplace.mail.kinds import Kind, register
        from procurement.correspondence import permissions  # noqa: F401  (declares the predicates of the room)

        register(
            Kind(
                code="correspondence.letter",
                label="Lettres d’un acheteur sur un appel",
                because="votre organisation participe à cet appel.",
                is_legal_notice=True,
            )
        )
