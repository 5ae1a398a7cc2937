"""Small responses in the shape of ESPD-EDM 4.1: a few criteria, with the answers that a test gives."""

from collections.abc import Mapping

from procurement.espd.codes import CAC, CBC, EXCLUSIONS, RESPONSE

MODEL = "ESPD-EDMv4.1.0"
OPEN = f'<?xml version="1.0" encoding="UTF-8"?>\n<QualificationApplicationResponse xmlns="{RESPONSE}" xmlns:cac="{CAC}" xmlns:cbc="{CBC}">'  # noqa: E501
CLOSE = "</QualificationApplicationResponse>"


def response(
    *, siren: str = "", yes: Mapping[str, str] | None = None, silent: tuple[str, ...] = (), model: str = MODEL,
    turnover: str = "1250000", staff: str = "14", name: str = "Tramélys",
) -> bytes:  # fmt: skip
    """`yes`: grounds that apply, with the measures described; `silent`: grounds without an answer."""
    yes = yes or {}
    criteria = [_ground(code) for code in EXCLUSIONS] + [_turnover(), _size()]
    answers = []
    for code in EXCLUSIONS:
        if code not in silent:
            answers.append(
                _answer(f"{code}/Q1", f"<cbc:ResponseIndicator>{str(code in yes).lower()}</cbc:ResponseIndicator>")
            )
        if code in yes:
            answers.append(_answer(f"{code}/Q2", f"<cbc:Description>{yes[code]}</cbc:Description>"))
    for year, amount in (("2024", "999"), ("2025", turnover)):
        answers.append(_period("gen-year-to/Q1", f"{year}-01-01", f"{year}-12-31"))
        answers.append(_answer("gen-year-to/Q2", f'<cbc:ResponseAmount currencyID="EUR">{amount}</cbc:ResponseAmount>'))
    answers.append(_answer("sme/Q1", "<cbc:ResponseIndicator>true</cbc:ResponseIndicator>"))
    answers.append(_answer("sme/Q2", f'<cbc:ResponseQuantity unitCode="1">{staff}</cbc:ResponseQuantity>'))
    party = (
        "<cac:EconomicOperatorParty><cac:EconomicOperatorRole><cbc:RoleCode>sole-tenderer</cbc:RoleCode>"
        "</cac:EconomicOperatorRole><cac:Party><cbc:IndustryClassificationCode>small</cbc:IndustryClassificationCode>"
        f"<cac:PartyIdentification><cbc:ID>{siren}</cbc:ID></cac:PartyIdentification>"
        f"<cac:PartyName><cbc:Name>{name}</cbc:Name></cac:PartyName></cac:Party></cac:EconomicOperatorParty>"
    )
    head = f"<cbc:ProfileExecutionID>{model}</cbc:ProfileExecutionID>{party}"
    return "".join([OPEN, head, *criteria, *answers, CLOSE]).encode()


def request(model: str = "ESPD-EDMv4.1.0", *, without: str = "") -> bytes:
    """A request that asks the same of another call."""
    criteria = [_ground(code) for code in EXCLUSIONS if code != without] + [_turnover(), _size()]
    head = f"<cbc:ProfileExecutionID>{model}</cbc:ProfileExecutionID><cbc:ID>ESPDREQ-1</cbc:ID><cbc:UUID>1</cbc:UUID>"
    head += "<cbc:ContractFolderID>AUTRE</cbc:ContractFolderID><cbc:IssueDate>2025-12-09</cbc:IssueDate>"
    whole = "".join([OPEN, head, *criteria, CLOSE])
    return whole.replace("QualificationApplicationResponse", "QualificationApplicationRequest").encode()


def _criterion(code: str, groups: str) -> str:
    return (
        f"<cac:TenderingCriterion><cbc:ID>{code}</cbc:ID><cbc:CriterionTypeCode>{code}</cbc:CriterionTypeCode>"
        f"<cbc:Name>{code}</cbc:Name>{groups}</cac:TenderingCriterion>"
    )


def _group(*inside: str, sub: bool = False) -> str:
    name = f"cac:{'Subsidiary' if sub else ''}TenderingCriterionPropertyGroup"
    return f"<{name}>{''.join(inside)}</{name}>"


def _question(code: str, data_type: str, words: str) -> str:
    return (
        f"<cac:TenderingCriterionProperty><cbc:ID>{code}</cbc:ID><cbc:Description>{words}</cbc:Description>"
        f"<cbc:TypeCode>QUESTION</cbc:TypeCode><cbc:ValueDataTypeCode>{data_type}</cbc:ValueDataTypeCode>"
        "</cac:TenderingCriterionProperty>"
    )


def _ground(code: str) -> str:
    measures = _group(_question(f"{code}/Q2", "DESCRIPTION", "Mesures prises"), sub=True)
    evidence = _group(_question(f"{code}/Q4", "EVIDENCE_IDENTIFIER", "Preuve"), sub=True)
    online = _group(_question(f"{code}/Q3", "INDICATOR", "Disponible en ligne ?"), evidence)
    return _criterion(code, _group(_question(f"{code}/Q1", "INDICATOR", "Votre réponse"), measures) + online)


def _turnover() -> str:
    asked = _question("gen-year-to/Q1", "PERIOD", "Exercice"), _question("gen-year-to/Q2", "AMOUNT", "Montant")
    return _criterion("gen-year-to", _group(*asked))


def _size() -> str:
    figures = _question("sme/Q2", "QUANTITY_INTEGER", "Nombre de salariés"), _question("sme/Q3", "AMOUNT", "Montant")
    staff = _group(*figures, sub=True)
    return _criterion("sme", _group(_question("sme/Q1", "INDICATOR", "Votre réponse"), staff))


def _answer(question: str, value: str) -> str:
    return (
        "<cac:TenderingCriterionResponse>"
        f"<cbc:ValidatedCriterionPropertyID>{question}</cbc:ValidatedCriterionPropertyID>"
        f"<cac:ResponseValue>{value}</cac:ResponseValue></cac:TenderingCriterionResponse>"
    )


def _period(question: str, start: str, end: str) -> str:
    return (
        "<cac:TenderingCriterionResponse>"
        f"<cbc:ValidatedCriterionPropertyID>{question}</cbc:ValidatedCriterionPropertyID><cac:ApplicablePeriod>"
        f"<cbc:StartDate>{start}</cbc:StartDate><cbc:EndDate>{end}</cbc:EndDate></cac:ApplicablePeriod>"
        "</cac:TenderingCriterionResponse>"
    )
