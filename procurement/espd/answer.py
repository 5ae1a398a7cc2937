"""Writing the response of a firm on the template of a request (ESPD-EDM 4.1): what it stated here, and nothing else.

Of the request, the exclusion grounds and the criteria on the group and the size of the firm are kept: only these are
answered from a candidature. What the request says of another call (buyer, lot, amounts) is replaced or put to nothing.
"""

import uuid
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

from marketplace.journal.errors import Refusal
from procurement.espd.codes import CAC, CBC, EXCLUSIONS, NAMESPACES, REQUEST, RESPONSE
from procurement.espd.response import main_questions
from procurement.espd.safe_xml import read_xml

WRITTEN_MODEL = "ESPD-EDMv4.1."
AGENCY = "PREAU"
ROLES_LIST = "http://publications.europa.eu/resource/authority/eo-role-type"
SIZES_LIST = "http://publications.europa.eu/resource/authority/economic-operator-size"
COUNTRIES_LIST = "http://publications.europa.eu/resource/authority/country"
KEPT_HEAD = ("UBLVersionID", "ProfileExecutionID", "ID", "CopyIndicator", "UUID", "ContractFolderID", "IssueDate",
             "IssueTime", "VersionID", "PreviousVersionID", "ProcedureCode")  # fmt: skip
# Countries of the European Economic Area, Switzerland and the United Kingdom, as the Publications Office codes them.
COUNTRIES = {
    "AT": "AUT", "BE": "BEL", "BG": "BGR", "CH": "CHE", "CY": "CYP", "CZ": "CZE", "DE": "DEU", "DK": "DNK", "EE": "EST",
    "ES": "ESP", "FI": "FIN", "FR": "FRA", "GB": "GBR", "GR": "GRC", "HR": "HRV", "HU": "HUN", "IE": "IRL", "IS": "ISL",
    "IT": "ITA", "LI": "LIE", "LT": "LTU", "LU": "LUX", "LV": "LVA", "MT": "MLT", "NL": "NLD", "NO": "NOR", "PL": "POL",
    "PT": "PRT", "RO": "ROU", "SE": "SWE", "SI": "SVN", "SK": "SVK",
}  # fmt: skip

for prefix, uri in {"": RESPONSE, "cac": CAC, "cbc": CBC}.items():
    ET.register_namespace(prefix, uri)


@dataclass(frozen=True, kw_only=True, slots=True)
class Party:
    """A firm or a buyer. `country`: two letters."""

    name: str
    identifier: str
    address: str = ""
    postcode: str = ""
    city: str = ""
    country: str = "FR"


@dataclass(frozen=True, kw_only=True, slots=True)
class Stated:
    """What a firm says: that no exclusion ground applies to it (whoever writes this has it declared), and its size.

    `size`: micro, small, medium, sme or large; `turnover` in euros. `others`: names of the other firms of its group.
    """

    firm: Party
    buyer: Party
    reference: str
    title: str
    lot: str
    size: str
    staff: int
    turnover: Decimal
    contact: str = ""
    others: tuple[str, ...] = ()


def read_request(content: bytes) -> ET.Element:
    """A request that a response can be written on. Raises Refusal for any other document."""
    root = read_xml(content)
    model = root.findtext("cbc:ProfileExecutionID", "", NAMESPACES).strip()
    if root.tag != f"{{{REQUEST}}}QualificationApplicationRequest" or not model.startswith(WRITTEN_MODEL):
        raise Refusal("Ce fichier n’est pas une demande de DUME (ESPD Request) du modèle européen 4.1.")
    codes = {one.text for one in root.iterfind("cac:TenderingCriterion/cbc:CriterionTypeCode", NAMESPACES)}
    if missing := [name for code, name in EXCLUSIONS.items() if code not in codes and code != "nati-ground"]:
        raise Refusal(f"Cette demande de DUME n’interroge pas sur tous les motifs d’exclusion : {', '.join(missing)}.")
    return root


def write_response(request: bytes, stated: Stated, *, now: datetime) -> bytes:
    """The response, in UTF-8, issued at `now`. Raises Refusal for no such request, or a country that is not known."""
    asked = read_request(request)
    head = {one.tag: deepcopy(one) for one in asked if one.tag.rpartition("}")[2] in KEPT_HEAD}
    own = {
        "ID": f"ESPDRES-{uuid.uuid4()}",
        "UUID": str(uuid.uuid4()),
        "CopyIndicator": "false",
        "ContractFolderID": stated.reference,
        "IssueDate": f"{now:%Y-%m-%d}",
        "IssueTime": now.isoformat(timespec="seconds").partition("T")[2],
        "ProcedureCode": "innovation",
    }
    root = ET.Element(f"{{{RESPONSE}}}QualificationApplicationResponse")
    for name in KEPT_HEAD:
        one = head.get(f"{{{CBC}}}{name}")
        if one is not None:
            one.text = own.get(name, one.text)
            root.append(one)
        if name == "IssueTime" and stated.others:
            _cbc(root, "EconomicOperatorGroupName", f"Groupement {stated.firm.name}")
    buyer = _cac(root, "ContractingParty")
    _identity(_cac(buyer, "Party"), stated.buyer)
    _operator(root, stated)
    _cbc(_cac(root, "ProcurementProject"), "Description", stated.title)
    _cbc(_cac(root, "ProcurementProjectLot"), "ID", stated.lot, schemeID="Criterion", schemeAgencyID=AGENCY)
    answers: list[ET.Element] = []
    for criterion in asked.iterfind("cac:TenderingCriterion", NAMESPACES):
        code = criterion.findtext("cbc:CriterionTypeCode", "", NAMESPACES)
        if code in EXCLUSIONS or code in {"eo-group", "sme"}:
            root.append(_emptied(criterion))
            answers += _answers(code, criterion, stated)
    root.extend(answers)
    ET.indent(root)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def size_of(staff: int, turnover: Decimal) -> str:
    """Size of a firm by its staff and turnover (recommandation 2003/361/CE; the balance sheet is not asked here)."""
    for size, people, euros in (("micro", 10, 2_000_000), ("small", 50, 10_000_000), ("medium", 250, 50_000_000)):
        if staff < people and turnover <= euros:
            return size
    return "large"


