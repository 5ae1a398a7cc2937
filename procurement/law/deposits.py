"""A submission arrives: is it whole, is it in time, what does the receipt say, may it ever be opened."""

from enum import StrEnum

from procurement.law.calendar import is_on_time
from procurement.law.facts import ArrivalFacts, LateAdmissionFacts, ReceiptFacts, SealFacts, UnsealFacts
from procurement.law.findings import Finding, Findings
from procurement.law.registry import Rule, enforces, run
from procurement.law.wording import instant, listed


class Verdict(StrEnum):
    """What the instants of a submission say against its deadline (LR-53, LR-54)."""

    ON_TIME = "on_time"
    LATE = "late"
    LATE_STARTED_IN_TIME = "late_started_in_time"
    LATE_CONTESTED = "late_contested"


def verdict(arrival: ArrivalFacts) -> Verdict:
    """Compute the verdict from instants; the end of the reception counts, and equal to the deadline is on time."""
    if is_on_time(arrival.received_at, arrival.deadline):
        return Verdict.ON_TIME
    if arrival.contested:
        return Verdict.LATE_CONTESTED
    if arrival.first_byte_at and is_on_time(arrival.first_byte_at, arrival.deadline):
        return Verdict.LATE_STARTED_IN_TIME
    return Verdict.LATE


@enforces("LR-52")
def whole_submission(rule: Rule, facts: SealFacts) -> Findings:
    """A submission is handed in whole, and its author knows that it replaces the one before."""
    missing = [name for name in facts.required_envelopes if name not in facts.complete_envelopes]
    if missing or not facts.required_envelopes:
        yield rule.block(
            f"Le pli n’est pas entier : il manque {listed(missing) or 'l’enveloppe attendue'}.",
            "Déposez toutes les pièces des enveloppes demandées, puis scellez.",
            "envelopes",
        )
    if not facts.replacement_rule_accepted:
        yield rule.block(
            "Vous n’avez pas confirmé que ce dépôt remplacera le précédent.",
            "Lisez la règle et confirmez : seul le dernier pli reçu à temps sera ouvert.",
            "replacement_rule_accepted",
        )


@enforces("LR-86")
def procedure_goes_on(rule: Rule, facts: SealFacts) -> Findings:
    """Nothing is handed in any more for a lot without follow-up, or unsuccessful."""
    if facts.lot_ended:
        yield rule.block(
            "L’acheteur a mis fin à cette procédure : plus rien ne s’y dépose.",
            "Suivez la page de l’appel : un nouvel appel y sera annoncé.",
            "lot",
        )


@enforces("LR-50")
def no_member_refused(rule: Rule, facts: SealFacts) -> Findings:
    """Nobody tenders in the name of a firm that refused; a member that did not answer yet holds nothing."""
    if facts.refused_by:
        yield rule.block(
            f"{listed(facts.refused_by)} : refus de participer à votre groupement. Personne ne répond au nom d’une "
            "entreprise qui refuse.",
            "Obtenez son accord, ou changez la composition ; après un dépôt, l’acheteur seul peut le permettre.",
            "members",
        )


@enforces("LR-56")
def receipt_statements(rule: Rule, facts: ReceiptFacts) -> Findings:
    """An electronic receipt states depositor, buyer, title and object of the call, reception, and documents."""
    statements = {
        "le déposant": facts.depositor,
        "l’acheteur": facts.buyer,
        "l’intitulé de l’appel": facts.call_title,
        "l’objet de l’appel": facts.call_object,
        "la date et l’heure de réception": facts.received_at,
        "la liste des pièces": facts.documents,
    }
    missing = [name for name, stated in statements.items() if not stated]
    if missing:
        yield rule.block(
            f"L’accusé de réception ne dit pas {listed(missing)}.",
            "Complétez ces mentions avant de le remettre.",
            "receipt",
        )


@enforces("LR-43")
def late_candidature(rule: Rule, facts: UnsealFacts) -> Findings:
    """A candidature received late is eliminated."""
    if facts.kind == "candidature":
        yield from _late(rule, facts, "La candidature")


