"""What the boards of a buyer show: what to do first, calls by stage, the recent journal of one call."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Membership, User
from marketplace.journal.models import Entry
from marketplace.ui.todo import Todo, by_due_date
from procurement.calls import todo as calls_todo
from procurement.calls.models import Call, SubmissionPeriod
from procurement.calls.stages import Stage, stage
from procurement.contracts import todo as contracts_todo
from procurement.evaluation import todo as evaluation_todo
from procurement.submissions import todo as submissions_todo

TODOS_SHOWN = 5
ROOMS = (calls_todo, submissions_todo, evaluation_todo, contracts_todo)
# One page of a journal.
ENTRIES_SHOWN = 50

# Acts that would tell, before an opening, whether anybody answers (sealed-bids B.9). So would the rendering of
# receipts: until the opening, only acts that we know to be harmless are told.
SECRET_UNTIL_OPENING = ("party.", "deposit.", "submission.", "seal.", "receipts.", "letter.")

ACTS = {
    "call.created": "Appel commencé",
    "call.edited": "Rédaction enregistrée",
    "call.visa_given": "Visa donné",
    "supply_study.read": "Étude de l’offre relue",
    "team.role_given": "Rôle confié",
    "custodians.appointed": "Gardiens désignés",
    "keys.prepared": "Clés préparées",
    "keys.rehearsed": "Clé essayée par un gardien",
    "documents.online": "Documents mis en ligne",
    "call.published": "Appel publié",
    "period.planned": "Période de dépôt prévue",
    "period.extended": "Heure limite reportée",
    "lot.cancelled": "Lot arrêté",
    "party.formed": "Candidat constitué",
    "submission.sealed": "Réponse déposée",
    "submission.withdrawn": "Réponse retirée",
    "submission.late_admission_proposed": "Admission d’un pli tardif proposée",
    "submission.admitted_late": "Pli tardif admis",
    "receipts.complemented": "Accusés complétés",
    "seal.needs_decision": "Dépôt en attente de décision",
    "opening.begun": "Ouverture commencée par un gardien",
    "opening.completed": "Plis ouverts",
    "opening.interrupted": "Ouverture interrompue",
    "interests.declared": "Intérêts déclarés",
    "candidates.registered": "Candidatures enregistrées",
    "candidate.scored": "Candidature notée",
    "selection.decided": "Candidats choisis",
    "candidates.invited": "Candidats invités",
    "bids.registered": "Offres enregistrées",
    "requirements.checked": "Exigences vérifiées",
    "negotiation.invited": "Invitation à négocier",
    "negotiation.recorded": "Négociation consignée",
    "negotiation.eliminated": "Offre écartée pendant la négociation",
    "negotiation.closed": "Négociation close",
    "bid.assessed": "Offre examinée",
    "bid.scored": "Offre notée",
    "scores.handed_in": "Notes rendues",
    "score.agreed": "Note arrêtée ensemble",
    "evaluation.technical_closed": "Notation technique close",
    "price.explanations_asked": "Justification de prix demandée",
    "price.explanations_given": "Justification de prix reçue",
    "bids.ranked": "Offres classées",
    "analysis_report.finalised": "Rapport d’analyse arrêté",
    "cao.recorded": "Procès-verbal de la CAO consigné",
    "award.decided": "Partenaires choisis",
    "clearance.asked": "Justificatifs demandés",
    "clearance.proof_recorded": "Justificatif reçu",
    "clearance.cleared": "Dossier du retenu complet",
    "clearance.eliminated": "Retenu écarté",
    "rejections.sent": "Lettres de rejet envoyées",
    "standstill.held": "Signature suspendue",
    "standstill.released": "Suspension levée",
    "presentation_report.finalised": "Rapport de présentation arrêté",
    "contracts.prepared": "Contrats préparés",
    "power.recorded": "Pouvoir de signer consigné",
    "contract.holder_signed": "Contrat signé par le partenaire",
    "signature.identity_confirmed": "Identité du signataire confirmée",
    "contract.signed": "Contrat signé par l’acheteur",
    "contract.transmitted": "Contrat transmis au préfet",
    "contract.notification_sent": "Contrat envoyé au partenaire",
    "contract.notified": "Contrat notifié",
    "phase.started": "Phase commencée",
    "deliverable.handed_in": "Livrable remis",
    "phase.results_recorded": "Résultats consignés",
    "gate.opened": "Fin de phase ouverte",
    "gate.agreement_recorded": "Accord du partenaire consigné",
    "gate.decided": "Fin de phase décidée",
    "phase.decision_notified": "Décision de phase notifiée",
    "contract.tested": "Essai de performance consigné",
    "order.placed": "Bon de commande émis",
    "invoice.recorded": "Facture reçue",
    "payment.made": "Paiement fait",
    "contract.closed": "Contrat clos",
    "letter.read": "Courrier lu",
}
"""Words of the acts that boards tell; another act is shown by its own code."""

TOLD_BEFORE_OPENING = [name for name in ACTS if not name.startswith(SECRET_UNTIL_OPENING)]


@dataclass(frozen=True)
class Line:
    """A call of the board: its stage in words, its nearest deadline to come."""

    call: Call
    stage: Stage
    deadline: datetime | None


def todos_of(calls: Iterable[Call], actor: Actor, now: datetime) -> list[Todo]:
    """Everything to do in these calls, the most pressing first."""
    return by_due_date([one for call in calls for room in ROOMS for one in room.todos(call=call, actor=actor, now=now)])


def lines(calls: Iterable[Call], now: datetime) -> list[Line]:
    """Calls with the stage of their least advanced lot, from what is in progress to what has ended."""
    made = []
    for call in calls:
        lots = list(call.lots.all())
        reached = min((stage(lot.timeline, now) for lot in lots), key=list(Stage).index)
        closing = [at for lot in lots if (at := lot.timeline.candidatures_close_at) and at > now]
        made.append(Line(call, reached, min(closing, default=None)))
    return made


@dataclass(frozen=True)
class Told:
    """One entry of a journal in words; rank and hash stay empty while they would tell how many answer."""

    what: str
    at: datetime
    who: str
    rank: int | None
    hash: str


def bids_are_secret(call: Call, now: datetime) -> bool:
    """Whether answers may be coming in, or wait for their opening (sealed-bids B.9)."""
    return SubmissionPeriod.objects.filter(lot__call=call, opens_at__lte=now, opening_began_at=None).exists()


def journal(call: Call, now: datetime) -> list[Told]:
    """The journal of a call in words, newest first; what would tell who answers stays hidden until the opening."""
    rows = Entry.objects.filter(chain__key=call.chain).order_by("-seq")
    is_secret = bids_are_secret(call, now)
    if is_secret:
        rows = rows.filter(act__in=TOLD_BEFORE_OPENING)
    shown = list(rows[:ENTRIES_SHOWN])
    names = _names({entry.actor for entry in shown})
    return [
        Told(
            ACTS.get(entry.act, entry.act),
            entry.at,
            names.get(entry.actor, "Le site"),
            None if is_secret else entry.seq,
            "" if is_secret else entry.hash,
        )
        for entry in shown
    ]


def _names(labels: set[str]) -> dict[str, str]:
    """Names of the authors of entries, by the label that entries keep."""
    members = [label.partition(":")[2] for label in labels if label.startswith("membership:")]
    people = [label.partition(":")[2] for label in labels if label.startswith("person:")]
    names = {
        f"membership:{one.pk}": f"{one.user}, {one.organisation.name}"
        for one in Membership.objects.filter(pk__in=members).select_related("user", "organisation")
    }
    return names | {f"person:{one.pk}": str(one) for one in User.objects.filter(pk__in=people)}
