from django.apps import AppConfig


class SubmissionsConfig(AppConfig):
    name = "procurement.submissions"
    label = "submissions"
    verbose_name = "Dépôts"

    def ready(self) -> None:
        from django.core import checks

        from marketplace.files.documents import seal_kind
        from marketplace.mail.kinds import Kind, register
        from procurement.submissions import permissions, receivers  # noqa: F401 - declare rights, listen
        from procurement.submissions.espd import check_request

        checks.register(check_request)
        seal_kind("receipt")
        seal_kind("evidence")
        register(
            Kind(
                code="submissions.receipt",
                label="Accusés de vos réponses",
                because="vous avez déposé ou retiré une réponse au nom de votre entreprise.",
                is_legal_notice=True,
            ),
            Kind(
                code="submissions.group_changed",
                label="Changements de votre groupement acceptés",
                because="votre entreprise mène une réponse.",
                is_legal_notice=True,
            ),
            Kind(
                code="submissions.group_named",
                label="Groupements qui vous nomment",
                because="une entreprise nomme la vôtre dans un groupement.",
                is_legal_notice=True,
            ),
            Kind(
                code="submissions.group_refused",
                label="Refus des membres de vos groupements",
                because="votre entreprise mène un groupement.",
                is_legal_notice=True,
            ),
            Kind(
                code="submissions.copy_opened",
                label="Copies de sauvegarde ouvertes",
                because="une copie de sauvegarde de votre entreprise est parvenue à un acheteur.",
                is_legal_notice=True,
            ),
            Kind(
                code="submissions.copy_destroyed",
                label="Copies de sauvegarde détruites",
                because="une copie de sauvegarde de votre entreprise est parvenue à un acheteur.",
                is_legal_notice=True,
            ),
            Kind(
                code="submissions.infected",
                label="Fichiers dangereux trouvés dans vos réponses",
                because="vous avez déposé une réponse au nom de votre entreprise.",
                is_legal_notice=True,
            ),
            Kind(
                code="submissions.infected_elsewhere",
                label="Fichiers dangereux trouvés dans vos réponses déposées ailleurs",
                because="votre entreprise a répondu à un appel suivi sur ce site.",
                is_legal_notice=True,
            ),
            Kind(
                code="submissions.problem",
                label="Problèmes techniques que je signale",
                because="vous avez signalé un problème technique en préparant une réponse.",
                is_legal_notice=True,
            ),
            Kind(
                code="submissions.problem_alert",
                label="Problèmes techniques signalés par des entreprises",
                because="vous êtes de l’équipe qui exploite ce site.",
                is_legal_notice=True,
            ),
        )
