"""A direct purchase of innovation: begun from « Quelle procédure ? », written, then decided by a second person."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Membership, Organisation
from marketplace.accounts.permissions import require
from marketplace.files.services import StagedFile, store
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from marketplace.journal.models import Entry
from procurement.calls.models import (
    AcceptedWarning,
    Call,
    ContractTerms,
    DirectOffer,
    DirectPurchase,
    LotTimeline,
    Orientation,
    Phase,
    TeamMember,
    TeamRole,
)
from procurement.calls.services import drafts
from procurement.calls.services.orientation import take_road
from procurement.calls.services.screens import EDITED
from procurement.calls.services.timeline import record
from procurement.law import direct as law
from procurement.law import parameters
from procurement.law.calendar import add_months
from procurement.law.facts import DirectOfferFacts, DirectPurchaseFacts
from procurement.law.findings import Finding, Severity, refuse

SCREEN = "purchase"
Fields = Mapping[str, Any]


def begin_purchase(*, orientation: Orientation, actor: Actor, now: datetime) -> Call:
    """Open the purchase file to which the answers of « Quelle procédure ? » lead, and take the road.

    A road taken before the file was opened still opens it. Raises NotAllowed, RuleViolation for a value that closes the
    road (LR-103), Refusal for a second file.
    """
    require(actor, "call.create", orientation.buyer)
    current = Orientation.objects.select_related("buyer").get(pk=orientation.pk)
    if Call.objects.filter(orientation=current).exists():
        raise Refusal("Ce choix a déjà son dossier : répondez de nouveau aux questions pour un autre besoin.")
    if current.road != Orientation.Road.DIRECT:
        take_road(orientation=current, road=Orientation.Road.DIRECT, actor=actor, now=now)
    return drafts.create_call(
        buyer=current.buyer,
        title=current.title,
        procedure=Call.Procedure.DIRECT,
        procedure_reasons=current.reasons,
        nature=current.nature,
        orientation=current,
        actor=actor,
        now=now,
    )


def write_purchase(
    *,
    call: Call,
    of_call: Fields,
    need: Fields,
    purchase: Fields,
    offers: Iterable[Fields],
    work: Fields,
    terms: Fields,
    actor: Actor,
    now: datetime,
) -> DirectPurchase:
    """Write the whole file of a direct purchase as one act; a draft may be incomplete.

    `offers`: firm_name, siren, amount_ht, received_on, opinion, in order. `work`: months, deliverables (one a line),
    acceptance_days. Raises NotAllowed, and Refusal once the purchase is decided or given up. Records `call.edited`.
    """
    common = {"actor": actor, "now": now}
    with drafts.edit_screen(call=call, screen=SCREEN, **common):
        _refuse_given_up(call)
        drafts.save_call(call=call, fields=of_call, **common)
        drafts.save_need(call=call, fields=need, **common)
        [lot] = drafts.save_lots(call=call, lots=[{"title": of_call["title"], "object": of_call["object"]}], **common)
        price = {"price_form": ContractTerms.PriceForm.FIRM, "price_month": timezone.localdate(now).replace(day=1)}
        drafts.save_terms(lot=lot, fields={**price, **terms}, **common)
        current = DirectPurchase.objects.filter(call=call).first() or DirectPurchase(call=call)
        for name, value in purchase.items():
            setattr(current, name, value)
        current.full_clean(exclude=["call"])
        current.save()
        _write_offers(current, offers)
        deliverables = [{"name": line.strip()} for line in work["deliverables"].splitlines() if line.strip()]
        phase = {
            "kind": Phase.Kind.DIRECT,
            "name": "Achat",
            "duration_months": work["months"],
            "acceptance_days": work["acceptance_days"],
            "remuneration_fixed_ht": current.purchase_ht,
            "deliverables": deliverables,
        }
        drafts.save_phases(lot=lot, rows=[phase], **common)
    return current


def _refuse_given_up(call: Call) -> None:
    """Raises Refusal for a purchase that was given up: it ended, for good (R2185-1)."""
    if LotTimeline.objects.filter(lot__call=call, cancelled_at__isnull=False).exists():
        raise Refusal("Cet achat est abandonné : ouvrez un autre dossier pour un autre besoin.")


def _write_offers(purchase: DirectPurchase, rows: Iterable[Fields]) -> None:
    """Put the offers in place of those of before; a document stays with the offer of the same firm."""
    before = list(purchase.offers.all())
    files = {(one.siren, one.firm_name): one.file_id for one in before}
    for one in before:
        one.delete()
    for number, row in enumerate(rows, start=1):
        siren = row["siren"]
        offer = DirectOffer(purchase=purchase, number=number, file_id=files.get((siren, row["firm_name"])), **row)
        offer.firm = _account_of(siren)
        offer.full_clean(exclude=["purchase", "firm", "file"])
        offer.save()


def _account_of(siren: str) -> Organisation | None:
    """The company of that number, when it has an account here."""
    if not siren:
        return None
    known = Organisation.objects.filter(kind=Organisation.Kind.SUPPLIER).sharing_siren(siren)
    return known.order_by("pk").first()


def attach_offer(*, offer: DirectOffer, file: StagedFile, actor: Actor, now: datetime) -> DirectOffer:
    """File the document of an offer with the purchase. Raises NotAllowed, Refusal once the purchase is decided.

    Records `purchase.offer_attached`.
    """
    call = offer.purchase.call
    require(actor, "call.edit", call)
    with act(call.chain, "purchase.offer_attached", actor=actor, now=now, subject=offer):
        current = DirectOffer.objects.select_related("purchase").get(pk=offer.pk)
        if current.purchase.decided_at is not None:
            raise Refusal("L’achat est décidé : son dossier ne change plus.")
        current.file = store(file)
        current.save()
    return current


@record_refusals("purchase.decide")
def decide_purchase(
    *,
    call: Call,
    offer: DirectOffer,
    reasons: str,
    is_written: bool,
    exclusions_checked: bool,
    actor: Actor,
    now: datetime,
    accepted: Mapping[str, str] | None = None,
) -> DirectPurchase:
    """Choose an offer of a direct purchase, for written reasons (LR-02, LR-103 to LR-105, LR-73, PR-05).

    `accepted` maps warnings to written reasons. Raises NotAllowed, RuleViolation with every finding that stands in the
    way, Refusal without reasons, once decided, or when the firm of a written contract has no account here. Records
    `purchase.decided`.
    """
    require(actor, "purchase.decide", call)
    with act(call.chain, "purchase.decided", actor=actor, now=now, subject=call) as entry:
        current = DirectPurchase.objects.select_related("call__lead_buyer").get(call=call)
        if current.decided_at is not None:
            raise Refusal("L’achat est déjà décidé.")
        _refuse_given_up(call)
        chosen = current.offers.get(pk=offer.pk)
        if not reasons.strip():
            raise Refusal("Écrivez vos motifs : ils restent au dossier de l’achat.")
        facts = purchase_facts(
            current, now=now, chosen=chosen, is_written=is_written, exclusions_checked=exclusions_checked, actor=actor
        )
        found = law.check(facts)
        refuse(found, accepted)
        if is_written and chosen.firm_id is None:
            raise Refusal(
                f"« {chosen.firm_name} » n’a pas de compte ici : elle ne pourrait pas signer. Invitez-la à s’inscrire "
                "avec son SIREN, puis enregistrez de nouveau le dossier."
            )
        _keep_reasons(call, found, accepted or {}, actor=actor, now=now)
        current.chosen, current.reasons, current.is_written = chosen, reasons, is_written
        current.exclusions_checked_at = now
        current.decided_at, current.decided_by_id = now, actor.user_id
        current.save()
        # The figures of the law are those of the day of the decision, whatever comes later.
        current.call.launch_date = timezone.localdate(now)
        current.call.save()
        lot = call.lots.get()
        record(lot, "awarded_at", now)
        record(lot, "winner_cleared_at", now)
        entry.data.update(amount_ht=chosen.amount_ht, is_written=is_written)
    return current


def _keep_reasons(
    call: Call, found: Iterable[Finding], accepted: Mapping[str, str], *, actor: Actor, now: datetime
) -> None:
    for rule in sorted({one.rule for one in found if one.severity is Severity.WARN}):
        AcceptedWarning(
            call=call, rule=rule, reason=accepted[rule], accepted_by_id=actor.user_id, accepted_at=now
        ).save()


def purchase_facts(
    purchase: DirectPurchase,
    *,
    now: datetime,
    chosen: DirectOffer | None = None,
    is_written: bool = True,
    exclusions_checked: bool = False,
    actor: Actor | None = None,
) -> DirectPurchaseFacts:
    """The file as the rule book reads it, on the day it is asked; alone, an offer counts as chosen."""
    call = purchase.call
    need = getattr(call, "need", None)
    offers = list(purchase.offers.all())
    if chosen is None and len(offers) == 1:
        chosen = offers[0]
    return DirectPurchaseFacts(
        decided_on=timezone.localdate(now),
        nature=call.nature,
        purchase_ht=purchase.purchase_ht or 0,
        options_ht=purchase.options_ht,
        same_need_ht=purchase.same_need_ht,
        operation_ht=purchase.operation_ht,
        small_lots_ht=purchase.small_lots_ht,
        indicators=tuple(need.innovation_indicators) if need else (),
        innovation_reasons=need.innovation_reasons if need else "",
        offers=tuple(_offer_facts(one) for one in offers),
        chosen=chosen and _offer_facts(chosen),
        comparison=purchase.comparison,
        contract_gaps=_contract_gaps(purchase),
        earlier_purchases=earlier_purchases(purchase, chosen, now=now) if chosen else 0,
        is_written=is_written,
        exclusions_checked=exclusions_checked,
        buyer_verified=call.lead_buyer.is_verified,
        authors=_authors(call),
        decided_by=str(actor.user_id or "") if actor else "",
    )


def _contract_gaps(purchase: DirectPurchase) -> tuple[str, ...]:
    """What the written contract would lack, as French words; the firm and the signatories say the rest later."""
    call = purchase.call
    lot = call.lots.select_related("terms").get()
    terms, phase = getattr(lot, "terms", None), lot.phases.first()
    held = {
        "l’objet": call.object,
        "le code CPV": call.cpv,
        "la durée": phase and phase.duration_months,
        "ce qui est remis": phase and phase.deliverables.exists(),
        "le lieu d’exécution": terms and terms.place,
        "le code postal du lieu": purchase.place_code,
        "l’imputation budgétaire": terms and terms.budget_line,
        "le comptable": terms and terms.accounting_officer,
        "le tribunal": terms and terms.court_name,
    }
    return tuple(name for name, value in held.items() if not value)


def _authors(call: Call) -> tuple[str, ...]:
    """Those who write the file: by their role now, and by the journal whatever role they gave back since."""
    held = TeamMember.objects.filter(call=call, role=TeamRole.AUTHOR, until=None).values_list("user_id", flat=True)
    wrote = Entry.objects.filter(chain__key=call.chain, act=EDITED, actor__startswith="membership:")
    keys = {label.partition(":")[2] for label in wrote.values_list("actor", flat=True).distinct()}
    users = Membership.objects.filter(pk__in=keys).values_list("user_id", flat=True)
    return tuple(sorted({str(pk) for pk in (*held, *users)}))


def earlier_purchases(purchase: DirectPurchase, offer: DirectOffer, *, now: datetime) -> int:
    """Direct purchases of the same buyer from the same firm, decided in the watched months before now (LR-104)."""
    today = timezone.localdate(now)
    since = add_months(today, -parameters.days("direct_watch_months", on=today))
    same = DirectPurchase.objects.filter(
        call__lead_buyer=purchase.call.lead_buyer_id, decided_at__date__gte=since, decided_at__lte=now
    ).exclude(pk=purchase.pk)
    if offer.siren:
        return same.filter(chosen__siren=offer.siren).count()
    return same.filter(chosen__firm_name__iexact=offer.firm_name).count()


def _offer_facts(offer: DirectOffer) -> DirectOfferFacts:
    return DirectOfferFacts(firm=offer.firm_name, amount_ht=offer.amount_ht, opinion=offer.opinion)
