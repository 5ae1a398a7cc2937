"""Prices of bids that another buyer profile opened: typed by the buyer from the files, or taken from a table (CSV).

The evaluation reckons with structured amounts; the other profile gives documents only.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.files.spooling import spooled
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from procurement.calls.models import PeriodEnvelope, SubmissionPeriod
from procurement.submissions.brought_files import TakenFile, keep_files, taken_out
from procurement.submissions.forms.answers import PriceForm
from procurement.submissions.mails import tell_infected
from procurement.submissions.models import OpeningResult, ReceivedLine, ReceivedRegister, Submission
from procurement.submissions.register_archive import located
from procurement.submissions.register_table import Fault, plain, rows_of
from procurement.submissions.registers import envelopes_of, refuse_unready
from procurement.submissions.signals import openings_held, received_changes

NUMBER, FIRM = "numéro", "entreprise"


@dataclass(frozen=True, slots=True)
class Pricing:
    """A bid and its prices as they would be written, in the shape of `PriceForm.part`."""

    line: ReceivedLine
    price: dict[str, Any]


def lines_to_price(period: SubmissionPeriod) -> list[ReceivedLine]:
    """Lines of the register in force whose bid is on time or admitted: the ones that have prices to record."""
    lawful = Submission.objects.to_open(period).values("pk")
    return list(ReceivedLine.objects.filter(submission__in=lawful).select_related("party__lead", "submission"))


def columns_of(period: SubmissionPeriod) -> dict[str, str]:
    """Columns of the table of prices, {title: name of the field of `PriceForm`}."""
    names = {"unit_ht": "prix unitaire HT", "total_ht": "coût total HT", "vat_rate": "TVA en %"}
    columns = {}
    for field in PriceForm(period=period).fields:
        what, _dash, number = field.partition("-")
        title = {"fixed": "part fixe HT", "result": "part résultats HT"}.get(what)
        columns[f"phase {number} {title}" if title else names[field]] = field
    return columns


def read_prices(period: SubmissionPeriod, content: bytes) -> tuple[list[Pricing], list[Fault]]:
    """Every sound line of a table of prices, and every fault, judged as the form of prices judges a bidder."""
    columns = columns_of(period)
    rows, faults = rows_of(content, [NUMBER, FIRM, *columns])
    lines = {plain(line.number): line for line in lines_to_price(period)}
    found: dict[str, Pricing] = {}
    for rank, row in rows:
        key, where = plain(row[NUMBER]), f"Ligne {rank}"
        if key not in lines:
            faults.append(Fault(where, f"Aucune offre à évaluer ne porte le numéro « {row[NUMBER][:40]} »."))
            continue
        if key in found:
            faults.append(Fault(where, f"Le numéro « {row[NUMBER]} » est déjà plus haut."))
            continue
        form = PriceForm({field: row[title] for title, field in columns.items()}, period=period)
        if form.is_valid():
            found[key] = Pricing(lines[key], form.part())
        else:
            titles = {field: title for title, field in columns.items()}
            faults += [Fault(where, f"{titles[name]} : {errors[0]}") for name, errors in form.errors.items()]
    return list(found.values()), faults


def why_not_yet(period: SubmissionPeriod, now: datetime) -> str:
    """Why prices of a period may not be recorded now; empty when they may."""
    return why_not_yet_in([period], now)[period.pk]


def why_not_yet_in(periods: Collection[SubmissionPeriod], now: datetime) -> dict[Any, str]:
    """`why_not_yet` for each of the periods, by id, in a constant number of queries."""
    by_id = {period.pk: period for period in periods}
    envelopes = list(PeriodEnvelope.objects.filter(period__in=list(by_id), name=PeriodEnvelope.Name.PRICE))
    for one in envelopes:
        one.period = by_id[one.period_id]
    registers = ReceivedRegister.objects.filter(period__in=list(by_id), replaced_by__isnull=True)
    imported = set(registers.values_list("period_id", flat=True))
    answers = openings_held.send(sender=PeriodEnvelope, envelopes=envelopes, now=now)
    held = {key: reason for _receiver, told in answers for key, reason in told.items()}
    found = dict.fromkeys(by_id, "Cette période n’attend pas de prix.")
    for one in envelopes:
        found[one.period_id] = held.get(one.pk, "")
        if one.period_id not in imported:
            found[one.period_id] = "Importez d’abord le registre des dépôts et les plis de cette période."
    return found


@record_refusals("register.prices", subject="period")
def record_prices(
    *, period: SubmissionPeriod, prices: Iterable[Pricing], actor: Actor, now: datetime
) -> list[OpeningResult]:
    """Write the prices of bids brought from elsewhere, with the files of their price envelope.

    Recording again corrects, until the bids are ranked. Raises NotAllowed; Refusal before the register, before the
    technical scores are closed where the choice rests on these prices (choice of the site), without any price, or once
    bids are ranked. Records `register.prices_recorded`.
    """
    prices = list(prices)
    call = period.lot.call
    require(actor, "register.import", call)
    refuse_unready(period, now)
    if not prices:
        raise Refusal("Aucun prix n’est donné : écrivez au moins ceux d’une offre.")
    refusal = why_not_yet(period, now)
    if refusal:
        raise Refusal(refusal)
    register = ReceivedRegister.objects.select_related("archive").get(period=period, replaced_by__isnull=True)
    envelope = PeriodEnvelope.objects.get(period=period, name=PeriodEnvelope.Name.PRICE)
    new = [one.line.number for one in prices if not _recorded(one.line, envelope)]
    taken = _taken(register, period, new)
    with act(call.chain, "register.prices_recorded", actor=actor, now=now, subject=period) as entry:
        lawful = {line.pk for line in lines_to_price(period)}
        if any(one.line.pk not in lawful for one in prices):
            raise Refusal("Le registre a changé, ou une de ces offres n’est plus à évaluer : relisez la page.")
        results, infected = [], []
        for one in prices:
            result = _recorded(one.line, envelope)
            if result is None:
                result = OpeningResult(
                    submission=one.line.submission, envelope=envelope, register=register, status="opened"
                )
            elif result.answers != one.price:
                received_changes.send(sender=SubmissionPeriod, period=period, envelope=envelope)
            result.answers, result.at = one.price, now
            result.save()
            if found := keep_files(result, taken.pop(one.line.number, ())):
                infected += found
                tell_infected(one.line.submission, len(found), now)
            results.append(result)
        entry.data.update(register=register.pk, bids=[one.line.party_id for one in prices])
        if infected:
            entry.data["infected"] = infected
    return results


def recorded_prices(lines: Iterable[ReceivedLine]) -> Mapping[Any, OpeningResult]:
    """Prices recorded so far, by id of line."""
    rows = OpeningResult.objects.filter(submission__line__in=list(lines), envelope__name=PeriodEnvelope.Name.PRICE)
    return {row.submission.line_id: row for row in rows.select_related("submission")}


def _recorded(line: ReceivedLine, envelope: PeriodEnvelope) -> OpeningResult | None:
    return OpeningResult.objects.filter(submission=line.submission, envelope=envelope).first()


def _taken(register: ReceivedRegister, period: SubmissionPeriod, numbers: Iterable[str]) -> dict[str, list[TakenFile]]:
    """Price files of these lines, taken out of the archive kept with the register and scanned, by number."""
    numbers = list(numbers)
    found: dict[str, list[TakenFile]] = {}
    if not numbers:
        return found
    every = ReceivedLine.objects.filter(register=register).values_list("number", flat=True)
    with spooled(register.archive.chunks(), at_most=register.archive.size) as source:
        files = located(source, numbers=every, envelopes=envelopes_of(period))
        wanted = [file for file in files if file.number in numbers and file.envelope == PeriodEnvelope.Name.PRICE]
        for file, taken in taken_out(source, wanted):
            found.setdefault(file.number, []).append(taken)
    return found
