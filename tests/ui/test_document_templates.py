"""Every document says all that its facts say; a missing fact is never silently blank."""

import io
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pypdf
import pytest
from django.template.loader import render_to_string

from marketplace.ui.printing import render_pdf
from marketplace.ui.templatetags import printing as formats
from tests.ui.samples import NAMES, facts, template

MISSING = "compléteravantsignature"
# What the JSON twin keeps beside the page.
TWIN_ONLY = {"site", "issued_at", "identifier_scheme", "country", "starts_by"}
# Parties and call are named in every document and described in full in the contract and the rules of the call only.
DESCRIBED_ELSEWHERE = {"call", "lot", "buyer", "co_buyers", "recipient", "holder", "holders", "contract"}
CHOOSES_A_SENTENCE = {"kind", "status", "code", "tag", "by"}
SILENT = {
    "annexe_financiere": {"levels", "text"},
    "annexe_financiere_cadre": {"levels"},
    "clauses": {"levels", "lots", "titles", "licence"},
    "copy_destruction": {"certificate", "copy", "format", "is_marked", "medium"},
    "destruction_certificate": {"holdings", "certificate"},
    "notice_summary": {"remuneration", "acceptance_days", "titles", "licence", "opens_at", "title", "delivery_months"},
    "programme": {"title"},
    "purchase_order": {"test_method"},
}
HUNDREDTHS = {"rate", "retention_rate", "vat_rate", "share", "shares", "weight", "subcontracted_share"}


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text).lower()


def markup_text(name: str, data: dict[str, Any]) -> str:
    markup = render_to_string(template(name), {**data, "document_title": "Titre"})
    body = markup[markup.index("<body>") :]
    return squeezed(unescape(re.sub(r"<[^>]+>", " ", body)))


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, path)
    else:
        yield path, value


def ways_to_say(key: str, value: Any) -> set[str]:
    """The forms under which a fact may stand in a document."""
    if isinstance(value, int):
        said = {formats.percent(value)} if key in HUNDREDTHS else {str(value), formats.number(value)}
        if key in ("size", "file_bytes", "envelope_bytes"):
            said.add(formats.bytes_size(value))
        return said
    said = {value, formats.siren(value), formats.iban(value)}
    said |= {formats.COMPARISONS.get(value, value)}
    said |= {family[value] for family in formats.LABELS.values() if value in family}
    if re.fullmatch(r"\d+(\.\d+)?", value):
        said |= {formats.money(value), formats.number(value)}
    if re.fullmatch(r"\d{4}-\d{2}", value):
        said.add(formats.month(value))
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        said.add(formats.day(value))
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}T[\d:.]+Z", value):
        said |= {formats.deadline(value), formats.instant(value), formats.precise(value)}
    return said


def unsaid(text: str, data: dict[str, Any], silent: set[str]) -> list[str]:
    missing = []
    for path, value in leaves(data):
        if isinstance(value, bool) or value in (None, "") or silent.intersection(path):
            continue
        if not any(squeezed(said) in text for said in ways_to_say(path[-1], value)):
            missing.append(f"{'.'.join(path)} = {value}")
    return missing


def test_the_contract_prints_each_field_from_a1_to_i6():
    data = facts("acte_engagement")
    content = render_pdf(template("acte_engagement"), data, title="Acte d’engagement")
    text = squeezed("".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages))
    assert unsaid(text, data, TWIN_ONLY) == []
    clauses = "A1 A2 A3 B1 B2 B3 C1 D1 D2 E1 E2 E3 F1 F2 G1 G2 H1 H2 H3 H4 I1 I2 I3 I4 I5 I6".lower().split()
    assert [clause for clause in clauses if clause not in text] == []
    assert MISSING not in text


@pytest.mark.parametrize("name", [name for name in NAMES if name != "acte_engagement"])
def test_documents_print_their_facts(name):
    data = facts(name)
    text = markup_text(name, data)
    silent = TWIN_ONLY | DESCRIBED_ELSEWHERE | CHOOSES_A_SENTENCE | SILENT.get(name, set())
    assert "\n".join(unsaid(text, data, silent)) == ""


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("letter_")])
def test_sample_is_complete(name):
    assert MISSING not in markup_text(name, facts(name))


