"""The journal of a call in French sentences; what would tell who answers stays out until the opening (B.9)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import Membership, Organisation, User
from marketplace.journal.models import Entry
from procurement.calls.models import Call, CallDocument, Cancellation, SubmissionPeriod, TeamMember, TeamRole

# Acts that would tell, before an opening, whether anybody answers. Until then only acts that are known below and are
# not among these are told: an act that a room adds later stays hidden by itself.
SECRET_UNTIL_OPENING = (
    "backup.", "party.", "deposit.", "submission.", "seal.", "arrival.", "evidence.", "receipt.", "receipts.",
    "letter.", "document.rendered",
)  # fmt: skip

CHAPTERS = {
    "preparation": (_("Préparation"), {
        "call.created": _("Appel commencé"),
        "call.edited": _("Texte enregistré"),
        "call.visa_given": _("Visa donné"),
        "supply_study.read": _("Étude de l’offre relue"),
        "team.role_given": _("Rôle confié"),
        "team.role_taken_back": _("Rôle retiré"),
        "purchase.offer_attached": _("Offre jointe au dossier d’achat"),
        "purchase.decided": _("Achat direct décidé"),
        "document.added": _("Document joint"),
        "document.removed": _("Document retiré"),
    }),
    "publication": (_("Publication et dates"), {
        "notice.sheet_printed": _("Fiche de saisie de l’avis produite"),
        "notice.award_sent": _("Avis d’attribution envoyé"),
        "notice.published_recorded": _("Avis paru relevé et comparé"),
        "documents.online": _("Documents mis en ligne"),
        "document.withdrawn": _("Document téléchargé, sans identité"),
        "call.published": _("Appel publié"),
        "period.planned": _("Période de dépôt prévue"),
        "period.extension_proposed": _("Report de l’heure limite proposé"),
        "period.extended": _("Heure limite repoussée"),
        "call.corrected": _("Avis rectificatif publié"),
        "lot.cancelled": _("Lot arrêté"),
        "question.asked": _("Question reçue"),
        "question.answered": _("Réponse publiée pour tous"),
        "question.declined": _("Question laissée sans réponse, avec la raison"),
    }),
    "plis": (_("Clés, dépôts et ouverture"), {
        "custodians.appointed": _("Gardiens désignés"),
        "custodian.key_renewed": _("Clé d’un gardien remplacée"),
        "keys.prepared": _("Clés préparées"),
        "keys.rehearsed": _("Clé essayée par un gardien"),
        "party.formed": _("Candidat constitué"),
        "party.reformed": _("Composition d’un candidat changée par son mandataire, avant tout dépôt"),
        "party.changed": _("Composition d’un candidat changée, avec l’accord de l’acheteur"),
        "submission.sealed": _("Réponse déposée et scellée"),
        "receipt.timestamped": _("Accusé horodaté par une autorité extérieure"),
        "submission.recovered": _("Réponse scellée reprise de la seconde copie après une panne"),
        "arrival.recovered": _("Demande de dépôt reprise de la seconde copie après une panne"),
        "receipt.recovered": _("Accusé repris de la seconde copie après une panne"),
        "submission.withdrawn": _("Réponse retirée"),
        "receipt.mailed": _("Accusé annoncé par courriel"),
        "receipts.complemented": _("Accusés complétés après un report"),
        "seal.needs_decision": _("Dépôt en attente d’une décision à deux"),
        "opening.begun": _("Ouverture commencée par un premier gardien"),
        "opening.completed": _("Ouverture confirmée par un second gardien"),
        "submission.scanned": _("Fichiers ouverts lus par l’antivirus après l’ouverture"),
        "opening.interrupted": _("Ouverture interrompue"),
        "submission.opened": _("Pli ouvert"),
        "submission.not_opened": _("Pli qui n’a pas pu être ouvert"),
        "submission.late_admission_proposed": _("Admission d’un pli tardif proposée"),
        "submission.admitted_late": _("Pli tardif admis à deux"),
        "clock.clearance_proposed": _("Levée d’un doute sur l’horloge proposée"),
        "clock.cleared": _("Doute sur l’horloge levé par une seconde personne"),
        "incident.declared": _("Incident déclaré : l’ouverture attend qu’il soit réglé"),
        "incident.settlement_proposed": _("Règlement d’un incident proposé"),
        "incident.settled": _("Incident réglé par une seconde personne"),
        "evidence.requested": _("Dossier de preuves demandé"),
        "incident.reported": _("Rapport d’incident demandé"),
        "backup.received": _("Copie de sauvegarde arrivée"),
        "backup.identified": _("Expéditeur d’une copie de sauvegarde indiqué"),
        "backup.opening_proposed": _("Ouverture d’une copie de sauvegarde proposée"),
        "backup.opening_dropped": _("Proposition d’ouvrir une copie de sauvegarde abandonnée"),
        "backup.opened": _("Copie de sauvegarde ouverte à deux"),
        "backup.content_recorded": _("Fichier d’une copie de sauvegarde versé au dossier"),
        "backup.destroyed": _("Copie de sauvegarde détruite, certificat établi"),
        "register.imported": _("Registre et plis d’un autre profil d’acheteur importés"),
        "firm.completed": _("Identité d’une entreprise sans compte complétée"),
        "register.prices_recorded": _("Prix d’offres reçues ailleurs enregistrés"),
    }),
    "candidatures": (_("Candidatures"), {
        "interests.declared": _("Intérêts déclarés"),
        "candidates.registered": _("Candidatures enregistrées"),
        "candidate.scored": _("Candidature notée"),
        "complements.asked": _("Compléments de candidature demandés à tous les candidats concernés"),
        "complement.received": _("Complément de candidature reçu"),
        "exclusion.proposed": _("Exclusion envisagée, l’entreprise est informée"),
        "exclusion.observed": _("Observations de l’entreprise reçues"),
        "exclusion.decided": _("Exclusion tranchée"),
        "selection.decided": _("Candidats choisis pour la suite"),
        "candidates.invited": _("Candidats invités à remettre une offre"),
    }),
    "offres": (_("Offres et négociation"), {
        "bids.registered": _("Offres enregistrées"),
        "requirements.checked": _("Exigences vérifiées sur une offre"),
        "negotiation.invited": _("Invitation à négocier"),
        "negotiation.recorded": _("Réunion de négociation consignée"),
        "negotiation.eliminated": _("Offre écartée pendant la négociation"),
        "negotiation.closed": _("Négociation close"),
        "bid.assessed": _("Régularité d’une offre examinée"),
        "bid.scored": _("Offre notée"),
        "scores.handed_in": _("Notes rendues"),
        "score.agreed": _("Note arrêtée ensemble"),
        "evaluation.technical_closed": _("Notation technique close"),
        "price.explanations_asked": _("Explications de prix demandées"),
        "price.explanations_given": _("Explications de prix reçues"),
    }),
    "choix": (_("Choix"), {
        "bids.ranked": _("Offres classées"),
        "analysis_report.finalised": _("Rapport d’analyse arrêté"),
        "cao.recorded": _("Procès-verbal de commission versé"),
        "award.decided": _("Partenaires choisis"),
        "clearance.asked": _("Justificatifs demandés"),
        "clearance.proof_deposited": _("Justificatif déposé par l’entreprise"),
        "clearance.proof_recorded": _("Justificatif examiné"),
        "clearance.cleared": _("Dossier du retenu complet"),
        "clearance.eliminated": _("Retenu écarté"),
        "rejections.sent": _("Lettres de rejet envoyées"),
        "ending.told": _("Lettres d’abandon envoyées"),
        "standstill.held": _("Signature suspendue par un recours"),
        "standstill.released": _("Suspension levée"),
        "presentation_report.finalised": _("Rapport de présentation arrêté"),
        "reasons.asked": _("Motifs demandés par une entreprise écartée"),
        "reasons.answered": _("Motifs répondus à une entreprise écartée"),
    }),
    "contrats": (_("Contrats"), {
        "contracts.prepared": _("Contrats préparés"),
        "contract.completed": _("Contrat complété"),
        "power.recorded": _("Pouvoir de signer versé"),
        "contract.holder_signed": _("Contrat signé par le partenaire"),
        "signature.identity_confirmed": _("Identité du signataire confirmée"),
        "contract.signature_refused": _("Signature refusée"),
        "contract.signed": _("Contrat signé par l’acheteur"),
        "contract.transmitted": _("Contrat transmis au préfet"),
        "contract.notification_sent": _("Contrat envoyé au partenaire"),
        "contract.notified": _("Contrat notifié"),
        "contract.closed": _("Contrat clos"),
    }),
    "phases": (_("Phases et paiements"), {
        "phase.started": _("Phase commencée"),
        "deliverable.handed_in": _("Livrable remis"),
        "deliverable.decided": _("Décision sur un livrable"),
        "phase.results_recorded": _("Résultats de phase arrêtés"),
        "gate.opened": _("Fin de phase ouverte"),
        "gate.agreement_recorded": _("Accord du partenaire consigné"),
        "gate.decided": _("Fin de phase décidée"),
        "phase.decision_notified": _("Décision de phase reçue par le partenaire"),
        "contract.tested": _("Essai de performance consigné"),
        "order.placed": _("Bon de commande émis"),
        "holder_billing.set": _("Coordonnées de paiement du partenaire enregistrées"),
        "payment_terms.set": _("Conditions de paiement enregistrées"),
        "invoice.prepared": _("Facture préparée"),
        "invoice.deposited": _("Facture déposée sur Chorus Pro"),
        "invoice.recorded": _("Facture reçue"),
        "invoice.returned": _("Facture renvoyée au partenaire"),
        "invoice.service_done": _("Service fait constaté"),
        "invoice.mandated": _("Facture mandatée"),
        "payment.made": _("Paiement fait"),
        "destruction.approved": _("Visa d’élimination des archives consigné"),
        "destruction.begun": _("Clés et contenus détruits, à la fin de leur conservation"),
        "destruction.finished": _("Destruction terminée, certificat établi"),
        "retention.released": _("Retenue de garantie rendue"),
        "payment.transfer_asked": _("Virement demandé"),
        "payment.transfer_checked": _("Arrivée du virement vérifiée"),
        "payment.transferred": _("Virement arrivé : facture payée"),
        "interest.paid": _("Intérêts moratoires payés"),
        "penalty.notified": _("Pénalité annoncée"),
        "penalty.observed": _("Observations du partenaire sur une pénalité"),
        "penalty.decided": _("Pénalité décidée"),
        "certificate.asked": _("Certificat de cessibilité demandé"),
        "certificate.issued": _("Certificat de cessibilité délivré"),
    }),
    "courriers": (_("Courriers et documents"), {
        "letter.read": _("Courrier lu par son destinataire"),
        "letter.dispatched": _("Courrier envoyé par un autre profil d’acheteur"),
        "document.rendered": _("Document produit"),
    }),
}  # fmt: skip
"""Chapters of the journal, and the sentence of each act; another act is shown by its own code, once bids are open."""

SENTENCES = {act: words for _label, acts in CHAPTERS.values() for act, words in acts.items()}
TOLD_BEFORE_OPENING = [act for act in SENTENCES if not act.startswith(SECRET_UNTIL_OPENING)]

# What an edited section of a draft is called.
SECTIONS = {
    "call": _("présentation"),
    "need": _("besoin"),
    "supply_study": _("étude de l’offre disponible"),
    "lots": _("lots"),
    "requirements": _("exigences"),
    "selection_criteria": _("critères de sélection"),
    "award_criteria": _("critères de choix"),
    "phases": _("phases"),
    "acquisition": _("achat"),
    "terms": _("clauses"),
    "co_buyers": _("acheteurs associés"),
    "purchase": _("dossier d’achat"),
    "pattern": _("modèle d’appel"),
}
# Codes of an entry's data in words, by act and key.
DETAILS: dict[tuple[str, str], dict[Any, Any]] = {
    ("call.edited", "section"): SECTIONS,
    ("team.role_given", "role"): dict(TeamRole.choices),
    ("team.role_taken_back", "role"): dict(TeamRole.choices),
    ("document.added", "kind"): dict(CallDocument.Kind.choices),
    ("document.removed", "kind"): dict(CallDocument.Kind.choices),
    ("period.planned", "kind"): dict(SubmissionPeriod.Kind.choices),
    ("lot.cancelled", "kind"): dict(Cancellation.Kind.choices),
}
SITE = _("Le site")
A_FIRM = _("Une entreprise")


@dataclass(frozen=True)
class Told:
    """One entry in words; rank and hash stay empty while they would tell how many answer."""

    what: str
    detail: str
    at: datetime
    who: str
    roles: str
    rank: int | None
    hash: str


def bids_are_secret(call: Call) -> bool:
    """Whether answers may come in, or wait for their opening; a lot that was given up has none to open (B.9)."""
    alive = Q(lot__timeline__cancelled_at=None, lot__timeline__unsuccessful_at=None)
    waiting = SubmissionPeriod.objects.filter(alive, lot__call=call, opening_began_at=None)
    return call.is_published and waiting.exists()


def entries(call: Call, *, is_secret: bool, chapter: str = "", author: str = "") -> QuerySet[Entry]:
    """Entries that may be told now, newest first; of one chapter or one author when they are given."""
    rows = Entry.objects.filter(chain__key=call.chain).order_by("-seq")
    if is_secret:
        rows = rows.filter(act__in=TOLD_BEFORE_OPENING)
    if chapter in CHAPTERS:
        rows = rows.filter(act__in=list(CHAPTERS[chapter][1]))
    return rows.filter(actor=author) if author else rows


def acts_of_people(call: Call, *, is_secret: bool) -> QuerySet[Entry]:
    """Entries that somebody decided, newest first: not those of the site's own trades."""
    return entries(call, is_secret=is_secret).exclude(actor__startswith="system:")


