"""A direct purchase of innovation, as people type it in its pages."""

from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation
from procurement.calls.models import Call, DirectPurchase, Orientation, TeamRole
from procurement.calls.services import drafts
from tests.calls.builders import Team, team_user
from tests.calls.pages import NOW, client_of, part, rows
from tests.factories import MembershipFactory, OrganisationFactory, make

ANSWERS = {
    "title": "Trouver le bon quai de bus",
    "supply": "partial",
    "nature": "supplies",
    "research_ht": "0",
    "purchases_ht": "62 000",
    "reasons": "Un produit nouveau répond, sans recherche.",
}


def a_firm(name: str = "Tramélys") -> tuple[Organisation, Actor]:
    """A company with a person, registered under a SIRET."""
    firm = make(OrganisationFactory, name=name)
    return firm, Actor.of(make(MembershipFactory, organisation=firm))


def begin(author: Client, **changes: str) -> Call:
    """« Quelle procédure ? » answered, the direct road taken."""
    oriented = author.post(reverse("calls:orient"), ANSWERS | changes).url
    kept = Orientation.objects.get(pk=oriented.rstrip("/").rpartition("/")[2])
    answer = author.post(oriented, {"road": "direct"})
    call = Call.objects.get(orientation=kept)
    assert answer.url == reverse("calls:purchase", args=[call.reference])
    return call


def file_data(*firms: Organisation, amount: str = "62 000", **changes: Any) -> dict[str, Any]:
    """The whole page of the file; a double underscore in a name of `changes` stands for a dash."""
    offers = [
        {"firm_name": firm.name, "siren": firm.siren, "received_on": "2027-01-08", "amount_ht": amount,
         "opinion": "Répond sans équiper les bus."}
        for firm in firms
    ]  # fmt: skip
    data = (
        part(
            "need", title="Trouver le bon quai de bus", problem="Une personne aveugle sur cinq rate son bus.",
            object="Fourniture et réglage de douze balises sonores.", nature="supplies", cpv="32000000-3",
            innovation_indicators=["improved_product"], innovation_reasons="Essai du 4 janvier en gare.",
        )
        | part("value", purchase_ht=amount, options_ht="", same_need_ht="", operation_ht="", small_lots_ht="")
        | rows("offers", *offers)
        | part("comparison", comparison="Deux produits connus, plus chers et sans annonce à l’approche.")
        | part(
            "work", months="6", deliverables="Douze balises réglées\nNotice", acceptance_days="30",
            place="Gare routière", place_code="35000", vat_rate="20", ccag="", budget_line="2188-450",
            accounting_officer="Service de gestion comptable", court_name="Tribunal administratif de Rennes",
        )
    )  # fmt: skip
    return data | {name.replace("__", "-"): value for name, value in changes.items()}


def write_file(author: Client, call: Call, *firms: Organisation, **changes: Any) -> HttpResponse:
    """The file handed in."""
    return author.post(reverse("calls:purchase", args=[call.reference]), file_data(*firms, **changes))


def decide(person: Client, call: Call, **changes: Any) -> HttpResponse:
    """The first offer chosen."""
    offer = call.purchase.offers.order_by("number").first()
    said = {"offer": offer.pk, "is_written": "yes", "reasons": "La seule pertinente.", "exclusions_checked": "on"}
    return person.post(reverse("calls:decide_purchase", args=[call.reference]), said | changes)


def give_roles(team: Team, call: Call) -> None:
    """Somebody decides, somebody signs."""
    for actor, role in ((team.validator, TeamRole.VALIDATOR), (team.signatory, TeamRole.SIGNATORY)):
        drafts.give_role(call=call, user=team_user(actor), role=role, actor=team.author, now=NOW)


def decided(team: Team, firm: Organisation, **changes: Any) -> Call:
    """A purchase decided for that firm."""
    author = client_of(team.author)
    call = begin(author)
    give_roles(team, call)
    assert write_file(author, call, firm, **changes).status_code == 302
    assert decide(client_of(team.validator), call).status_code == 302
    return Call.objects.get(pk=call.pk)


def purchase_of(call: Call) -> DirectPurchase:
    """The file as it stands."""
    return DirectPurchase.objects.get(call=call)
