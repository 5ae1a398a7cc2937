"""The PDF files themselves: standard, fonts, attachments, and what they must never load."""

import io
import re
from pathlib import Path

import pypdf
import pytest
from django.template import TemplateDoesNotExist

from marketplace.ui import printing
from tests.ui.samples import facts

DATA = b'{"number": "2027-VO-031"}'


@pytest.fixture(scope="module")
def contract() -> pypdf.PdfReader:
    content = printing.render_pdf(
        "pdf/contracts/acte_engagement.html",
        facts("acte_engagement"),
        title="Acte d’engagement, lot 1",
        attachments=[("contrat.json", DATA, "Data")],
    )
    return pypdf.PdfReader(io.BytesIO(content))


def printed(markup: str) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(printing.write_pdf(markup)))


def text_of(reader: pypdf.PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def test_declares_title_language_tags_and_the_archival_standard(contract):
    assert contract.metadata.title == "Acte d’engagement, lot 1"
    assert contract.trailer["/Root"]["/Lang"] == "fr"
    assert contract.trailer["/Root"]["/MarkInfo"]["/Marked"]
    declared = contract.trailer["/Root"]["/Metadata"].get_data().decode()
    assert 'pdfaid:part="3"' in declared or "<pdfaid:part>3<" in declared
    assert 'pdfaid:conformance="A"' in declared or "<pdfaid:conformance>A<" in declared


def test_embeds_the_bundled_fonts_and_no_other(contract):
    fonts = {}
    for page in contract.pages:
        for font in page["/Resources"]["/Font"].values():
            descendant = font["/DescendantFonts"][0].get_object()
            fonts[str(font["/BaseFont"]).split("+")[-1]] = descendant["/FontDescriptor"]
    assert set(fonts) == {"Texte", "Texte-Bold", "Titre-Bold"}
    assert all("/FontFile2" in descriptor for descriptor in fonts.values())


def test_carries_the_machine_readable_twin(contract):
    assert contract.attachments == {"contrat.json": [DATA]}
    relationships = {listed.get_object()["/AFRelationship"] for listed in contract.trailer["/Root"]["/AF"]}
    assert "/Data" in relationships


def test_table_of_contents_gives_the_page_of_each_part(contract):
    cover = " ".join(contract.pages[0].extract_text().split())
    part = next(n for n, page in enumerate(contract.pages, 1) if n > 1 and "H. Le paiement" in page.extract_text())
    assert re.search(rf"H\. Le paiement[ .]+{part} I\.", cover)


def test_each_page_names_the_call_and_its_number(contract):
    for number, page in enumerate(contract.pages, 1):
        text = " ".join(page.extract_text().split())
        assert "PI-2026-014" in text
        assert f"page {number} / {len(contract.pages)}" in text


def test_an_unknown_template_is_said():
    with pytest.raises(TemplateDoesNotExist):
        printing.render_pdf("pdf/nowhere.html", {}, title="Rien")


@pytest.mark.parametrize(
    "markup",
    [
        '<a rel="attachment" href="file:///etc/hostname">annexe</a>',
        '<link rel="attachment" href="file:///etc/hostname"><p>annexe</p>',
        '<a REL="nofollow Attachment" href="file:///etc/hostname">annexe</a>',
        '<link rel="stylesheet" href="file:///etc/hostname"><p>annexe</p>',
    ],
)
def test_a_page_cannot_embed_a_file_of_the_machine(markup):
    reader = printed(f"<html lang='fr'><title>Essai</title><body>{markup}</body></html>")
    assert reader.attachments == {}
    assert "annexe" in text_of(reader)


def test_text_typed_by_people_is_never_markup():
    typed = '<a rel=attachment href=file:///etc/hostname>ici</a><img src="file:///etc/hostname"> & « l’été »'
    letter = facts("letter_rejection") | {"body": typed}
    content = printing.render_pdf("pdf/correspondence/letter.html", letter, title="Rejet de votre offre")
    reader = pypdf.PdfReader(io.BytesIO(content))
    assert reader.attachments == {}
    assert "<a rel=attachment href=file:///etc/hostname>" in text_of(reader)


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/hostname",
        "https://preau.example/image.png",
        "http://127.0.0.1:8000/",
        "data:text/plain,secret",
        (printing.FONTS / "cut.py").as_uri(),
        f"file://{printing.FONTS}/../../../etc/hostname",
        f"file://ailleurs{printing.STYLESHEET}",
    ],
)
def test_nothing_but_the_bundle_is_fetched(address):
    with pytest.raises(ValueError, match="refusée"):
        printing._bundled_only().fetch(address)


def test_an_image_from_outside_stops_the_document():
    from weasyprint.urls import FatalURLFetchingError

    with pytest.raises(FatalURLFetchingError):
        printed('<html lang="fr"><title>Essai</title><img alt="" src="file:///etc/hostname"></html>')


def test_only_https_mailto_and_inner_links_stay():
    kept = '<a href="https://preau.example/">a</a><a href="mailto:a@preau.example">b</a>'
    dropped = '<a href="javascript:alert(1)">c</a><a href="file:///etc/passwd">d</a><a href="http://x.example/">e</a>'
    reader = printed(f"<html lang='fr'><title>Essai</title><body>{kept}{dropped}</body></html>")
    targets = [annotation.get_object()["/A"]["/URI"] for annotation in reader.pages[0]["/Annots"]]
    assert targets == ["https://preau.example/", "mailto:a@preau.example"]


def test_signs_missing_from_the_fonts_of_the_site_are_drawn():
    reader = printed("<html lang='fr'><title>Essai</title><p>≥ 90 ≤ 12 → ✓ ☐ m² 1\u202f000 œuvre « État »</p></html>")
    fonts = {str(font["/BaseFont"]).split("+")[-1] for font in reader.pages[0]["/Resources"]["/Font"].values()}
    assert fonts == {"Texte"}


def test_french_spaces_do_not_break():
    assert printing._french_spaces("« Oui » : R. 2172-31 ; n° 5") == (
        "«\u00a0Oui\u00a0»\u00a0: R.\u00a02172-31\u00a0; n°\u00a05"
    )


def test_the_licence_lies_beside_the_fonts():
    licence = Path(printing.FONTS / "OFL.txt").read_text()
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert licence.count("Copyright 20") == 2
    assert all((printing.FONTS / face).exists() for face in printing.FONT_FACES)