@enforces("LR-53")
def late_tender(rule: Rule, facts: UnsealFacts) -> Findings:
    """A tender received late stays sealed, unless one of the lawful roads opens it."""
    if facts.kind != "candidature":
        yield from _late(rule, facts, "L’offre")


def _late(rule: Rule, facts: UnsealFacts, what: str) -> Findings:
    arrival = facts.arrival
    admitted = facts.road == "admitted_late" and arrival.admitted_at is not None
    if verdict(arrival) is not Verdict.ON_TIME and not admitted and facts.road not in ("backup_copy", "court_order"):
        yield rule.block(
            f"{what} a été reçue le {instant(arrival.received_at)}, après l’heure limite "
            f"du {instant(arrival.deadline)} : elle est éliminée et reste scellée.",
            "Ne l’ouvrez pas. Si l’entreprise prouve sa diligence, décidez à deux de l’admettre, avec vos motifs.",
            "received_at",
        )


@enforces("LR-52")
def last_in_time_only(rule: Rule, facts: UnsealFacts) -> Findings:
    """Replaced and withdrawn submissions stay sealed."""
    if facts.withdrawn and facts.road != "court_order":
        yield rule.block("Ce pli a été retiré par son auteur.", "Laissez-le scellé.", "withdrawn")
    elif facts.superseded and facts.road not in ("admitted_supplement", "court_order"):
        yield rule.block(
            "Ce pli a été remplacé par un autre reçu à temps.",
            "Ouvrez seulement le dernier reçu à temps.",
            "superseded",
        )


@enforces("LR-54")
def reasoned_admission(rule: Rule, facts: LateAdmissionFacts) -> Findings:
    """Two people admit a contested late submission, with reasons and the incident report before them."""
    if verdict(facts.arrival) is Verdict.ON_TIME:
        yield rule.block(
            "Ce pli est arrivé à temps.", "Il n’y a rien à admettre : ouvrez-le avec les autres.", "arrival"
        )
    elif verdict(facts.arrival) is not Verdict.LATE_CONTESTED:
        yield rule.block(
            "L’entreprise n’a pas contesté le retard de son pli.",
            "Consignez d’abord sa contestation : elle doit montrer sa diligence et un équipement en ordre.",
            "arrival.contested",
        )
    if len({person for person in facts.decided_by if person}) < 2:
        yield rule.block("Une seule personne décide.", "Faites décider une seconde personne.", "decided_by")
    if not facts.reasons.strip():
        yield rule.block(
            "La décision n’est pas motivée.", "Écrivez ce qui prouve la diligence de l’entreprise.", "reasons"
        )
    if not facts.incident_report_id:
        yield rule.block(
            "Le rapport d’incident du site n’est pas joint.",
            "Produisez-le depuis la page du dépôt.",
            "incident_report_id",
        )


BEGIN_RULES = (procedure_goes_on,)
SEAL_RULES = (procedure_goes_on, whole_submission, no_member_refused)
AGREEMENT_RULES = (no_member_refused,)
RECEIPT_RULES = (receipt_statements,)
UNSEAL_RULES = (late_candidature, late_tender, last_in_time_only)
ADMISSION_RULES = (reasoned_admission,)


def check_begin(facts: SealFacts) -> list[Finding]:
    """Every finding on a submission about to be begun."""
    return run(BEGIN_RULES, facts)


def check_seal(facts: SealFacts) -> list[Finding]:
    """Every finding on a submission about to be sealed. Lateness is none: late ones are received and kept."""
    return run(SEAL_RULES, facts)


def check_agreement(facts: SealFacts) -> list[Finding]:
    """Every finding on the members of a group in whose name something is handed in."""
    return run(AGREEMENT_RULES, facts)


def check_receipt(facts: ReceiptFacts) -> list[Finding]:
    """Every finding on a receipt about to be issued."""
    return run(RECEIPT_RULES, facts)


def check_unseal(facts: UnsealFacts) -> list[Finding]:
    """Every finding on one submission about to be opened."""
    return run(UNSEAL_RULES, facts)


def check_admission(facts: LateAdmissionFacts) -> list[Finding]:
    """Every finding on the admission of a late submission."""
    return run(ADMISSION_RULES, facts)
