"""Decision letters: when they may leave, and what they must say."""

from procurement.law.calendar import add_days, reasons_deadline, standstill_days
from procurement.law.facts import LetterFacts, ReasonsReplyFacts
from procurement.law.findings import Finding, Findings
from procurement.law.registry import Rule, enforces, run
from procurement.law.wording import day, listed

REJECTIONS = ("candidate_rejection", "tender_rejection", "round_elimination")


@enforces("LR-75")
def winners_cleared_first(rule: Rule, facts: LetterFacts) -> Findings:
    """Rejections of final tenders leave after every winner is cleared: they free the others from their tender."""
    if facts.kind == "tender_rejection" and (not facts.winner_ids or set(facts.winner_ids) - set(facts.cleared_ids)):
        yield rule.block(
            "Le dossier d’un retenu n’est pas encore vérifié : la lettre libérerait les autres de leur offre.",
            "Vérifiez d’abord les preuves de chaque retenu.",
            "cleared_ids",
        )


@enforces("LR-76")
def reasons_told(rule: Rule, facts: LetterFacts) -> Findings:
    """A rejection says why; after the award it also names the winner, why it won and when signature may come."""
    if facts.kind not in REJECTIONS or facts.procedure == "direct":
        return
    statements: dict[str, object] = {}
    if facts.procedure == "formalised":
        statements["les motifs du rejet"] = facts.reasons.strip()
    if facts.kind == "tender_rejection" and facts.procedure == "formalised":
        statements["le nom du retenu"] = facts.winner_name.strip()
        statements["les motifs du choix"] = facts.reasons_of_choice.strip()
        statements["la date à partir de laquelle le contrat peut être signé"] = facts.signing_date
    missing = [name for name, stated in statements.items() if not stated]
    if missing:
        yield rule.block(f"La lettre ne dit pas {listed(missing)}.", "Complétez-la avant l’envoi.", "reasons")


@enforces("LR-78")
def announced_date(rule: Rule, facts: LetterFacts) -> Findings:
    """The signing date that a letter announces is not before the end of the standstill it opens."""
    if facts.kind != "tender_rejection" or not facts.standstill_applies or not (facts.signing_date and facts.sent_on):
        return
    first = add_days(facts.sent_on, standstill_days(electronic=facts.electronic, launch_date=facts.launch_date))
    if facts.signing_date < first:
        yield rule.block(
            f"La lettre annonce une signature le {day(facts.signing_date)}, avant la fin du délai de suspension.",
            f"Annoncez le {day(first)} ou plus tard.",
            "signing_date",
        )


@enforces("LR-77")
def reasons_on_request(rule: Rule, facts: ReasonsReplyFacts) -> Findings:
    """A firm that asks is told the reasons, and what made the winning tender better, within fifteen days."""
    if not facts.reasons.strip():
        yield rule.block("La réponse ne dit pas les motifs du rejet.", "Écrivez-les.", "reasons")
    if facts.awarded and facts.valid_tender and not facts.advantages.strip():
        yield rule.block(
            "La réponse ne dit pas les caractéristiques et les avantages de l’offre retenue.",
            "Décrivez-les, sans rien livrer qui relève du secret des affaires.",
            "advantages",
        )
    last = reasons_deadline(facts.asked_on, launch_date=facts.launch_date)
    if facts.answered_on > last:
        yield rule.warn(
            f"La demande du {day(facts.asked_on)} appelait une réponse le {day(last)} au plus tard.",
            "Répondez aujourd’hui, et écrivez pourquoi la réponse part en retard.",
            "answered_on",
        )


@enforces("LR-124")
def appeals_told(rule: Rule, facts: LetterFacts) -> Findings:
    """Each decision letter tells the ways and times of appeal and the competent court."""
    missing = [
        name
        for name, text in (("les voies et délais de recours", facts.appeals), ("le tribunal compétent", facts.court))
        if not text.strip()
    ]
    if missing:
        yield rule.block(
            f"La lettre ne dit pas {listed(missing)}.", "Ajoutez-les depuis les clauses du contrat.", "appeals"
        )


RULES = (winners_cleared_first, reasons_told, announced_date, appeals_told)
REPLY_RULES = (reasons_on_request,)


def check(facts: LetterFacts) -> list[Finding]:
    """Every finding on a decision letter about to be sent."""
    return run(RULES, facts)


def check_reasons_reply(facts: ReasonsReplyFacts) -> list[Finding]:
    """Every finding on an answer to a request for reasons."""
    return run(REPLY_RULES, facts)