def tell(rows: Iterable[Entry], call: Call, *, is_secret: bool, names_firms: bool) -> list[Told]:
    """The entries in words, names and roles read at once. Without `names_firms`, nobody learns who answered."""
    shown = list(rows)
    people = People(call, {entry.actor for entry in shown}, names_firms=names_firms)
    return [
        Told(
            what=str(SENTENCES.get(entry.act, entry.act)),
            detail=_detail(entry),
            at=entry.at,
            who=people.name(entry.actor),
            roles=people.roles(entry.actor),
            rank=None if is_secret else entry.seq,
            hash="" if is_secret else entry.hash,
        )
        for entry in shown
    ]


def authors(call: Call, *, is_secret: bool, names_firms: bool) -> list[tuple[str, str]]:
    """Labels and names of everybody whose acts are told, by name; the trades of the site each have their label."""
    labels = set(entries(call, is_secret=is_secret).order_by().values_list("actor", flat=True).distinct())
    people = People(call, labels, names_firms=names_firms)
    named = ((label, people.name(label)) for label in labels - people.unnamed if not label.startswith("system:"))
    return sorted(named, key=lambda pair: pair[1])


def _detail(entry: Entry) -> str:
    for (act, key), words in DETAILS.items():
        if act == entry.act and entry.data.get(key) in words:
            return str(words[entry.data[key]])
    return ""


