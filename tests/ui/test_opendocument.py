"""Documents to edit: OpenDocument text that says what the PDF says, and is the same for the same page."""

import io
import zipfile
from html import unescape
from xml.etree.ElementTree import Element

import pytest
from django.utils.html import strip_tags
from lxml import etree

from marketplace.files.media_types import ODT, checked_media_type
from marketplace.ui import opendocument
from marketplace.ui.printing import markup_of
from tests.ui.samples import facts

TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"


def content_of(odt: bytes) -> Element:
    with zipfile.ZipFile(io.BytesIO(odt)) as archive:
        for name in archive.namelist():
            if name != "mimetype":
                etree.fromstring(archive.read(name))
        return etree.fromstring(archive.read("content.xml"))


@pytest.mark.parametrize(
    ("template", "sample"),
    [("contracts/acte_engagement", "acte_engagement"), ("calls/notice_summary", "notice_summary")],
)
def test_every_word_of_the_page_can_be_edited(template, sample):
    path = f"pdf/{template}.html"
    odt = opendocument.render_odt(path, facts(sample), title="Titre")
    said = "".join("".join(content_of(odt).itertext()).split())
    page = markup_of(path, facts(sample), title="Titre")
    page = page[page.index("<h1>") :]
    page = page[: page.index('<ol class="toc">')] + page[page.index("</ol>") :]
    page = page.replace('<h2 id="sommaire">Sommaire</h2>', "")
    told = unescape(strip_tags(page.replace("<", " <"))).split()
    assert len(told) > 200
    assert not [word for word in told if word not in said]


def test_tables_keep_their_heads_and_spans():
    body = (
        "<table><thead><tr><th colspan='2'>Phase</th></tr></thead><tbody><tr><th>1</th><td>Six mois</td></tr></table>"
    )
    content = content_of(opendocument.write_odt(f"<body>{body}</body>", title="Essai"))
    assert content.find(f".//{TABLE}table-header-rows//{TABLE}covered-table-cell") is not None
    rows = [["".join(cell.itertext()) for cell in row] for row in content.iter(f"{TABLE}table-row")]
    assert rows == [["Phase", ""], ["1", "Six mois"]]


def test_what_xml_cannot_hold_and_addresses_of_other_schemes_are_left_out():
    body = "<p>Un\x0b deux <a href='javascript:x'>trois</a> <a href='https://exemple.fr/?a=1&amp;b=2'>quatre</a></p>"
    content = content_of(opendocument.write_odt(f"<body>{body}</body>", title="Essai"))
    assert "".join(content.itertext()) == "Un deux trois quatre"
    assert len(list(content.iter(f"{TEXT}a"))) == 1


def test_it_is_an_open_document_and_the_same_page_gives_the_same_bytes():
    first, second = (opendocument.write_odt("<body><p>Un</p></body>", title="Essai") for _ in range(2))
    assert first == second
    assert checked_media_type(io.BytesIO(first), name="essai.odt") == ODT
