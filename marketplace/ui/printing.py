"""Documents as PDF/A-3: a Django template, plain JSON facts, the bundled fonts, and nothing from anywhere else.

WeasyPrint is imported at the first rendering only: it takes more than a second, and web processes never render.
"""

import atexit
import logging
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files as package_files
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from django.template.loader import render_to_string

if TYPE_CHECKING:
    import pydyf
    import weasyprint

FONTS = Path(__file__).resolve().parent / "fonts"
STYLESHEET = Path(__file__).resolve().parent / "print.css"
FONT_FACES = ("text-regular.ttf", "text-bold.ttf", "title-bold.ttf")
BUNDLED = frozenset({STYLESHEET, *(FONTS / face for face in FONT_FACES)})
SPACE_BEFORE = re.compile(r" (?=[:;!?»%€])")
SPACE_AFTER = re.compile(r"(«|\b[LRD]\.|n°|article|articles) (?=[\w«])")
OUTPUT_INTENT = "preau-srgb"
LINK_SCHEMES = frozenset({"https", "mailto"})
FACTUR_X = "factur-x.xml"
# What tells a reader that the PDF is an invoice with its structured twin (Factur-X 1.0, profile EN 16931).
FACTUR_X_METADATA = (
    '<rdf:Description xmlns:fx="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#" rdf:about="">'
    "<fx:DocumentType>INVOICE</fx:DocumentType>"
    f"<fx:DocumentFileName>{FACTUR_X}</fx:DocumentFileName>"
    "<fx:Version>1.0</fx:Version><fx:ConformanceLevel>EN 16931</fx:ConformanceLevel></rdf:Description>"
    '<rdf:Description xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" '
    'xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#" '
    'rdf:about=""><pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">'
    "<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>"
    "<pdfaSchema:namespaceURI>urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#</pdfaSchema:namespaceURI>"
    "<pdfaSchema:prefix>fx</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq>"
    "</pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>"
).replace(
    "{properties}",
    "".join(
        f'<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{name}</pdfaProperty:name>'
        "<pdfaProperty:valueType>Text</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{text}</pdfaProperty:description></rdf:li>"
        for name, text in (
            ("DocumentFileName", "name of the embedded XML file"),
            ("DocumentType", "INVOICE"),
            ("Version", "version of the Factur-X schema"),
            ("ConformanceLevel", "conformance level of the embedded data"),
        )
    ),
)

# WeasyPrint shares one font map between renderings, which Pango does not allow to use from two threads at once.
_rendering = Lock()


class ForbiddenResourceError(ValueError):
    """A template or a text asked for something that is not bundled with the print sheet."""


def render_pdf(
    template: str,
    facts: Mapping[str, Any],
    *,
    title: str,
    attachments: Iterable[tuple[str, bytes, str]] = (),
) -> bytes:
    """The document as a tagged PDF/A-3a in French, all fonts embedded.

    ``template`` is a path under ``templates/`` (``pdf/submissions/receipt.html``); ``facts`` is plain JSON that the
    template names in its first comment; ``attachments`` are (name, bytes, relationship), where the relationship is
    « Data » for the machine-readable twin; one named « factur-x.xml » makes the PDF a Factur-X invoice. Nothing is
    fetched: neither network nor files other than the print sheet and its fonts; anything else that a page asks for
    stops the rendering with WeasyPrint's ``FatalURLFetchingError``.
    Raises ``TemplateDoesNotExist`` for an unknown template.
    """
    return write_pdf(markup_of(template, facts, title=title), attachments=attachments)


def markup_of(template: str, facts: Mapping[str, Any], *, title: str) -> str:
    """The HTML page of a document, with the spaces of French typography. Raises ``TemplateDoesNotExist``."""
    return _french_spaces(render_to_string(template, {**facts, "document_title": title}))


def _french_spaces(markup: str) -> str:
    """No line starts with « : ; ! ? » % € » nor cuts « R. 2172-31 » or « n° 3 », even in texts typed by people."""
    return SPACE_AFTER.sub("\\1\u00a0", SPACE_BEFORE.sub("\u00a0", markup))