def _answers(code: str, criterion: ET.Element, stated: Stated) -> Iterator[ET.Element]:
    is_sme = stated.size != "large"
    applies = {"eo-group": bool(stated.others), "sme": is_sme}.get(code, False)
    for question in main_questions(criterion):
        yield _response(question, "ResponseIndicator", str(applies).lower())
    if not applies:
        return
    below = criterion.iterfind(
        "cac:TenderingCriterionPropertyGroup/cac:SubsidiaryTenderingCriterionPropertyGroup/"
        "cac:TenderingCriterionProperty", NAMESPACES,
    )  # fmt: skip
    texts = [", ".join(stated.others), f"Groupement {stated.firm.name}"]
    for question in below:
        match question.findtext("cbc:ValueDataTypeCode", "", NAMESPACES):
            case "CODE":
                listed = {"listID": ROLES_LIST, "listAgencyID": "OP", "listVersionID": "20211208-0"}
                yield _response(question, "ResponseCode", "group-lead", **listed)
            case "DESCRIPTION":
                yield _response(question, "Description", texts.pop(0) if texts else stated.firm.name)
            case "QUANTITY_INTEGER":
                yield _response(question, "ResponseQuantity", str(stated.staff), unitCode="INTEGER")
            case "AMOUNT":
                yield _response(question, "ResponseAmount", f"{stated.turnover:.2f}", currencyID="EUR")


def _response(question: ET.Element, element: str, text: str, **attributes: str) -> ET.Element:
    asked = question.findtext("cbc:ID", "", NAMESPACES)
    scheme = {"schemeID": "Criterion", "schemeAgencyID": AGENCY, "schemeVersionID": "4.1.0"}
    one = ET.Element(f"{{{CAC}}}TenderingCriterionResponse")
    _cbc(one, "ID", f"{asked}/R1", **scheme)
    _cbc(one, "ValidatedCriterionPropertyID", asked, **scheme)
    value = _cac(one, "ResponseValue")
    _cbc(value, "ID", f"{asked}/R1/RV", **scheme)
    _cbc(value, element, text, **attributes)
    return one


def _emptied(criterion: ET.Element) -> ET.Element:
    """A criterion without the amounts and words by which the request specified another call."""
    one = deepcopy(criterion)
    for element in one.iter():
        name = element.tag.rpartition("}")[2]
        if name == "MinimumAmount":
            element.text = "0"
        elif name == "ExpectedDescription":
            element.text = "Sans objet"
    return one


def _operator(root: ET.Element, stated: Stated) -> None:
    operator = _cac(root, "EconomicOperatorParty")
    role = "group-lead" if stated.others else "sole-tenderer"
    listed = {"listID": ROLES_LIST, "listAgencyID": "OP", "listVersionID": "20211208-0"}
    _cbc(_cac(operator, "EconomicOperatorRole"), "RoleCode", role, **listed)
    party = _cac(operator, "Party")
    listed = {"listID": SIZES_LIST, "listAgencyID": "OP", "listVersionID": "20250924-0"}
    _cbc(party, "IndustryClassificationCode", stated.size, **listed)
    _identity(party, stated.firm)
    if stated.contact:
        _cbc(_cac(party, "Contact"), "Name", stated.contact)


def _identity(element: ET.Element, party: Party) -> None:
    if party.country not in COUNTRIES:
        raise Refusal(f"Le pays de « {party.name} » n’est pas de ceux que ce site écrit dans un DUME.")
    scheme = {"schemeID": "NATIONAL", "schemeAgencyID": "INSEE" if party.country == "FR" else AGENCY}
    _cbc(_cac(element, "PartyIdentification"), "ID", party.identifier, **scheme)
    _cbc(_cac(element, "PartyName"), "Name", party.name)
    address = _cac(element, "PostalAddress")
    written: Mapping[str, str] = {"StreetName": party.address, "CityName": party.city, "PostalZone": party.postcode}
    for name, text in written.items():
        if text:
            _cbc(address, name, text)
    listed = {"listID": COUNTRIES_LIST, "listAgencyID": "OP", "listVersionID": "20250924-0"}
    _cbc(_cac(address, "Country"), "IdentificationCode", COUNTRIES[party.country], **listed)


def _cac(parent: ET.Element, name: str) -> ET.Element:
    return ET.SubElement(parent, f"{{{CAC}}}{name}")


def _cbc(parent: ET.Element, name: str, text: str, **attributes: str) -> ET.Element:
    one = ET.SubElement(parent, f"{{{CBC}}}{name}", attributes)
    one.text = text
    return one
