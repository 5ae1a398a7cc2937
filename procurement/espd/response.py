"""Reading the response of a firm (QualificationApplicationResponse): who it is, what it states, what it can do.

Only ESPD-EDM 4 is read in detail. Older and newer models are recognised and kept unread: none is refused (R2143-4).
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from xml.etree import ElementTree as ET

from marketplace.journal.errors import Refusal
from procurement.espd.codes import EXCLUSIONS, NAMESPACES, OTHERS, RESPONSE, ROLES, SIZES, STATED
from procurement.espd.safe_xml import read_xml

READ_MODEL = "ESPD-EDMv4."
LONGEST_TEXT = 1_000
LONGEST_QUESTION = 240
MOST_ROWS = 400
FRENCH_VAT, SIREN, SIRET = 13, 9, 14
GROUPS = ("cac:TenderingCriterionPropertyGroup", "cac:SubsidiaryTenderingCriterionPropertyGroup")
TURNOVERS = ("gen-year-to", "aver-year-to", "sme")
STAFF = ("sme", "year-manpower")


def read_response(content: bytes) -> dict[str, Any]:
    """What a response says, as JSON without floats; texts are cut at 1,000 signs, rows at 400.

    `model`: version as the document gives it; `is_read`: whether anything below was read. `operator`: name, id, siren,
    city, country, size, role, group; `representatives`; `lots`. `exclusions` and `capacities`: code, name in French
    and `said`, pairs (question, answer); an exclusion also has `answer`, True when the ground applies to the firm, None
    when nothing was answered. `figures`: turnover (euros, text) with its period, and staff.

    Raises Refusal for what is no response: other XML, a request, an unsafe or unreadable document.
    """
    root = read_xml(content)
    kind = root.tag.rpartition("}")[2]
    if kind in {"QualificationApplicationRequest", "ESPDRequest"}:
        raise Refusal(
            "Ce fichier est la demande de l’acheteur (ESPD Request), pas votre réponse. Remplissez-la avec le service "
            "DUME, puis donnez le fichier de réponse (ESPD Response)."
        )
    if kind not in {"QualificationApplicationResponse", "ESPDResponse"}:
        raise Refusal(
            "Ce fichier XML n’est pas un DUME. Donnez le fichier de réponse (ESPD Response) du service qui l’a produit."
        )
    model = _text(root, "cbc:ProfileExecutionID") or ("ESPD-EDMv1" if kind == "ESPDResponse" else "")
    if root.tag != f"{{{RESPONSE}}}{kind}" or not model.startswith(READ_MODEL):
        return {"model": model[:80], "is_read": False}
    return {"model": model[:80], "is_read": True, **_Reader(root).read()}


def yes_grounds(said: Mapping[str, Any]) -> list[str]:
    """Names of the exclusion grounds that the firm says apply to it."""
    return [one["name"] for one in said.get("exclusions", []) if one["answer"] is True]


def open_grounds(said: Mapping[str, Any]) -> list[str]:
    """Names of the exclusion grounds that were left without an answer, or that a statement needs and are not asked."""
    asked = {one["code"] for one in said.get("exclusions", [])}
    unanswered = [one["name"] for one in said.get("exclusions", []) if one["answer"] is None]
    return unanswered + [name for code, name in EXCLUSIONS.items() if code in STATED and code not in asked]


def says_none_applies(said: Mapping[str, Any]) -> bool:
    """Whether the document was read and says no to every exclusion ground."""
    return bool(said["is_read"]) and not yes_grounds(said) and not open_grounds(said)


class _Reader:
    """One document: answers by question, then criterion by criterion."""

    def __init__(self, root: ET.Element) -> None:
        self.root = root
        self.rows_left = MOST_ROWS
        self.answers: dict[str, list[ET.Element]] = {}
        for one in root.iterfind("cac:TenderingCriterionResponse", NAMESPACES):
            self.answers.setdefault(_text(one, "cbc:ValidatedCriterionPropertyID"), []).append(one)

    def read(self) -> dict[str, Any]:
        """All parts, as `read_response` tells them."""
        criteria: dict[str, list[ET.Element]] = {}
        for one in self.root.iterfind("cac:TenderingCriterion", NAMESPACES):
            criteria.setdefault(_text(one, "cbc:CriterionTypeCode"), []).append(one)
        others = [self._capacity(code, criteria[code]) for code in OTHERS if code in criteria]
        return {
            "operator": self._operator(),
            "representatives": self._people(),
            "lots": [_cut(one.text) for one in self.root.iterfind("cac:ProcurementProjectLot/cbc:ID", NAMESPACES)][:50],
            "exclusions": [self._ground(code, criteria[code]) for code in EXCLUSIONS if code in criteria],
            "capacities": [one for one in others if one["said"]],
            "figures": self._figures(criteria),
        }

    def _operator(self) -> dict[str, str]:
        party = "cac:EconomicOperatorParty/cac:Party/"
        ids = [
            "".join((one.text or "").split())
            for one in self.root.iterfind(f"{party}cac:PartyIdentification/cbc:ID", NAMESPACES)
        ]
        size, role = (
            _text(self.root, f"{party}cbc:IndustryClassificationCode"),
            _text(self.root, "cac:EconomicOperatorParty/cac:EconomicOperatorRole/cbc:RoleCode"),
        )
        return {
            "name": _text(self.root, f"{party}cac:PartyName/cbc:Name"),
            "id": (ids[0] if ids else "")[:80],
            "siren": next((found for one in ids if (found := _siren(one))), ""),
            "city": _text(self.root, f"{party}cac:PostalAddress/cbc:CityName"),
            "country": _text(self.root, f"{party}cac:PostalAddress/cac:Country/cbc:IdentificationCode"),
            "size": SIZES.get(size, size),
            "role": ROLES.get(role, role),
            "group": _text(self.root, "cbc:EconomicOperatorGroupName"),
        }

    def _people(self) -> list[str]:
        people = self.root.iterfind(
            "cac:EconomicOperatorParty/cac:Party/cac:PowerOfAttorney/cac:AgentParty/cac:Person", NAMESPACES
        )
        names = [f"{_text(one, 'cbc:FirstName')} {_text(one, 'cbc:FamilyName')}".strip() for one in people]
        return [name for name in names if name][:20]

    def _ground(self, code: str, criteria: list[ET.Element]) -> dict[str, Any]:
        """A ground that several criteria or lines ask applies as soon as one answer says so."""
        mains = [one for criterion in criteria for one in main_questions(criterion)]
        answers = [answer for one in mains for answer in self._indicators(one)]
        applies = True if True in answers else None if None in answers or not answers else False
        detail = [one for criterion in criteria for one in _questions(criterion) if one not in mains]
        return {"code": code, "name": EXCLUSIONS[code], "answer": applies, "said": self._said(detail)}

    def _capacity(self, code: str, criteria: list[ET.Element]) -> dict[str, Any]:
        return {
            "code": code,
            "name": OTHERS[code],
            "said": self._said(one for criterion in criteria for one in _questions(criterion)),
        }

    def _indicators(self, question: ET.Element) -> list[bool | None]:
        """Every answer to a question of yes or no; one None when there is none."""
        given = self.answers.get(_text(question, "cbc:ID"), [])
        texts = [_text(one, "cac:ResponseValue/cbc:ResponseIndicator") for one in given] or [""]
        return [{"true": True, "1": True, "false": False, "0": False}.get(text) for text in texts]

    def _said(self, questions: Iterable[ET.Element]) -> list[list[str]]:
        said = []
        for question in questions:
            for given in self.answers.get(_text(question, "cbc:ID"), []):
                words = _in_words(given)
                if words and self.rows_left:
                    self.rows_left -= 1
                    said.append([_text(question, "cbc:Description")[:LONGEST_QUESTION], words])
        return said

    def _figures(self, criteria: Mapping[str, list[ET.Element]]) -> dict[str, str]:
        figures = {"turnover": "", "turnover_period": "", "staff": ""}
        for code in TURNOVERS:
            if code in criteria and (found := self._latest(criteria[code], "AMOUNT", "ResponseAmount")):
                figures["turnover_period"], figures["turnover"] = found
                break
        for code in STAFF:
            if code in criteria and (found := self._latest(criteria[code], "QUANTITY_INTEGER", "ResponseQuantity")):
                figures["staff"] = str(int(Decimal(found[1])))
                break
        return figures

    def _latest(self, criteria: Iterable[ET.Element], data_type: str, element: str) -> tuple[str, str] | None:
        """Period or year, and number, of the most recent answer of a kind."""
        found: list[tuple[str, str, str]] = []
        for group in (one for criterion in criteria for one in criterion.iter()):
            if not group.tag.endswith("PropertyGroup"):
                continue
            by_type = {
                _text(one, "cbc:ValueDataTypeCode"): self.answers.get(_text(one, "cbc:ID"), [])
                for one in group.findall("cac:TenderingCriterionProperty", NAMESPACES)
            }
            times = by_type.get("PERIOD") or by_type.get("QUANTITY_YEAR") or []
            for index, given in enumerate(by_type.get(data_type, [])):
                value = given.find(f"cac:ResponseValue/cbc:{element}", NAMESPACES)
                number = _number(value)
                if number:
                    when = times[index] if index < len(times) else None
                    found.append((*_when(when), number))
        if not found:
            return None
        _end, words, number = max(found, key=lambda one: one[0])
        return words, number


def _questions(criterion: ET.Element) -> Iterator[ET.Element]:
    """Questions in the order of the document, without those about where evidence can be found."""
    for name in GROUPS:
        for group in criterion.iterfind(name, NAMESPACES):
            if _is_about_evidence(group):
                continue
            for one in group.iterfind("cac:TenderingCriterionProperty", NAMESPACES):
                if _text(one, "cbc:TypeCode") == "QUESTION":
                    yield one
            yield from _questions(group)


def main_questions(criterion: ET.Element) -> Iterator[ET.Element]:
    """The first questions of yes or no on each branch: what lies below tells more of the answer."""
    for name in GROUPS:
        for group in criterion.iterfind(name, NAMESPACES):
            if _is_about_evidence(group):
                continue
            own = [
                one
                for one in group.iterfind("cac:TenderingCriterionProperty", NAMESPACES)
                if _text(one, "cbc:TypeCode") == "QUESTION" and _text(one, "cbc:ValueDataTypeCode") == "INDICATOR"
            ]
            yield from own or main_questions(group)


def _is_about_evidence(group: ET.Element) -> bool:
    below = "cac:SubsidiaryTenderingCriterionPropertyGroup/cac:TenderingCriterionProperty/cbc:ValueDataTypeCode"
    return any((one.text or "").strip() == "EVIDENCE_IDENTIFIER" for one in group.iterfind(below, NAMESPACES))


def _in_words(given: ET.Element) -> str:
    period = given.find("cac:ApplicablePeriod", NAMESPACES)
    if period is not None:
        return _when(given)[1]
    value = given.find("cac:ResponseValue", NAMESPACES)
    if value is None:
        return ""
    for one in value:
        name, text = one.tag.rpartition("}")[2], (one.text or "").strip()
        if name == "ResponseIndicator":
            return "Oui" if text in {"true", "1"} else "Non"
        if name == "ResponseAmount":
            return f"{text} {one.get('currencyID', '')}".strip()[:LONGEST_TEXT]
        if name != "ID" and text:
            return text[:LONGEST_TEXT]
    return ""


def _when(given: ET.Element | None) -> tuple[str, str]:
    """End, for comparing, and the period or year in words."""
    if given is None:
        return "", ""
    year = _text(given, "cac:ResponseValue/cbc:ResponseQuantity")
    start, end = (_text(given, f"cac:ApplicablePeriod/cbc:{name}") for name in ("StartDate", "EndDate"))
    return (end or start or year), (f"{start} – {end}" if start and end else end or start or year)


def _number(value: ET.Element | None) -> str:
    """An amount in euros or a count, as text; empty when it is neither, or out of reach of the forms."""
    if value is None or value.get("currencyID", "EUR") != "EUR":
        return ""
    try:
        number = Decimal((value.text or "").strip())
    except InvalidOperation:
        return ""
    return f"{number:.2f}" if number.is_finite() and 0 <= number < 10**12 else ""


def _siren(identifier: str) -> str:
    """SIREN inside a SIREN, a SIRET or a French VAT number; empty otherwise."""
    digits = identifier[4:] if identifier.startswith("FR") and len(identifier) == FRENCH_VAT else identifier
    return digits[:SIREN] if digits.isdigit() and len(digits) in {SIREN, SIRET} else ""


def _text(element: ET.Element, path: str) -> str:
    return _cut(element.findtext(path, "", NAMESPACES))


def _cut(text: str | None) -> str:
    return (text or "").strip()[:LONGEST_TEXT]