class People:
    """Names and roles of the authors of entries, by the label that entries keep; read in three queries."""

    def __init__(self, call: Call, labels: set[str], *, names_firms: bool) -> None:
        ids: dict[str, list[str]] = defaultdict(list)
        for label in labels:
            kind, _colon, key = label.partition(":")
            ids[kind].append(key)
        self.unnamed: set[str] = set()
        self._names: dict[str, str] = {}
        self._users: dict[str, Any] = {}
        members = Membership.objects.filter(pk__in=ids["membership"]).select_related("user", "organisation")
        for one in members:
            label = f"membership:{one.pk}"
            self._names[label] = f"{one.user}, {one.organisation.name}"
            self._users[label] = one.user_id
            if not names_firms and one.organisation.kind == Organisation.Kind.SUPPLIER:
                self._names[label] = str(A_FIRM)
                self.unnamed.add(label)
        for person in User.objects.filter(pk__in=ids["person"]):
            label = f"person:{person.pk}"
            self._names[label] = str(person)
            self._users[label] = person.pk
        self._roles: dict[Any, list[str]] = defaultdict(list)
        for row in TeamMember.objects.filter(call=call, user__in=set(self._users.values())).order_by("role"):
            self._roles[row.user_id].append(row.get_role_display())

    def name(self, label: str) -> str:
        """Who it is; the site for its own trades."""
        return self._names.get(label, str(SITE))

    def roles(self, label: str) -> str:
        """Roles that the person holds or held in the call."""
        return ", ".join(self._roles.get(self._users.get(label), ()))
