"""The buyer signs a contract, sends it to the prefect where the law says so, and notifies it."""

from datetime import date

from procurement.law import parameters
from procurement.law.calendar import earliest_signature, paris_date, prefect_deadline
from procurement.law.facts import NotificationFacts, SignatureFacts, TransmissionFacts
from procurement.law.findings import Finding, Findings
from procurement.law.registry import Rule, enforces, run
from procurement.law.wording import day, euros, listed

FORMATS = ("PAdES", "XAdES", "CAdES")
LEVELS = ("qualified", "advanced_qualified_certificate")


def standstill_applies(facts: SignatureFacts) -> bool:
    """Whether the law imposes a standstill: formalised procedure, unless the only participant wins (R2182-2, LR-79)."""
    return facts.procedure == "formalised" and not (facts.participants == 1 and not facts.rejected_ids)


def signable_on(facts: SignatureFacts) -> date | None:
    """First day on which the buyer may sign, or None when no delay binds or no letter was sent (LR-78).

    It is the latest of: the end of each letter’s own standstill, each date announced, a voluntary standstill.
    Raises NoValueInForceError for an unknown launch date.
    """
    days = []
    if standstill_applies(facts):
        computed = earliest_signature(
            ((letter.sent_at, letter.electronic) for letter in facts.letters), launch_date=facts.launch_date
        )
        days += [computed] if computed else []
    days += [letter.announced_signing_date for letter in facts.letters if letter.announced_signing_date]
    days += [facts.voluntary_standstill_until] if facts.voluntary_standstill_until else []
    return max(days, default=None)


@enforces("LR-78")
def standstill_over(rule: Rule, facts: SignatureFacts) -> Findings:
    """Every rejected firm got its letter, and the standstill of the last one is over."""
    unsent = set(facts.rejected_ids) - {letter.recipient_id for letter in facts.letters}
    if standstill_applies(facts) and unsent:
        yield rule.block(
            "Les lettres de rejet ne sont pas toutes parties : le délai de suspension n’a pas commencé.",
            "Envoyez-les à chaque entreprise écartée.",
            "letters",
        )
    first = signable_on(facts)
    if first and paris_date(facts.now) < first:
        yield rule.block(
            f"Le contrat ne peut être signé avant le {day(first)}, fin du délai de suspension ou date annoncée.",
            f"Revenez le {day(first)}.",
            "now",
        )


@enforces("LR-79")
def standstill_waived(rule: Rule, facts: SignatureFacts) -> Findings:
    """Signing without standstill in a formalised procedure is for the sole participant: the file must show it."""
    if facts.procedure == "formalised" and facts.participants < 1:
        yield rule.block(
            "Le nombre de participants n’est pas connu : on ne peut dire si le délai de suspension s’impose.",
            "Consignez les offres reçues.",
            "participants",
        )
    elif standstill_applies(facts) and not facts.rejected_ids:
        yield rule.warn(
            "Plusieurs entreprises ont participé et aucune n’est écartée : la loi ne dispense du délai de suspension "
            "que si une seule a participé.",
            "Attendez un délai volontaire, ou écrivez pourquoi il est sans objet.",
            "rejected_ids",
        )


@enforces("LR-80")
def no_appeal_pending(rule: Rule, facts: SignatureFacts) -> Findings:
    """A pre-contract appeal holds the signature until the judge’s order reaches the buyer."""
    if facts.appeal_pending:
        yield rule.block(
            "Un référé précontractuel est en cours.",
            "Attendez l’ordonnance du juge, puis consignez sa réception.",
            "appeal_pending",
        )


@enforces("LR-73")
def holder_cleared(rule: Rule, facts: SignatureFacts) -> Findings:
    """The holder proved not to be excluded."""
    if not facts.holder_cleared:
        yield rule.block("Les preuves du retenu ne sont pas vérifiées.", "Vérifiez son dossier.", "holder_cleared")


@enforces("LR-82")
def holder_signs_first(rule: Rule, facts: SignatureFacts) -> Findings:
    """The buyer signs what the holder has signed."""
    if not facts.holder_signed:
        yield rule.block("Le partenaire n’a pas signé.", "Demandez sa signature, puis signez.", "holder_signed")


@enforces("LR-63")
def sound_signatures(rule: Rule, facts: SignatureFacts) -> Findings:
    """An electronic signature is advanced on a qualified certificate, sound, and its signer known to a person."""
    if facts.wet_ink:
        return
    if not facts.signatures:
        yield rule.block(
            "Aucun rapport de signature n’est joint.",
            "Déposez le contrat signé, ou consignez une signature sur papier.",
            "signatures",
        )
    for number, one in enumerate(facts.signatures, start=1):
        faults = {
            "une image de signature n’en est pas une" if one.format == "scan" else "le format n’est pas admis":
                one.format not in FORMATS,
            "le certificat n’est pas qualifié": one.level not in LEVELS,
            "le document a changé depuis": not one.intact,
            "le certificat était expiré ou révoqué": not one.certificate_valid_at_signing,
            "personne n’a vérifié l’identité du signataire": not one.identity_checked_by,
        }  # fmt: skip
        found = [fault for fault, present in faults.items() if present]
        if found:
            yield rule.block(
                f"Signature {number} : {listed(found)}.",
                "Faites signer de nouveau avec un certificat qualifié et un format PAdES, XAdES ou CAdES.",
                f"signatures.{number}",
            )


