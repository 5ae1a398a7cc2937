"""The contract notice as an eForms file: what stands in it, what it refuses, who takes it."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from django.urls import reverse

from marketplace.journal import clock
from procurement.desk.departments import STARTS
from procurement.notices.eforms import NAMESPACES, contract_notice
from procurement.notices.eforms_facts import Buyer, Criterion, LotPart, Notice, Party, answered, gaps
from procurement.notices.eforms_reading import read_notice
from procurement.notices.nuts import AREAS, nuts_of
from tests.calls.builders import make_team, write_call
from tests.calls.pages import client_of
from tests.notices.eforms import add_co_buyer, answers, noticeable_call, typed

NOW = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)
# As the tests of the sheet have it.
WINTER = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PREFIXES = {name.removeprefix("xmlns:"): uri for name, uri in NAMESPACES.items() if name != "xmlns"}

LOT = LotPart(
    number=1, title="Réseau", description="Un service", value=Decimal("540000"), months=30,
    deadline=datetime(2026, 12, 29, 11, 0, tzinfo=UTC),
    criteria=(Criterion("Qualité", "quality", 6667, "Qualité"), Criterion("Prix", "price", 3333, "Prix")),
    conditions="Sobre", options="Facultatif", note="Note", place="Réseau de l’acheteur",
)  # fmt: skip
TOWN = Party(
    name="Ville d’Exemple", number="13000000300017", street="1 rue de l’Exemple", postcode="35000", city="Rennes",
    country="FRA", nuts="FRH03", email="achats@ville.example", telephone="+33 299000000",
)  # fmt: skip
NOTICE = Notice(
    notice_id=str(uuid.uuid4()), procedure_id=str(uuid.uuid4()), made_at=NOW, is_formalised=True,
    reference="2026-PI-1", title="Prévoir l’affluence", description="Mettre au point", nature="services",
    cpv="60000000-8", value=Decimal("540000"), features="Un partenaire", innovations=("rd-act", "mar-nov"),
    innovation_reasons="Rien d’équivalent", buyers=(Buyer(TOWN, "la", "gen-pub"),),
    court=replace(TOWN, name="Tribunal administratif de Rennes", email="", telephone=""), appeal_delays="Deux mois",
    profile_address="https://preau.example", documents_address="https://preau.example/documents/",
    deposit_address="https://preau.example/depot/", place_nuts="FRH03", candidates_min=3, candidates_max=5,
    variants_allowed=False, signature_at_deposit=False, eu_funds=False, gpa=True, sme=True, lots=(LOT,),
)  # fmt: skip


def root_of(notice):
    return ET.fromstring(contract_notice(notice))  # noqa: S314 - our own file


def texts(root, path):
    return [one.text for one in root.findall(path, PREFIXES)]


def only(root, path):
    [text] = texts(root, path)
    return text


def test_codes_amounts_and_instants_are_written_as_the_standard_wants():
    root = root_of(NOTICE)
    assert only(root, ".//cbc:SubTypeCode") == "16"
    assert only(root, "cac:TenderingProcess/cbc:ProcedureCode") == "innovation"
    assert only(root, "cbc:ContractFolderID") == NOTICE.procedure_id
    # Summer time on the day of the file, winter time at the deadline.
    assert (only(root, "cbc:IssueDate"), only(root, "cbc:IssueTime")) == ("2026-07-01+02:00", "11:00:00+02:00")
    period = ".//cac:ParticipationRequestReceptionPeriod/"
    assert (only(root, period + "cbc:EndDate"), only(root, period + "cbc:EndTime")) == (
        "2026-12-29+01:00",
        "12:00:00+01:00",
    )
    [of_call, of_lot] = root.findall(".//cbc:EstimatedOverallContractAmount", PREFIXES)
    assert (of_call.text, of_lot.text, of_lot.get("currencyID")) == ("540000.00", "540000.00", "EUR")
    assert set(texts(root, ".//cbc:ItemClassificationCode")) == {"60000000"}
    assert texts(root, ".//efbc:ParameterNumeric") == ["66.67", "33.33"]
    assert texts(root, ".//cbc:AwardingCriterionTypeCode") == ["quality", "price"]
    kinds = texts(root, ".//cac:ProcurementAdditionalType/cbc:ProcurementTypeCode")
    assert kinds == ["inn-pur", "rd-act", "mar-nov"]
    assert only(root, ".//cbc:DurationMeasure") == "30"


def test_an_instant_near_midnight_keeps_the_day_of_paris():
    lot = replace(LOT, deadline=datetime(2026, 8, 31, 22, 30, tzinfo=UTC))
    root = root_of(replace(NOTICE, lots=(lot,)))
    assert only(root, ".//cac:ParticipationRequestReceptionPeriod/cbc:EndDate") == "2026-09-01+02:00"


def test_what_is_forbidden_for_this_procedure_is_left_out():
    root = root_of(NOTICE)
    for path in (
        "cac:TenderSubmissionDeadlinePeriod", "cac:TenderValidityPeriod", "cac:OpenTenderEvent",
        "cac:ProcessJustification", "cbc:NoFurtherNegotiationIndicator",
    ):  # fmt: skip
        assert root.findall(f".//{path}", PREFIXES) == []


def test_words_that_xml_would_trip_over_come_through():
    title = "R&D <capteurs> & « eau »"
    root = root_of(replace(NOTICE, title=title, features="Un\x0b mot\x00 seul\ufffe"))
    assert only(root, "cac:ProcurementProject/cbc:Name") == title
    assert only(root, "cac:TenderingProcess/cbc:Description") == "Un mot seul"


def test_the_lead_of_several_buyers_is_told_and_the_court_comes_last():
    second = Buyer(replace(TOWN, name="Métropole"), "la", "env-pro")
    root = root_of(replace(NOTICE, buyers=(*NOTICE.buyers, second)))
    assert texts(root, ".//efbc:GroupLeadIndicator") == ["true", "false"]
    assert texts(root, ".//efac:Company/cac:PartyName/cbc:Name")[-1] == "Tribunal administratif de Rennes"
    receiver = ".//cac:AppealReceiverParty/cac:PartyIdentification/cbc:ID"
    assert only(root, receiver) == "ORG-0003"
    assert texts(root, "cac:ContractingParty/cac:Party/cac:PartyIdentification/cbc:ID") == ["ORG-0001", "ORG-0002"]
    assert texts(root_of(NOTICE), ".//efbc:GroupLeadIndicator") == []


def test_several_lots_and_no_maximum_of_candidates():
    root = root_of(replace(NOTICE, candidates_max=None, lots=(LOT, replace(LOT, number=2, options=""))))
    assert texts(root, "cac:ProcurementProjectLot/cbc:ID") == ["LOT-0001", "LOT-0002"]
    assert only(root, ".//cbc:MaximumLotsSubmittedNumeric") == "2"
    assert texts(root, ".//cac:EconomicOperatorShortList/cbc:LimitationDescription") == ["false", "false"]
    assert texts(root, ".//cbc:MaximumQuantity") == []
    assert texts(root, ".//cbc:MinimumQuantity") == ["3", "3"]
    assert texts(root, ".//cbc:OptionsDescription") == ["Facultatif"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"is_formalised": False}, "procédure adaptée"),
        ({"examples": ("Objet",)}, "exemples de répétition"),
        ({"description": " "}, "Objet de l’appel"),
        ({"innovation_reasons": ""}, "Raisons d’innover"),
        ({"cpv": "transport"}, "Code CPV"),
        ({"nature": "supplies"}, "ne va pas avec la nature"),
        ({"candidates_min": 2}, "au moins 3"),
        ({"candidates_min": None}, "au moins 3"),
        ({"candidates_max": 2}, "inférieur au minimum"),
        ({"deposit_address": "au guichet"}, "Adresse de dépôt"),
        ({"court": replace(TOWN, name="")}, "Tribunal compétent"),
        ({"court": replace(TOWN, city="")}, "Adresse de Ville d’Exemple"),
        ({"buyers": (Buyer(replace(TOWN, postcode=""), "la", "gen-pub"),)}, "Code postal de Ville d’Exemple"),
        ({"buyers": (Buyer(replace(TOWN, nuts=""), "la", "gen-pub"),)}, "Département de Ville d’Exemple"),
        ({"buyers": (Buyer(replace(TOWN, country="BE"), "la", "gen-pub"),)}, "n’est pas en France"),
        ({"lots": (replace(LOT, deadline=None),)}, "Heure limite des candidatures :"),
        ({"lots": (replace(LOT, deadline=NOW),)}, "la veille au plus tard"),
        ({"lots": (replace(LOT, months=0),)}, "Durée"),
        ({"lots": (replace(LOT, criteria=()),)}, "Critères d’attribution"),
        ({"lots": (LOT, replace(LOT, number=2, conditions="x" * 6001))}, "Conditions d’exécution du lot 2"),
    ],
)
def test_an_incomplete_call_gives_a_list_and_no_file(change, said):
    notice = replace(NOTICE, **change)
    [gap] = gaps(notice)
    assert said in gap.replace("\u00a0", " ")
    with pytest.raises(ValueError, match=said.replace("\u00a0", " ").split(" :")[0]):
        contract_notice(notice)


def test_a_complete_call_lacks_nothing():
    assert gaps(NOTICE) == []


def test_every_department_has_its_area():
    known = " ".join(starts for _code, _name, starts in AREAS).split()
    assert len(known) == len(set(known))
    for start in " ".join(STARTS.values()).split():
        assert start == "20" or start in known
    assert nuts_of("35044") == "FRH03"
    assert (nuts_of("20000"), nuts_of("20200"), nuts_of("97400")) == ("FRM01", "FRM02", "FRY40")
    assert (nuts_of("00100"), nuts_of("L-2985"), nuts_of(""), nuts_of("98000")) == ("", "", "", "")


@pytest.mark.django_db
def test_the_call_is_read_as_the_sheet_reads_it():
    team = make_team()
    call = noticeable_call(team, WINTER)
    other = add_co_buyer(call, team, WINTER).organisation
    held = read_notice(call, buyers=[team.buyer, other], notice_id=uuid.uuid4(), now=WINTER)
    notice = answered(held, answers(2))
    assert [one.party.email for one in notice.buyers] == ["achats0@ville.example", "achats1@ville.example"]
    assert gaps(notice) == []
    assert [one.party.nuts for one in notice.buyers] == ["FR101", "FRM02"]
    assert (notice.court.street, notice.court.postcode, notice.court.city) == (
        "3 contour de la Motte",
        "35044",
        "Rennes",
    )
    [lot] = notice.lots
    assert (notice.value, lot.value, lot.months) == (Decimal("540000.00"), Decimal("540000.00"), 30)
    assert "Équipe de recherche et capacité d’innovation (60\u202f%)" in lot.note
    assert "2. Adopter (acquisition, 24 mois)" in lot.note
    assert "quantité maximum 100 (arrêt)" in lot.options
    assert notice.innovations == ("rd-act",)
    assert notice.procedure_id == str(call.pk)


@pytest.fixture
def in_winter():
    with clock.rehearsal(WINTER):
        yield


@pytest.mark.django_db
@pytest.mark.usefixtures("in_winter")
def test_the_page_asks_what_the_site_does_not_hold_and_gives_the_file():
    team = make_team()
    call = noticeable_call(team, WINTER)
    page = reverse("notices:eforms", args=[call.reference])
    author, evaluator = client_of(team.author), client_of(team.evaluator)
    assert page in author.get(reverse("notices:sheet", args=[call.reference])).content.decode()
    html = author.get(page).content.decode()
    assert "FR101, lu du code postal 75011" in html
    assert "Télécharger le fichier XML" in html
    assert "Télécharger le fichier XML" not in evaluator.get(page).content.decode()
    assert evaluator.post(page, typed()).status_code == 403
    assert client_of(make_team().author).get(page).status_code == 404
    wrong = author.post(page, typed() | {"court_siret": "13000000300018", "telephone_0": "12", "gpa": ""})
    assert wrong.status_code == 422
    assert "achats0@ville.example" in wrong.content.decode()
    answer = author.post(page, typed())
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/xml"
    assert f"avis-{call.reference}.xml" in answer["Content-Disposition"]
    root = ET.fromstring(answer.content)  # noqa: S314 - our own file
    assert only(root, ".//cbc:ElectronicMail") == "achats0@ville.example"
    assert only(root, ".//cbc:Telephone") == "+33 2 99 00 00 00"
    again = ET.fromstring(author.post(page, typed()).content)  # noqa: S314 - our own file
    assert only(again, "cbc:ContractFolderID") == only(root, "cbc:ContractFolderID")
    assert only(again, "cbc:ID") != only(root, "cbc:ID")


@pytest.mark.django_db
def test_the_page_of_an_incomplete_call_lists_what_is_missing():
    team = make_team()
    call = write_call(team, WINTER, candidates_min=None)
    page = reverse("notices:eforms", args=[call.reference])
    for answer in (client_of(team.author).get(page), client_of(team.author).post(page, typed())):
        html = answer.content.decode().replace("\u00a0", " ")
        assert "Heure limite des candidatures : à fixer" in html
        assert "Nombre minimum de candidats invités" in html
        assert "Télécharger le fichier XML" not in html
    assert answer.status_code == 422
