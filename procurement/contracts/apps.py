from django.apps import AppConfig


class ContractsConfig(AppConfig):
    name = "procurement.contracts"
    label = "contracts"
    verbose_name = "Contrats"

    def ready(self) -> None:
        from marketplace.mail.kinds import Kind, register
        from procurement.contracts import permissions  # noqa: F401  (declares the predicates of the room)

        holder, team = "votre entreprise tient ce contrat.", "vous suivez ce contrat pour l’acheteur."
        register(
            Kind("contracts.to_sign", "Contrats à signer", holder, is_legal_notice=True),
            Kind("contracts.to_sign_as_buyer", "Contrats à signer pour l’acheteur", team, is_legal_notice=True),
            Kind("contracts.signed", "Contrats signés par les deux parties", holder, is_legal_notice=True),
            Kind("contracts.signature_refused", "Refus de signer", team),
            Kind("contracts.handed_in", "Livrables reçus", team),
            Kind("contracts.decided", "Décisions sur vos livrables", holder, is_legal_notice=True),
        )
