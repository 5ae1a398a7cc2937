"""The mails of the catalogue to companies, to their clients, and to those who ask them something."""

from cms.catalogue.contact.services import COPY, QUESTION, TO_CONFIRM
from cms.catalogue.editing.references import ANSWERED, ASKED
from marketplace.mail.kinds import Kind, register

register(
    Kind(code=ASKED, label="Références à confirmer", because="une entreprise vous cite comme client."),
    Kind(
        code=ANSWERED,
        label="Réponses de vos clients aux demandes de confirmation",
        because="vous avez demandé à un client de confirmer une référence.",
    ),
    Kind(code=TO_CONFIRM, label="Questions à confirmer", because="vous avez écrit une question sur une fiche."),
    Kind(code=QUESTION, label="Questions sur votre fiche", because="vous êtes responsable du compte de l’entreprise."),
    Kind(code=COPY, label="Copies de vos questions", because="vous avez posé une question à une entreprise."),
)
