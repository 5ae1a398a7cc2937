"""The mails about plans, to the owners of the account of a company."""

from marketplace.mail.kinds import Kind, register

TRIAL_ENDING, PAYMENT_FAILED, CANCELLED = "billing.trial_ending", "billing.payment_failed", "billing.cancelled"
OWNS = "vous êtes responsable du compte de l’entreprise."

register(
    Kind(TRIAL_ENDING, "Fin de l’essai de la formule", OWNS),
    Kind(PAYMENT_FAILED, "Paiement de la formule en échec", OWNS),
    Kind(CANCELLED, "Fin de la formule", OWNS),
)
