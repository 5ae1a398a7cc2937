"""From the letters to the decision that ends the first phase: signatures, prefect, notification, deliverables, gate."""

from playwright.sync_api import FilePayload

from marketplace.files.pdf_signing import sign_pdf
from procurement.contracts.models import Contract
from procurement.contracts.rehearsal_signing import example_signer
from tests.contracts.walk import BUYER_SIDE, PARTICULARS, day_and_hour
from tests.journeys.answering import PDF
from tests.journeys.house import House
from tests.journeys.person import Person


def contracts_of(house: House) -> list[Contract]:
    """Contracts of the lot as they stand, by rank."""
    return list(Contract.objects.filter(lot=house.lot).select_related("party__lead").order_by("rank"))


def holder_of(house: House, contract: Contract) -> Person:
    """The window of the partner of a contract."""
    return house.at(house.firm(contract.party.lead.name))


def prepare(house: House) -> None:
    """The buyer draws the contracts up and records who may sign; each partner completes its own."""
    author = house.at(house.team.author)
    author.go("/espace/acheteur/")
    author.follow("Préparer les contrats")
    author.fill(BUYER_SIDE)
    author.press("Préparer les contrats")
    author.follow("Enregistrer un pouvoir")
    author.fill(
        {
            "organisation": str(house.team.buyer.pk), "signatory": "Claire Vasseur", "capacity": "présidente",
            "basis": "Délibération du 4 mars 2027", "valid_from": "2027-01-01", "valid_until": "2027-12-31",
            "ceiling_ht": "500 000",
        }
    )  # fmt: skip
    power = b"%PDF-1.7\n" + b"pouvoir " * 20
    author.attach("document", FilePayload(name="deliberation.pdf", mimeType="application/pdf", buffer=power))
    author.press("Enregistrer le pouvoir")
    house.pause(minutes=1)
    for contract in contracts_of(house):
        holder = holder_of(house, contract)
        holder.go("/espace/entreprise/")
        holder.follow("Compléter")
        holder.fill(PARTICULARS)
        holder.press("Compléter mon contrat")
    house.pause(minutes=1)


def signed(house: House, person: Person, name: str, field: str) -> FilePayload:
    """The PDF that the page gives, signed by a fictitious person with a certificate of theirs."""
    content = person.download("Acte d’engagement").read_bytes()
    done = sign_pdf(content, signer=example_signer(name), field=field, now=house.clock.now())
    return FilePayload(name="signe.pdf", mimeType="application/pdf", buffer=done)


def holders_sign(house: House) -> None:
    """Each partner downloads its contract, signs it and hands it in; the buyer confirms who signed."""
    author = house.at(house.team.author)
    for contract in contracts_of(house):
        holder = holder_of(house, contract)
        holder.go("/espace/entreprise/")
        holder.follow("Signer")
        holder.attach("signed_pdf", signed(house, holder, "Inès Marchetti", "Titulaire"))
        holder.press("Déposer le PDF signé")
        house.pause(minutes=1)
        author.go("/espace/acheteur/")
        author.follow("Confirmer")
        author.press("Confirmer l’identité")


def buyer_signs(house: House, contract: Contract, *, is_refused: bool = False) -> None:
    """The signatory of the buyer hands in the PDF signed twice."""
    signatory = house.at(house.team.signatory)
    signatory.go("/espace/signature/")
    signatory.follow(f"contrat {contract.number}")
    signatory.attach("signed_pdf", signed(house, signatory, "Claire Vasseur", "Acheteur"))
    power = signatory.page.locator('[name="power"] option').last.get_attribute("value")
    signatory.fill({"power": str(power)})
    signatory.press("Déposer le PDF signé", is_refused=is_refused)


def put_into_effect(house: House, contract: Contract, *, is_local: bool = True) -> None:
    """The prefect where it is due, the notification, the receipt by the partner."""
    author = house.at(house.team.author)
    if is_local:
        author.go("/espace/acheteur/")
        author.follow("Transmettre")
        author.fill({**day_and_hour("transmitted_at", house.clock.now()), "receipt_number": "049-2027-0311"})
        author.press("Consigner la transmission")
    author.go("/espace/acheteur/")
    author.follow("Notifier")
    author.press("Notifier le contrat")
    house.pause(minutes=1)
    holder = holder_of(house, contract)
    holder.go("/espace/entreprise/")
    holder.follow("Accuser réception")
    holder.press("Accuser réception")


def perform(house: House, *measured: str, months: int = 3) -> None:
    """The first phase of every contract, by rank: started, its deliverables handed in and accepted, its results."""
    author, evaluator = house.at(house.team.author), house.at(house.team.evaluator)
    for _contract in contracts_of(house):
        author.go("/espace/acheteur/")
        author.follow("Commencer la phase 1")
        author.press("Commencer la phase")
    house.pause(days=30 * months)
    for contract in contracts_of(house):
        holder = holder_of(house, contract)
        for deliverable in contract.phases.get(number=1).deliverables.all():
            holder.go("/espace/entreprise/")
            holder.follow(f"Remettre « {deliverable.name} »")
            holder.attach("file", FilePayload(name="livrable.pdf", mimeType="application/pdf", buffer=PDF))
            holder.fill({"note": "Version 1"})
            holder.press("Remettre le livrable")
            evaluator.go("/espace/acheteur/")
            evaluator.follow(deliverable.name)
            evaluator.fill({"decision": "accepted"})
            evaluator.press("Décider sur le livrable")
        house.pause(minutes=1)
    for contract, value in zip(contracts_of(house), measured, strict=True):
        evaluator.go("/espace/acheteur/")
        evaluator.follow(f"Arrêter les résultats de la phase 1, {contract.party.lead.name}")
        evaluator.fill({"measured_1": value, "summary": "Cent trajets accompagnés"})
        evaluator.press("Arrêter les résultats")


def end_phase(house: House, *decisions: str) -> None:
    """The end of the phase is prepared, a signatory decides for each contract, partners acknowledge."""
    author, signatory = house.at(house.team.author), house.at(house.team.signatory)
    author.go("/espace/acheteur/")
    author.follow("Ouvrir la fin de la phase 1")
    author.fill({"proposal": "Garder la meilleure équipe"})
    author.press("Ouvrir la fin de phase")
    signatory.go("/espace/acheteur/")
    signatory.follow("Décider")
    for contract, decision in zip(contracts_of(house), decisions, strict=True):
        signatory.fill(
            {f"decision_{contract.number}": decision, f"reasons_{contract.number}": "Selon les objectifs de la phase."}
        )
    signatory.press("Envoyer les décisions")
    house.pause(minutes=1)
    for contract in contracts_of(house):
        holder = holder_of(house, contract)
        holder.go("/espace/entreprise/")
        holder.follow("Accuser réception")
        holder.press("Accuser réception")
    house.pause(minutes=1)