@pytest.mark.parametrize(
    ("emptied", "clause"),
    [
        (("holders", 0, "bank", "iban"), "B3"),
        (("gate", "notice_days"), "F1"),
        (("gate", "notification"), "F2"),
        (("advance", "accepted"), "H1"),
        (("price", "month"), "H3"),
        (("phases", 0, "remuneration", "fixed_ht"), "E1"),
        (("phases", 1, "ip", "results"), "G1"),
        (("acquisition",), "E2"),
        (("disputes", "court", "name"), "I3"),
        (("subcontractors",), "I1"),
    ],
)
def test_a_missing_clause_is_marked_in_the_contract(emptied, clause):
    data = facts("acte_engagement")
    *way, last = emptied
    holder = data
    for step in way:
        holder = holder[step]
    holder[last] = None
    markup = render_to_string(template("acte_engagement"), data)
    printed_clause = re.search(rf'<span class="code">{clause}</span>.*?(?=<span class="code">|$)', markup, re.DOTALL)
    assert 'class="missing"' in printed_clause.group()


def test_a_contract_without_any_fact_still_prints_and_says_so():
    text = markup_text("acte_engagement", {})
    assert text.count(MISSING) > 40


@pytest.mark.law("LR-124")
@pytest.mark.parametrize(
    "kind",
    [
        "candidature_rejection",
        "round_elimination",
        "rejection",
        "award",
        "phase_decision",
        "no_further_action",
        "notification",
    ],
)
def test_decision_letters_give_appeals_and_court(kind):
    text = markup_text(f"letter_{kind}", facts(f"letter_{kind}"))
    assert squeezed("Tribunal administratif de Nantes") in text
    assert squeezed("Référé précontractuel") in text


@pytest.mark.law("LR-124")
def test_a_decision_letter_without_appeals_shows_the_gap():
    assert MISSING in markup_text("letter_rejection", facts("letter_rejection") | {"appeals": None})


@pytest.mark.law("LR-56")
def test_receipt_names_depositor_buyer_call_instant_and_documents():
    text = markup_text("receipt", facts("receipt"))
    for said in ("Tramélys", "Syndicat des mobilités", "PI-2026-014", "11 h 47 min 08 s", "Mémoire technique"):
        assert squeezed(said) in text


def test_receipt_promises_blindness_only_for_bids_sealed_in_the_browser():
    promise = squeezed("pas même l’équipe du site")
    sample = facts("receipt")
    assert promise not in markup_text("receipt", sample)
    documents = [sample["documents"][0] | {"sealed_in_browser": True}, *sample["documents"][1:]]
    text = markup_text("receipt", sample | {"documents": documents, "programs": ["ab12" * 16]})
    assert promise in text
    assert squeezed("dans votre navigateur") in text
    assert squeezed("Programme annoncé au navigateur") in text


def test_public_copies_of_a_receipt_carry_no_file_name():
    text = markup_text("receipt", facts("receipt") | {"annex": []})
    assert "memoire-technique.pdf" not in text


@pytest.mark.law("LR-52")
def test_rules_of_the_call_say_on_time_and_replacement():
    text = markup_text("notice_summary", facts("notice_summary"))
    assert squeezed("à la microseconde près") in text
    assert squeezed("seul le dernier dépôt reçu à temps est ouvert") in text


def test_marks_of_examples_and_of_clauses_to_validate():
    marked = {"example": True, "to_validate": True, "completed": ["IBAN du titulaire"], "missing": ["mois des prix"]}
    text = markup_text("acte_engagement", facts("acte_engagement") | marked)
    for said in ("Exemple : document sans valeur contractuelle", "Clauses à faire valider", "IBAN du titulaire"):
        assert squeezed(said) in text
    assert squeezed("À compléter avant signature : mois des prix") in text
    assert squeezed("Éléments d’exemple") not in markup_text("acte_engagement", facts("acte_engagement"))
