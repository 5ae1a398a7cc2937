"""From the letters to the notified contracts."""

from datetime import timedelta
from functools import partial

from marketplace.demo.play.scene import Firm, Scene
from marketplace.demo.play.selection import firm_of
from marketplace.files.pdf_signing import sign_pdf
from marketplace.files.services import stage
from procurement.calls.models import Lot
from procurement.contracts.acte import BuyerSide, Particulars
from procurement.contracts.facts import transmission_facts
from procurement.contracts.models import Contract, SignatoryPower
from procurement.contracts.rehearsal_signing import example_signer
from procurement.contracts.services.formation import prepare_contracts
from procurement.contracts.services.notification import notify, record_receipt, transmit_to_prefect
from procurement.contracts.services.signature import (
    bytes_to_sign,
    confirm_identity,
    record_power,
    sign_as_buyer,
    sign_as_holder,
)
from procurement.correspondence.services import record_reading
from procurement.evaluation.services import reports, standstill
from procurement.evaluation.services.awards import ranking_in_force
from procurement.law import calendar
from procurement.law import signature as law

CAPACITY = "direction générale"
BUYER_CAPACITY = "représentante de l’acheteur, par délégation"
# The account number that every bank prints as an example.
EXAMPLE_IBAN = "FR7630006000011234567890189"
INDICATORS = {
    "environmental": {"indicator": "Empreinte mesurée à chaque fin de phase", "target": "en baisse"},
    "social": {"indicator": "Heures d’insertion", "target": "5 %"},
}
A_YEAR = timedelta(days=365)


def write_to_all(scene: Scene) -> None:
    """Reports are finalised, then letters leave together: the standstill begins (LR-66, LR-75, LR-76)."""
    authors = [{"name": str(scene.users[part]), "capacity": "évaluation"} for part in ("evaluator", "second_evaluator")]
    for lot in scene.lots:
        scene.do(
            reports.finalise_analysis_report, lot=lot, ranking=ranking_in_force(lot), authors=authors,
            conclusion="Le classement ci-dessus fonde le choix proposé.", actor=scene.people["evaluator"],
        )  # fmt: skip
        scene.do(reports.finalise_presentation_report, lot=lot, actor=scene.people["validator"])
        scene.do(
            standstill.send_rejections, lot=lot, reasons=standstill.drafted_reasons(lot),
            actor=scene.people["signatory"],
        )  # fmt: skip
    scene.render()


def sign(scene: Scene) -> None:
    """Contracts are drawn up; partners sign, then the buyer, not one day before the standstill is over (LR-78)."""
    contracts, buyer_power = sign_by_holders(scene)
    days = [standstill.earliest_signature(lot, now=scene.now) for lot in scene.lots]
    if first_day := max(filter(None, days), default=None):
        scene.go_to_day(first_day - timedelta(days=1))
        try_too_early(scene, contracts[0], buyer_power)
        scene.go_to_day(calendar.next_working_day(first_day))
    for contract in contracts:
        scene.do(
            sign_as_buyer, contract=contract, power=buyer_power, signed_pdf=_signed_by_buyer(scene, contract),
            actor=scene.people["signatory"],
        )  # fmt: skip


def sign_by_holders(scene: Scene, *, wait: int = 2) -> tuple[list[Contract], SignatoryPower]:
    """Contracts are drawn up and, `wait` days later, signed by the partners.

    Gives them with the power of the buyer's signatory.
    """
    contracts = [contract for lot in scene.lots for contract in _draw_up(scene, lot)]
    scene.render_all()
    buyer_power = _buyer_power(scene)
    scene.wait(wait)
    for contract in contracts:
        _holder_signs(scene, contract)
    return contracts, buyer_power


def try_too_early(scene: Scene, contract: Contract, power: SignatoryPower) -> None:
    """Before the first lawful day, the site refuses the buyer's signature (LR-78)."""
    act = partial(sign_as_buyer, signed_pdf=_signed_by_buyer(scene, contract))
    scene.attempt("early_signature", act, contract=contract, power=power, actor=scene.people["signatory"])


