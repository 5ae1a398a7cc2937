"""The contract notice of an innovation partnership as an eForms file (subtype 16, SDK 1.15). Pure: facts in, XML out.

What the rule book forbids for this procedure (BT-131, BT-132, BT-98, BT-106, BT-120) is never written. Selection
criteria stand as text (BT-300): the closed list of BT-809 knows none of those that buyers write (R2142-15 to -18).
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias
from xml.etree import ElementTree as ET

from procurement.notices.eforms_facts import PARIS, Buyer, Criterion, LotPart, Notice, Party, gaps

SDK = "eforms-sdk-1.15"
SUBTYPE = "16"
MEDIA_TYPE = "application/xml"
FRENCH = {"languageID": "FRA"}
NAMESPACES = {
    "xmlns": "urn:oasis:names:specification:ubl:schema:xsd:ContractNotice-2",
    "xmlns:cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "xmlns:cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
    "xmlns:ext": "urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2",
    "xmlns:efac": "http://data.europa.eu/p27/eforms-ubl-extension-aggregate-components/1",
    "xmlns:efbc": "http://data.europa.eu/p27/eforms-ubl-extension-basic-components/1",
    "xmlns:efext": "http://data.europa.eu/p27/eforms-ubl-extensions/1",
}
# XML has no way at all to write these, which a paste may bring along.
UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


Child: TypeAlias = "ET.Element | str | Iterable[ET.Element | None] | None"


def node(name: str, /, *children: Child, **attributes: str) -> ET.Element:
    """An element: text and elements in order, None left out."""
    made = ET.Element(name, attributes)
    for child in children:
        if isinstance(child, str):
            made.text = UNWRITABLE.sub("", child).strip()
        elif isinstance(child, ET.Element):
            made.append(child)
        elif child is not None:
            made.extend(one for one in child if one is not None)
    return made


def contract_notice(notice: Notice) -> bytes:
    """The file, in UTF-8. Raises ValueError while the call lacks something (`gaps`)."""
    if lacking := gaps(notice):
        raise ValueError(" ".join(lacking))
    root = node(
        "ContractNotice",
        _extension(
            node("efac:NoticeSubType", _code("cbc:SubTypeCode", "notice-subtype", SUBTYPE)),
            node("efac:Organizations", _organisations(notice)),
        ),
        node("cbc:UBLVersionID", "2.3"),
        node("cbc:CustomizationID", SDK),
        node("cbc:ID", notice.notice_id, schemeName="notice-id"),
        node("cbc:ContractFolderID", notice.procedure_id),
        node("cbc:IssueDate", day(notice.made_at)),
        node("cbc:IssueTime", hour(notice.made_at)),
        node("cbc:VersionID", "01"),
        node("cbc:RegulatoryDomain", "32014L0024"),
        _code("cbc:NoticeTypeCode", "competition", "cn-standard"),
        node("cbc:NoticeLanguageCode", "FRA"),
        (_contracting_party(notice, number, buyer) for number, buyer in enumerate(notice.buyers, 1)),
        node(
            "cac:TenderingTerms", _asked("exclusion-grounds-source", "epo-procurement-document"), _distribution(notice)
        ),
        node(
            "cac:TenderingProcess",
            node("cbc:Description", notice.features, **FRENCH),
            _code("cbc:ProcedureCode", "procurement-procedure-type", "innovation"),
        ),
        _whole_project(notice),
        (_lot(notice, lot) for lot in notice.lots),
        **NAMESPACES,
    )
    ET.indent(root)
    return ET.tostring(root, encoding="UTF-8", xml_declaration=True)


def day(at: datetime) -> str:
    """A day in Paris with its offset: ``2026-12-29+01:00``."""
    local = at.astimezone(PARIS).isoformat(timespec="seconds")
    return local[:10] + local[-6:]


def hour(at: datetime) -> str:
    """An hour in Paris with its offset: ``12:00:00+01:00``."""
    return at.astimezone(PARIS).isoformat(timespec="seconds")[11:]


def _code(name: str, of_list: str, value: str) -> ET.Element:
    return node(name, value, listName=of_list)


def _yes(*, value: bool) -> str:
    return "true" if value else "false"


def _extension(*children: Child) -> ET.Element:
    content = node("ext:ExtensionContent", node("efext:EformsExtension", *children))
    return node("ext:UBLExtensions", node("ext:UBLExtension", content))


def _reference(number: int) -> ET.Element:
    return node("cac:PartyIdentification", node("cbc:ID", f"ORG-{number:04d}", schemeName="organization"))


def _organisations(notice: Notice) -> Iterator[ET.Element]:
    """Buyers in order, then the court: their numbers are those that the rest of the notice refers to."""
    for number, buyer in enumerate(notice.buyers, 1):
        leads = node("efbc:GroupLeadIndicator", _yes(value=number == 1)) if len(notice.buyers) > 1 else None
        yield node("efac:Organization", leads, _company(number, buyer.party))
    yield node("efac:Organization", _company(_court(notice), notice.court))


def _court(notice: Notice) -> int:
    return len(notice.buyers) + 1


def _company(number: int, party: Party) -> ET.Element:
    contact = node(
        "cac:Contact",
        node("cbc:Telephone", party.telephone) if party.telephone else None,
        node("cbc:ElectronicMail", party.email) if party.email else None,
    )
    return node(
        "efac:Company",
        _reference(number),
        node("cac:PartyName", node("cbc:Name", party.name, **FRENCH)),
        node(
            "cac:PostalAddress",
            node("cbc:StreetName", party.street) if party.street else None,
            node("cbc:CityName", party.city),
            node("cbc:PostalZone", party.postcode),
            _code("cbc:CountrySubentityCode", "nuts", party.nuts),
            node("cac:Country", _code("cbc:IdentificationCode", "country", party.country)),
        ),
        node("cac:PartyLegalEntity", node("cbc:CompanyID", party.number)),
        contact if len(contact) else None,
    )


def _contracting_party(notice: Notice, number: int, buyer: Buyer) -> ET.Element:
    return node(
        "cac:ContractingParty",
        node("cbc:BuyerProfileURI", notice.profile_address),
        node("cac:ContractingPartyType", _code("cbc:PartyTypeCode", "buyer-legal-type", buyer.legal_type)),
        node("cac:ContractingActivity", _code("cbc:ActivityTypeCode", "authority-activity", buyer.activity)),
        node("cac:Party", _reference(number)),
    )


def _asked(of_list: str, value: str) -> ET.Element:
    """What is asked of candidates, as a code."""
    code = _code("cbc:TendererRequirementTypeCode", of_list, value)
    return node("cac:TendererQualificationRequest", node("cac:SpecificTendererRequirement", code))


def _distribution(notice: Notice) -> ET.Element | None:
    """Everybody may ask for every lot (BT-31), which is said only where there are several."""
    if len(notice.lots) == 1:
        return None
    return node("cac:LotDistribution", node("cbc:MaximumLotsSubmittedNumeric", str(len(notice.lots))))


def _whole_project(notice: Notice) -> ET.Element:
    return node(
        "cac:ProcurementProject",
        node("cbc:ID", notice.reference, schemeName="InternalID"),
        node("cbc:Name", notice.title, **FRENCH),
        node("cbc:Description", notice.description, **FRENCH),
        _code("cbc:ProcurementTypeCode", "contract-nature", notice.nature),
        _value(notice.value),
        _classification(notice),
        _place(notice.place_nuts, ""),
    )


def _value(value: Decimal) -> ET.Element | None:
    if not value:
        return None
    amount = node("cbc:EstimatedOverallContractAmount", f"{value:.2f}", currencyID="EUR")
    return node("cac:RequestedTenderTotal", amount)


def _classification(notice: Notice) -> ET.Element:
    return node("cac:MainCommodityClassification", _code("cbc:ItemClassificationCode", "cpv", notice.cpv[:8]))


def _place(nuts: str, text: str) -> ET.Element:
    return node(
        "cac:RealizedLocation",
        node("cbc:Description", text, **FRENCH) if text else None,
        node(
            "cac:Address",
            _code("cbc:CountrySubentityCode", "nuts", nuts),
            node("cac:Country", _code("cbc:IdentificationCode", "country", "FRA")),
        ),
    )


def _lot(notice: Notice, lot: LotPart) -> ET.Element:
    return node(
        "cac:ProcurementProjectLot",
        node("cbc:ID", f"LOT-{lot.number:04d}", schemeName="Lot"),
        _lot_terms(notice, lot),
        _lot_process(notice, lot),
        _lot_project(notice, lot),
    )


def _lot_terms(notice: Notice, lot: LotPart) -> ET.Element:
    court = _court(notice)
    return node(
        "cac:TenderingTerms",
        _code("cbc:VariantConstraintCode", "permission", "allowed" if notice.variants_allowed else "not-allowed"),
        _code("cbc:FundingProgramCode", "eu-funded", "eu-funds" if notice.eu_funds else "no-eu-funds"),
        _documents(notice),
        _asked("reserved-procurement", "none"),
        _asked("selection-criteria-source", "epo-procurement-document"),
        _performed("reserved-execution", "no"),
        _performed("conditions", "performance", lot.conditions) if lot.conditions else None,
        _performed("einvoicing", "required"),
        _performed("ecatalog-submission", "not-allowed"),
        _performed("esignature-submission", _yes(value=notice.signature_at_deposit)),
        node("cac:AwardingTerms", node("cac:AwardingCriterion", map(_criterion, lot.criteria))),
        node("cac:AdditionalInformationParty", _reference(1)),
        node("cac:TenderRecipientParty", node("cbc:EndpointID", notice.deposit_address), _reference(1)),
        node(
            "cac:AppealTerms",
            node("cac:PresentationPeriod", node("cbc:Description", notice.appeal_delays, **FRENCH)),
            node("cac:AppealInformationParty", _reference(court)),
            node("cac:AppealReceiverParty", _reference(court)),
        ),
        node("cac:Language", node("cbc:ID", "FRA")),
        node(
            "cac:PostAwardProcess",
            node("cbc:ElectronicOrderUsageIndicator", _yes(value=False)),
            node("cbc:ElectronicPaymentUsageIndicator", _yes(value=True)),
        ),
    )


def _documents(notice: Notice) -> ET.Element:
    language = node("cac:Language", node("cbc:ID", "FRA"))
    return node(
        "cac:CallForTendersDocumentReference",
        _extension(node("efac:OfficialLanguages", language)),
        node("cbc:ID", notice.reference),
        node("cbc:DocumentType", "non-restricted-document"),
        node("cac:Attachment", node("cac:ExternalReference", node("cbc:URI", notice.documents_address))),
    )


def _performed(of_list: str, value: str, text: str = "") -> ET.Element:
    """What is asked of the contract or of the submission, as a code, with words if any."""
    return node(
        "cac:ContractExecutionRequirement",
        _code("cbc:ExecutionRequirementCode", of_list, value),
        node("cbc:Description", text, **FRENCH) if text else None,
    )


def _criterion(criterion: Criterion) -> ET.Element:
    weight = node(
        "efac:AwardCriterionParameter",
        _code("efbc:ParameterCode", "number-weight", "per-exa"),
        node("efbc:ParameterNumeric", f"{(Decimal(criterion.weight) / 100).normalize():f}"),
    )
    return node(
        "cac:SubordinateAwardingCriterion",
        _extension(weight),
        _code("cbc:AwardingCriterionTypeCode", "award-criterion-type", criterion.kind),
        node("cbc:Name", criterion.name, **FRENCH),
        node("cbc:Description", criterion.text, **FRENCH),
    )


def _lot_process(notice: Notice, lot: LotPart) -> ET.Element:
    most = notice.candidates_max
    return node(
        "cac:TenderingProcess",
        _code("cbc:SubmissionMethodCode", "esubmission", "required"),
        node("cbc:CandidateReductionConstraintIndicator", _yes(value=True)),
        node("cbc:GovernmentAgreementConstraintIndicator", _yes(value=notice.gpa)),
        lot.deadline
        and node(
            "cac:ParticipationRequestReceptionPeriod",
            node("cbc:EndDate", day(lot.deadline)),
            node("cbc:EndTime", hour(lot.deadline)),
        ),
        node(
            "cac:EconomicOperatorShortList",
            node("cbc:LimitationDescription", _yes(value=most is not None)),
            node("cbc:MaximumQuantity", str(most)) if most is not None else None,
            node("cbc:MinimumQuantity", str(notice.candidates_min)),
        ),
        node("cac:AuctionTerms", node("cbc:AuctionConstraintIndicator", _yes(value=False))),
        (
            node("cac:ContractingSystem", _code("cbc:ContractingSystemTypeCode", of_list, "none"))
            for of_list in ("framework-agreement", "dps-usage")
        ),
    )


def _lot_project(notice: Notice, lot: LotPart) -> ET.Element:
    return node(
        "cac:ProcurementProject",
        node("cbc:ID", f"{notice.reference}-{lot.number}", schemeName="InternalID"),
        node("cbc:Name", lot.title, **FRENCH),
        node("cbc:Description", lot.description, **FRENCH),
        _code("cbc:ProcurementTypeCode", "contract-nature", notice.nature),
        node("cbc:Note", lot.note, **FRENCH) if lot.note else None,
        node("cbc:SMESuitableIndicator", _yes(value=notice.sme)),
        _additional("strategic-procurement", "inn-pur", notice.innovation_reasons),
        (_additional("innovative-acquisition", code) for code in notice.innovations),
        _value(lot.value),
        _classification(notice),
        _place(notice.place_nuts, lot.place),
        node("cac:PlannedPeriod", node("cbc:DurationMeasure", str(lot.months), unitCode="MONTH")),
        node("cac:ContractExtension", node("cbc:OptionsDescription", lot.options, **FRENCH)) if lot.options else None,
    )


def _additional(of_list: str, value: str, text: str = "") -> ET.Element:
    return node(
        "cac:ProcurementAdditionalType",
        _code("cbc:ProcurementTypeCode", of_list, value),
        node("cbc:ProcurementType", text, **FRENCH) if text else None,
    )