def write_pdf(markup: str, *, attachments: Iterable[tuple[str, bytes, str]] = ()) -> bytes:
    """The HTML page ``markup`` as PDF/A-3a; links and attachments written in the page itself are dropped."""
    from weasyprint import HTML, Attachment

    page = HTML(string=markup, base_url=None, url_fetcher=_bundled_only())
    _unhook(page)
    files = [
        Attachment(string=content, name=name, relationship=relationship) for name, content, relationship in attachments
    ]
    with _rendering:
        sheet, fonts = _print_sheet()
        return page.write_pdf(
            stylesheets=[sheet],
            font_config=fonts,
            color_profiles={OUTPUT_INTENT: _colour_profile()},
            output_intent=OUTPUT_INTENT,
            pdf_variant="pdf/a-3a",
            attachments=files or None,
            uncompressed_pdf=True,
            finisher=_invoice if any(one.name == FACTUR_X for one in files) else _compress_streams,
        )


def _invoice(document: "weasyprint.Document", pdf: "pydyf.PDF") -> None:
    """Say in the metadata that the PDF is a Factur-X invoice; in the same packet, since readers want only one."""
    for part in pdf.objects:
        if getattr(part, "extra", {}).get("Type") == "/Metadata":
            part.stream = [
                line.replace(b"</rdf:RDF>", FACTUR_X_METADATA.encode() + b"</rdf:RDF>") for line in part.stream
            ]
    _compress_streams(document, pdf)


def _compress_streams(document: "weasyprint.Document", pdf: "pydyf.PDF") -> None:
    """Compress the content, and leave the objects one by one instead of in packed streams.

    Readers that compare revisions of a signed file look every object up: in packed streams that takes seconds a file.
    """
    from pydyf import Stream

    for part in pdf.objects:
        if isinstance(part, Stream):
            part.compress = True


def warm_up() -> None:
    """Load the engine, the print sheet and the fonts now, so that processes forked from this one share them."""
    _print_sheet()


def _unhook(page: "weasyprint.HTML") -> None:
    """Remove what would load or embed a file, and links of other schemes than https and mailto."""
    for element in page.etree_element.iter():
        target = element.get("href")
        if target is None:
            continue
        internal = target.startswith("#")
        if "attachment" in element.get("rel", "").lower() or not (internal or urlsplit(target).scheme in LINK_SCHEMES):
            element.attrib.pop("href", None)
            element.attrib.pop("rel", None)


@cache
def _bundled_only() -> "weasyprint.urls.URLFetcher":
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class BundledOnly(URLFetcher):
        """Answers for the print sheet and its fonts; everything else is refused, and stops the document."""

        def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
            address = urlsplit(url)
            path = Path(unquote(address.path)).resolve()
            if address.scheme != "file" or address.netloc or path not in BUNDLED:
                raise ForbiddenResourceError(f"Ressource refusée à l’impression : {url}")
            return URLFetcherResponse(url, path.read_bytes())

    return BundledOnly(allowed_protocols=("file",), allow_redirects=False, fail_on_errors=True)


@cache
def _print_sheet() -> tuple["weasyprint.CSS", "weasyprint.text.fonts.FontConfiguration"]:
    """The parsed print sheet and its fonts, read once per process."""
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration

    # Both tell each step at level INFO; their warnings and errors stay.
    for chatty in ("weasyprint.progress", "fontTools"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    fonts = FontConfiguration()
    # The folder of unpacked fonts is removed while the interpreter still stands.
    atexit.register(_print_sheet.cache_clear)
    sheet = CSS(filename=STYLESHEET, font_config=fonts, url_fetcher=_bundled_only())
    return sheet, fonts


def _colour_profile() -> "weasyprint.css.ColorProfile":
    """The sRGB profile that PDF/A asks for; WeasyPrint's own way to load it leaves its file open."""
    from weasyprint.css import ColorProfile

    profile = package_files("weasyprint.pdf") / "sRGB2014.icc"
    return ColorProfile(BytesIO(profile.read_bytes()), profile.name, "relative-colorimetric", (["r"], ["g"], ["b"]))
