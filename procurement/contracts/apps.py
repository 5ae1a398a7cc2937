from django.apps import AppConfig


class ContractsConfig(AppConfig):
    name = "procurement.contracts"
    label = "contracts"
    verbose_name = "Contrats"

    def ready(self) -> None:
        from marketplace.mail.kinds import Kind, register
        from procurement.calls.pieces import register_pieces
        from procurement.contracts import permissions, receivers  # noqa: F401  (declares the predicates, listens)
        from procurement.contracts.draft_acte import draft_pieces

        register_pieces(draft_pieces)

        holder, team = "votre entreprise tient ce contrat.", "vous suivez ce contrat pour l’acheteur."
        register(
            Kind("contracts.to_sign", "Contrats à signer", holder, is_legal_notice=True),
            Kind("contracts.to_sign_as_buyer", "Contrats à signer pour l’acheteur", team, is_legal_notice=True),
            Kind("contracts.signed", "Contrats signés par les deux parties", holder, is_legal_notice=True),
            Kind("contracts.signature_refused", "Refus de signer", team),
            Kind("contracts.handed_in", "Livrables reçus", team),
            Kind("contracts.invoice_deposited", "Factures déposées", team),
            Kind("contracts.invoice_returned", "Factures renvoyées", holder, is_legal_notice=True),
            Kind("contracts.retention_released", "Retenues de garantie rendues", holder),
            Kind("contracts.transfer_arrived", "Virements arrivés", holder),
            Kind("contracts.penalty_notified", "Pénalités annoncées", holder, is_legal_notice=True),
            Kind("contracts.penalty_observed", "Observations sur une pénalité", team, is_legal_notice=True),
            Kind("contracts.penalty_decided", "Pénalités décidées", holder, is_legal_notice=True),
            Kind("contracts.certificate_asked", "Certificats de cessibilité demandés", team),
            Kind("contracts.certificate_issued", "Certificats de cessibilité délivrés", holder),
            Kind("contracts.decided", "Décisions sur vos livrables", holder, is_legal_notice=True),
        )