def put_into_effect(scene: Scene) -> None:
    """The prefect where the law says so, then the holders: the contract takes effect when they receive it."""
    scene.wait(3)
    for number, contract in enumerate(contracts_of(scene), start=1):
        if law.must_be_transmitted(transmission_facts(contract)):
            scene.do(
                transmit_to_prefect, contract=contract, transmitted_at=scene.now, actor=scene.people["author"],
                receipt_number=f"{scene.numbers}-PREF-{number:04d}",
            )  # fmt: skip
        letter = scene.do(notify, contract=contract, actor=scene.people["signatory"])
        holder = holder_of(scene, contract)
        scene.do(record_reading, letter=letter, actor=holder.actor)
        scene.do(record_receipt, contract=contract, actor=holder.actor)
    scene.render()


def contracts_of(scene: Scene) -> list[Contract]:
    """The contracts of the call, in the order of their numbers."""
    return list(Contract.objects.filter(lot__in=scene.lots).order_by("number"))


def holder_of(scene: Scene, contract: Contract) -> Firm:
    """The firm that holds a contract."""
    lot = next(lot for lot in scene.lots if lot.pk == contract.lot_id)
    return firm_of(scene, lot, contract.party_id)


def _draw_up(scene: Scene, lot: Lot) -> list[Contract]:
    particulars = {
        party.pk: _particulars(scene.firms[name])
        for (number, name), party in scene.parties.items()
        if number == lot.number
    }
    buyer_side = BuyerSide(
        signatory=str(scene.users["signatory"]), capacity=BUYER_CAPACITY,
        decision=f"Décision d’attribution du {scene.today:%d/%m/%Y}", indicators=INDICATORS,
    )  # fmt: skip
    return scene.do(
        prepare_contracts, lot=lot, particulars=particulars, buyer_side=buyer_side, actor=scene.people["author"]
    )


def _particulars(firm: Firm) -> Particulars:
    key = firm.organisation.identifier
    return Particulars(
        signatories={key: {"name": _person(firm), "capacity": CAPACITY, "power": "représentation légale"}},
        accounts={key: {"holder": firm.organisation.name, "iban": EXAMPLE_IBAN, "bic": ""}},
        advance_accepted=True,
    )


def _person(firm: Firm) -> str:
    return str(firm.organisation.memberships.get(pk=firm.actor.membership_id).user)


def _power(scene: Scene, *, organisation: object, signatory: str, capacity: str, title: str) -> SignatoryPower:
    # One power serves in every lot of the call.
    known = SignatoryPower.objects.filter(call=scene.call, organisation=organisation, signatory=signatory).first()
    if known is not None:
        return known
    document = stage(f"{title}\n{signatory}, {capacity}.\nExemple.\n".encode(), name="pouvoir.txt")
    return scene.do(
        record_power, call=scene.call, organisation=organisation, signatory=signatory, capacity=capacity, basis=title,
        document=document, valid_from=scene.today - A_YEAR, valid_until=scene.today + A_YEAR,
        actor=scene.people["author"],
    )  # fmt: skip


def _buyer_power(scene: Scene) -> SignatoryPower:
    return _power(
        scene, organisation=scene.buyer, signatory=str(scene.users["signatory"]), capacity=BUYER_CAPACITY,
        title="Délégation de signature (exemple)",
    )  # fmt: skip


def _holder_signs(scene: Scene, contract: Contract) -> None:
    firm = holder_of(scene, contract)
    power = _power(
        scene, organisation=firm.organisation, signatory=_person(firm), capacity=CAPACITY,
        title="Extrait d’immatriculation (exemple)",
    )  # fmt: skip
    signer = example_signer(_person(firm), organisation=firm.organisation.name)
    signed = sign_pdf(bytes_to_sign(contract), signer=signer, field="Titulaire", now=scene.now)
    signature = scene.do(sign_as_holder, contract=contract, signed_pdf=signed, power=power, actor=firm.actor)
    scene.do(confirm_identity, signature=signature, actor=scene.people["author"])


def _signed_by_buyer(scene: Scene, contract: Contract) -> bytes:
    signer = example_signer(str(scene.users["signatory"]), organisation=scene.buyer.name)
    return sign_pdf(bytes_to_sign(contract), signer=signer, field="Acheteur", now=scene.now)
