"""The structured twin of an invoice: Cross Industry Invoice, profile EN 16931, as Factur-X embeds it in the PDF.

Everything is read from the facts of the printed invoice (`invoices.invoice_facts`), so that both say the same.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

FILE_NAME = "factur-x.xml"
PROFILE = "urn:cen.eu:en16931:2017"
# A service, deposited by its supplier (BT-23).
BILLING_MODE = "S1"
NAMESPACES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
    "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
}
DAY_FORMAT = "102"
SIRET, SIREN, ADDRESS = "0009", "0002", "0225"
TRANSFER = "30"
UNIT = "C62"
PERCENT = 100
EURO = "EUR"

for prefix, address in NAMESPACES.items():
    register_namespace(prefix, address)


def invoice_xml(facts: Mapping[str, Any]) -> str:
    """The invoice as CII XML, from the same facts as its PDF."""
    root = Element(_name("rsm:CrossIndustryInvoice"))
    context = _add(root, "rsm:ExchangedDocumentContext")
    _add(_add(context, "ram:BusinessProcessSpecifiedDocumentContextParameter"), "ram:ID", BILLING_MODE)
    _add(_add(context, "ram:GuidelineSpecifiedDocumentContextParameter"), "ram:ID", PROFILE)
    head = _add(root, "rsm:ExchangedDocument")
    _add(head, "ram:ID", facts["number"])
    _add(head, "ram:TypeCode", facts["type_code"])
    _day(_add(head, "ram:IssueDateTime"), "udt:DateTimeString", facts["issued_on"])
    for code, text in facts["notes"]:
        note = _add(head, "ram:IncludedNote")
        _add(note, "ram:Content", text)
        _add(note, "ram:SubjectCode", code)
    trade = _add(root, "rsm:SupplyChainTradeTransaction")
    for number, line in enumerate(facts["lines"], start=1):
        _line(trade, number, line, facts)
    _agreement(trade, facts)
    _delivery(trade, facts)
    _settlement(trade, facts)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode")


def _line(trade: Element, number: int, line: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
    item = _add(trade, "ram:IncludedSupplyChainTradeLineItem")
    _add(_add(item, "ram:AssociatedDocumentLineDocument"), "ram:LineID", str(number))
    product = _add(item, "ram:SpecifiedTradeProduct")
    _add(product, "ram:Name", line["name"])
    if line["description"]:
        _add(product, "ram:Description", line["description"])
    price = _add(_add(item, "ram:SpecifiedLineTradeAgreement"), "ram:NetPriceProductTradePrice")
    _add(price, "ram:ChargeAmount", line["unit_price_ht"])
    quantity = _add(_add(item, "ram:SpecifiedLineTradeDelivery"), "ram:BilledQuantity", line["quantity"])
    quantity.set("unitCode", UNIT)
    settled = _add(item, "ram:SpecifiedLineTradeSettlement")
    _tax(_add(settled, "ram:ApplicableTradeTax"), facts)
    total = _add(settled, "ram:SpecifiedTradeSettlementLineMonetarySummation")
    _add(total, "ram:LineTotalAmount", line["total_ht"])


def _agreement(trade: Element, facts: Mapping[str, Any]) -> None:
    agreement = _add(trade, "ram:ApplicableHeaderTradeAgreement")
    if facts["service_code"]:
        _add(agreement, "ram:BuyerReference", facts["service_code"])
    _party(_add(agreement, "ram:SellerTradeParty"), facts["seller"])
    _party(_add(agreement, "ram:BuyerTradeParty"), facts["buyer"])
    if facts["commitment_number"]:
        order = _add(agreement, "ram:BuyerOrderReferencedDocument")
        _add(order, "ram:IssuerAssignedID", facts["commitment_number"])
    _add(_add(agreement, "ram:ContractReferencedDocument"), "ram:IssuerAssignedID", facts["contract"]["number"])


def _party(node: Element, party: Mapping[str, Any]) -> None:
    _add(node, "ram:GlobalID", party["siret"]).set("schemeID", SIRET)
    _add(node, "ram:Name", party["name"])
    _add(_add(node, "ram:SpecifiedLegalOrganization"), "ram:ID", party["siren"]).set("schemeID", SIREN)
    place = _add(node, "ram:PostalTradeAddress")
    for name, value in (("PostcodeCode", party["postcode"]), ("LineOne", party["street"]), ("CityName", party["city"])):
        if value:
            _add(place, f"ram:{name}", value)
    _add(place, "ram:CountryID", party["country"] or "FR")
    _add(_add(node, "ram:URIUniversalCommunication"), "ram:URIID", party["siren"]).set("schemeID", ADDRESS)
    if party.get("vat_number"):
        _add(_add(node, "ram:SpecifiedTaxRegistration"), "ram:ID", party["vat_number"]).set("schemeID", "VA")


def _delivery(trade: Element, facts: Mapping[str, Any]) -> None:
    delivery = _add(trade, "ram:ApplicableHeaderTradeDelivery")
    if facts["performed_on"]:
        event = _add(delivery, "ram:ActualDeliverySupplyChainEvent")
        _day(_add(event, "ram:OccurrenceDateTime"), "udt:DateTimeString", facts["performed_on"])


def _settlement(trade: Element, facts: Mapping[str, Any]) -> None:
    settlement = _add(trade, "ram:ApplicableHeaderTradeSettlement")
    _add(settlement, "ram:InvoiceCurrencyCode", EURO)
    if facts["seller"]["iban"]:
        means = _add(settlement, "ram:SpecifiedTradeSettlementPaymentMeans")
        _add(means, "ram:TypeCode", TRANSFER)
        account = _add(means, "ram:PayeePartyCreditorFinancialAccount")
        _add(account, "ram:IBANID", facts["seller"]["iban"])
        _add(account, "ram:AccountName", facts["seller"]["account_holder"])
    tax = _add(settlement, "ram:ApplicableTradeTax")
    _add(tax, "ram:CalculatedAmount", facts["vat"])
    _tax(tax, facts, basis=facts["total_ht"])
    _add(_add(settlement, "ram:SpecifiedTradePaymentTerms"), "ram:Description", facts["payment_terms"])
    total = _add(settlement, "ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    _add(total, "ram:LineTotalAmount", facts["total_ht"])
    _add(total, "ram:TaxBasisTotalAmount", facts["total_ht"])
    _add(total, "ram:TaxTotalAmount", facts["vat"]).set("currencyID", EURO)
    _add(total, "ram:GrandTotalAmount", facts["total_ttc"])
    if Decimal(facts["recovered_ttc"]):
        _add(total, "ram:TotalPrepaidAmount", facts["recovered_ttc"])
    _add(total, "ram:DuePayableAmount", facts["due_ttc"])
    if facts["corrected"]:
        before = _add(settlement, "ram:InvoiceReferencedDocument")
        _add(before, "ram:IssuerAssignedID", facts["corrected"]["number"])
        _day(_add(before, "ram:FormattedIssueDateTime"), "qdt:DateTimeString", facts["corrected"]["issued_on"])


def _tax(node: Element, facts: Mapping[str, Any], *, basis: str | None = None) -> None:
    """The VAT of a line, or of the whole when `basis` is given; a rate of zero is an exemption, which is said."""
    exempt = not facts["vat_rate"]
    _add(node, "ram:TypeCode", "VAT")
    if basis is not None:
        if exempt:
            _add(node, "ram:ExemptionReason", facts["exemption"])
        _add(node, "ram:BasisAmount", basis)
    _add(node, "ram:CategoryCode", "E" if exempt else "S")
    _add(node, "ram:RateApplicablePercent", f"{Decimal(facts['vat_rate']) / PERCENT:.2f}")


def _add(parent: Element, name: str, text: str | None = None) -> Element:
    node = SubElement(parent, _name(name))
    node.text = text
    return node


def _day(parent: Element, name: str, value: str) -> None:
    _add(parent, name, f"{date.fromisoformat(value):%Y%m%d}").set("format", DAY_FORMAT)


def _name(name: str) -> str:
    prefix, local = name.split(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"
