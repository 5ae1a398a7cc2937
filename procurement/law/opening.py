"""Sealed submissions are opened: by two custodians, after the deadline, behind closed doors, with minutes."""

from datetime import timedelta

from procurement.law.calendar import in_utc
from procurement.law.facts import OpeningFacts, OpeningMinutesFacts
from procurement.law.findings import Finding, Findings
from procurement.law.registry import Rule, enforces, run
from procurement.law.wording import instant, listed

GRACE = timedelta(seconds=60)
PRESENCE = timedelta(minutes=30)


@enforces("LR-57")
def after_the_deadline(rule: Rule, facts: OpeningFacts) -> Findings:
    """Nothing is opened before the deadline, the minute of grace and the end of arrivals, doubts, incidents."""
    if facts.closes_at is None:
        yield rule.block("La période n’a pas d’heure limite.", "Fixez-la avant d’ouvrir.", "closes_at")
    elif in_utc(facts.now) <= in_utc(facts.closes_at):
        yield rule.block(
            f"Les plis restent scellés jusqu’au {instant(facts.closes_at)}.", "Attendez l’heure limite.", "closes_at"
        )
    elif in_utc(facts.now) <= in_utc(facts.closes_at) + GRACE:
        yield rule.block(
            "Les derniers dépôts reçus à temps s’enregistrent encore.", "Attendez une minute.", "closes_at"
        )
    if facts.pending_arrivals:
        yield rule.block(
            f"{facts.pending_arrivals} dépôt(s) reçu(s) à temps attendent leur enregistrement.",
            "Attendez qu’ils soient enregistrés, ou tranchez à deux leur cas.",
            "pending_arrivals",
        )
    if facts.clock_in_doubt_at is not None:
        yield rule.block(
            f"L’horloge du site était en doute le {instant(facts.clock_in_doubt_at)}, près de l’heure limite : "
            "les plis restent scellés.",
            "Faites lever ce doute par deux personnes de la validation ou de la signature, avec leurs motifs.",
            "clock",
        )
    if facts.incident_since is not None:
        yield rule.block(
            f"Un incident est déclaré depuis le {instant(facts.incident_since)}, et n’est pas réglé.",
            "Prolongez s’il le faut le délai pour tous, puis réglez l’incident à deux, avec vos motifs.",
            "incident",
        )


@enforces("LR-57")
def two_custodians(rule: Rule, facts: OpeningFacts) -> Findings:
    """Two distinct people who keep the keys open together, each having proved who they are within thirty minutes."""
    present = {
        one.person_id
        for one in facts.custodians
        if one.is_custodian and one.authenticated_at is not None
        and timedelta(0) <= in_utc(facts.now) - in_utc(one.authenticated_at) <= PRESENCE
    }  # fmt: skip
    if len(present) < 2:
        yield rule.block(
            f"{len(present)} gardien(s) des clés sont présents ; il en faut deux, distincts, identifiés depuis moins "
            "de trente minutes.",
            "Faites venir un second gardien désigné, et que chacun s’identifie de nouveau.",
            "custodians",
        )


@enforces("LR-115")
def closed_doors(rule: Rule, facts: OpeningFacts) -> Findings:
    """The opening is not public."""
    if facts.outsiders:
        yield rule.block(
            f"{len(facts.outsiders)} personne(s) étrangère(s) à l’équipe assisteraient à l’ouverture.",
            "L’ouverture n’est pas publique : gardez la seule équipe de l’appel.",
            "outsiders",
        )


@enforces("LR-115")
def complete_minutes(rule: Rule, facts: OpeningMinutesFacts) -> Findings:
    """Minutes name every submission with its depositor, hour, fingerprint and result, and the two people."""
    unsaid = sorted(set(facts.received_ids) - {line.submission_id for line in facts.lines})
    if unsaid:
        yield rule.block(
            f"Le procès-verbal oublie {len(unsaid)} pli(s) reçu(s).", "Ajoutez chaque pli, même resté scellé.", "lines"
        )
    for number, line in enumerate(facts.lines, start=1):
        statements = {
            "le déposant": line.depositor,
            "l’heure de réception": line.received_at,
            "l’empreinte": line.root,
            "le résultat": line.result,
        }
        missing = [name for name, stated in statements.items() if not stated]
        if missing:
            yield rule.block(
                f"Procès-verbal, pli {number} : il manque {listed(missing)}.", "Complétez la ligne.", f"lines.{number}"
            )
    if len({person for person in facts.people if person}) < 2:
        yield rule.block(
            "Le procès-verbal ne nomme pas les deux personnes qui ont ouvert les plis.", "Nommez-les.", "people"
        )


OPENING_RULES = (after_the_deadline, two_custodians, closed_doors)
MINUTES_RULES = (complete_minutes,)


def check(facts: OpeningFacts) -> list[Finding]:
    """Every finding on an opening about to begin; each submission is then asked to `deposits.check_unseal`."""
    return run(OPENING_RULES, facts)


def check_minutes(facts: OpeningMinutesFacts) -> list[Finding]:
    """Every finding on the minutes of an opening."""
    return run(MINUTES_RULES, facts)