@enforces("LR-122")
def power_to_sign(rule: Rule, facts: SignatureFacts) -> Findings:
    """The signatory holds a power, in force today and high enough."""
    power, today = facts.power, paris_date(facts.now)
    if not facts.signatory_id or power is None or not power.document_id:
        yield rule.block(
            "Le pouvoir du signataire n’est pas joint.",
            "Joignez la délibération ou la délégation de signature.",
            "power",
        )
        return
    if power.valid_from is None or today < power.valid_from or (power.valid_until and today > power.valid_until):
        yield rule.block(
            "Le pouvoir du signataire n’est pas en vigueur aujourd’hui.",
            "Joignez un pouvoir en vigueur.",
            "power.dates",
        )
    if power.ceiling_ht is not None and (facts.amount_ht is None or facts.amount_ht > power.ceiling_ht):
        yield rule.block(
            f"Le montant dépasse ce que le signataire peut engager ({euros(power.ceiling_ht)}).",
            "Faites signer une personne dont le pouvoir couvre ce montant.",
            "power.ceiling_ht",
        )


def must_be_transmitted(facts: TransmissionFacts) -> bool:
    """Whether the contract goes to the prefect: local authority, from the amount of D2131-5-1 on (LR-83).

    An unknown amount counts as reaching it. Raises NoValueInForceError for a launch date without known figures.
    """
    if facts.buyer_category != "local_authority":
        return False
    least = parameters.value("legality_control_min", on=facts.launch_date)
    return facts.amount_ht is None or facts.amount_ht >= least


@enforces("LR-83")
def sent_to_prefect(rule: Rule, facts: TransmissionFacts) -> Findings:
    """A local contract above the threshold is sent within fifteen days of signature, against a receipt."""
    if not must_be_transmitted(facts):
        return
    if facts.transmitted_on is None or not facts.receipt_number:
        yield rule.block(
            "Le contrat n’a pas été transmis au préfet, ou l’accusé manque : il n’est pas exécutoire.",
            "Transmettez-le et consignez le numéro et la date de l’accusé.",
            "transmitted_on",
        )
    elif facts.signed_on and facts.transmitted_on > prefect_deadline(facts.signed_on, launch_date=facts.launch_date):
        yield rule.warn(
            "La transmission au préfet a eu lieu plus de quinze jours après la signature.",
            "Écrivez la cause du retard.",
            "transmitted_on",
        )


@enforces("LR-82")
def signed_before_notified(rule: Rule, facts: NotificationFacts) -> Findings:
    """A contract is notified once both have signed, with all its documents."""
    if facts.holder_signed_at is None or facts.buyer_signed_at is None:
        yield rule.block(
            "Le contrat n’est pas signé des deux parties.", "Recueillez les deux signatures.", "signatures"
        )
    if not facts.documents:
        yield rule.block("Aucune pièce du contrat n’est jointe.", "Joignez l’ensemble des pièces signées.", "documents")


@enforces("LR-66")
def report_finalised(rule: Rule, facts: SignatureFacts) -> Findings:
    """At or above the European threshold, the *rapport de présentation* is finalised before the buyer signs."""
    if facts.procedure == "formalised" and not facts.presentation_report:
        yield rule.block(
            "Le rapport de présentation de ce lot n’est pas établi.",
            "Établissez-le depuis la page d’attribution, puis signez.",
            "presentation_report",
        )


SIGNATURE_RULES = (
    standstill_over,
    standstill_waived,
    no_appeal_pending,
    report_finalised,
    holder_cleared,
    holder_signs_first,
    sound_signatures,
    power_to_sign,
)
TRANSMISSION_RULES = (sent_to_prefect,)
NOTIFICATION_RULES = (signed_before_notified,)


def check(facts: SignatureFacts) -> list[Finding]:
    """Every finding on the buyer’s signature of one contract."""
    return run(SIGNATURE_RULES, facts)


def check_transmission(facts: TransmissionFacts) -> list[Finding]:
    """Every finding on the transmission of one signed contract to the prefect."""
    return run(TRANSMISSION_RULES, facts)


def check_notification(facts: NotificationFacts) -> list[Finding]:
    """Every finding on the notification of one contract to its holder."""
    return run(NOTIFICATION_RULES, facts) + check_transmission(facts.transmission)
