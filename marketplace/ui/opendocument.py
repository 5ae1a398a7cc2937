"""Documents to edit: the same page as the PDF, as OpenDocument text that any word processor opens.

Written by hand from the HTML of our own print templates (headings, paragraphs, lists, tables, links): the format is a
ZIP of XML, and the libraries at hand write paragraphs one by one without knowing HTML. The same page gives the same
bytes.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape, quoteattr

from marketplace.ui.printing import LINK_SCHEMES, markup_of

ODT = "application/vnd.oasis.opendocument.text"
# ZIP knows no date before this one; a fixed one makes equal pages equal files.
EPOCH = (1980, 1, 1, 0, 0, 0)
SPACES = re.compile(r"[ \t\n\r\f]+")
# What XML 1.0 cannot hold.
FORBIDDEN = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4}
BLOCKS = {*HEADINGS, "p", "div", "section", "header", "ul", "ol", "table", "caption", "body"}
# A word processor makes its own table of contents and page numbers; drawings stay in the PDF.
LEFT_OUT_TAGS = {"svg", "style", "script", "head"}
LEFT_OUT_CLASSES = {"toc"}
LEFT_OUT_IDS = {"sommaire"}
SPAN_STYLES = {"strong": "Strong", "b": "Strong", "em": "Strong"}
NAMESPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in (
        ("office", "office"), ("text", "text"), ("table", "table"), ("style", "style"), ("meta", "meta"),
        ("fo", "xsl-fo-compatible"),
    )
) + ' xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"'  # fmt: skip
PARAGRAPHS = {
    "Heading_20_1": ("20pt", "bold", "#083c32", "0cm", "0.3cm"),
    "Heading_20_2": ("14pt", "bold", "#083c32", "0.6cm", "0.2cm"),
    "Heading_20_3": ("12pt", "bold", "#0c5748", "0.4cm", "0.15cm"),
    "Heading_20_4": ("11pt", "bold", "#0c5748", "0.3cm", "0.1cm"),
    "Text_20_body": ("10.5pt", "normal", "#15211d", "0cm", "0.2cm"),
    "Table_20_Contents": ("9.5pt", "normal", "#15211d", "0cm", "0cm"),
    "Table_20_Heading": ("9.5pt", "bold", "#083c32", "0cm", "0cm"),
    "Table_20_Title": ("10.5pt", "bold", "#083c32", "0.3cm", "0.1cm"),
}
"""Style name: size, weight, colour, space above, space below."""


def render_odt(template: str, facts: Mapping[str, Any], *, title: str) -> bytes:
    """The document of ``printing.render_pdf``, to edit. Raises ``TemplateDoesNotExist`` for an unknown template."""
    return write_odt(markup_of(template, facts, title=title), title=title)


def write_odt(markup: str, *, title: str) -> bytes:
    """The HTML page ``markup`` as an OpenDocument text; its drawings and its table of contents are left out."""
    import tinyhtml5  # the parser of WeasyPrint; needed by the worker only

    page = tinyhtml5.parse(markup, namespace_html_elements=False)
    body = page.find("body")
    content = "".join(_blocks(body)) if body is not None else ""
    parts = {
        "content.xml": (
            f'<office:document-content {NAMESPACES} office:version="1.3"><office:automatic-styles>'
            '<style:style style:name="Cell" style:family="table-cell"><style:table-cell-properties '
            'fo:border-bottom="0.5pt solid #c9c5b6" fo:padding="0.12cm"/></style:style>'
            "</office:automatic-styles>"
            f"<office:body><office:text>{content}</office:text></office:body></office:document-content>"
        ),
        "styles.xml": _styles(),
        "meta.xml": (
            f'<office:document-meta {NAMESPACES} office:version="1.3"><office:meta><dc:title>{_text(title)}</dc:title>'
            "<dc:language>fr-FR</dc:language></office:meta></office:document-meta>"
        ),
        "META-INF/manifest.xml": (
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" '
            f'manifest:version="1.3"><manifest:file-entry manifest:full-path="/" manifest:media-type="{ODT}"/>'
            + "".join(
                f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="text/xml"/>'
                for name in ("content.xml", "styles.xml", "meta.xml")
            )
            + "</manifest:manifest>"
        ),
    }
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        # First and uncompressed, so that the type is read without unpacking.
        archive.writestr(zipfile.ZipInfo("mimetype", EPOCH), ODT, zipfile.ZIP_STORED)
        for name, part in parts.items():
            declared = f'<?xml version="1.0" encoding="UTF-8"?>{part}'
            archive.writestr(zipfile.ZipInfo(name, EPOCH), declared, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def _text(text: str) -> str:
    return escape(FORBIDDEN.sub("", text))


def _is_left_out(element: Element) -> bool:
    classes = set(element.get("class", "").split())
    return (
        not isinstance(element.tag, str)
        or element.tag in LEFT_OUT_TAGS
        or bool(classes & LEFT_OUT_CLASSES)
        or element.get("id") in LEFT_OUT_IDS
    )


def _has_blocks(element: Element) -> bool:
    return any(isinstance(child.tag, str) and child.tag in BLOCKS for child in element.iter() if child is not element)


def _blocks(element: Element, style: str = "Text_20_body") -> Iterator[str]:
    """What an element holds, as paragraphs, headings, lists and tables; text between blocks becomes a paragraph."""
    loose = [_text(element.text or "")]
    for child in element:
        if not _is_left_out(child):
            if child.tag in BLOCKS or _has_blocks(child):
                yield from _paragraph(loose, style)
                yield from _block(child, style)
            else:
                loose.append(_inline(child))
        loose.append(_text(child.tail or ""))
    yield from _paragraph(loose, style)


def _paragraph(parts: list[str], style: str) -> Iterator[str]:
    """A paragraph of what was gathered, none for blanks alone; the list starts anew."""
    text = SPACES.sub(" ", "".join(parts)).strip(" ")
    parts.clear()
    if text:
        yield f'<text:p text:style-name="{style}">{text}</text:p>'


def _block(element: Element, style: str) -> Iterator[str]:
    if element.tag in HEADINGS:
        level = HEADINGS[element.tag]
        text = SPACES.sub(" ", _inside(element)).strip(" ")
        yield f'<text:h text:style-name="Heading_20_{level}" text:outline-level="{level}">{text}</text:h>'
    elif element.tag in ("ul", "ol"):
        items = (child for child in element if child.tag == "li" and not _is_left_out(child))
        lines = "".join(f"<text:list-item>{''.join(_blocks(item, style))}</text:list-item>" for item in items)
        yield f'<text:list text:style-name="{"Numbers" if element.tag == "ol" else "Points"}">{lines}</text:list>'
    elif element.tag == "table":
        yield from _table(element)
    else:
        yield from _blocks(element, style)


def _inside(element: Element) -> str:
    """The text of an element with its inline marks."""
    parts = [_text(element.text or "")]
    for child in element:
        if not _is_left_out(child):
            parts.append(_inline(child))
        parts.append(_text(child.tail or ""))
    return "".join(parts)


def _inline(element: Element) -> str:
    if element.tag == "br":
        return "<text:line-break/>"
    inside = _inside(element)
    if element.tag == "a" and element.get("href", "").partition(":")[0] in LINK_SCHEMES:
        return f'<text:a xlink:type="simple" xlink:href={quoteattr(element.get("href", ""))}>{inside}</text:a>'
    style = SPAN_STYLES.get(element.tag) or ("Missing" if "missing" in element.get("class", "").split() else "")
    # A code stands before its title, at a distance that the print sheet makes by a margin.
    after = " " if "code" in element.get("class", "").split() else ""
    return (f'<text:span text:style-name="{style}">{inside}</text:span>' if style else inside) + after


def _table(table: Element) -> Iterator[str]:
    caption = table.find("caption")
    if caption is not None:
        yield f'<text:p text:style-name="Table_20_Title">{SPACES.sub(" ", _inside(caption)).strip(" ")}</text:p>'
    heads = [row for head in table.iter("thead") for row in head.iter("tr")]
    rows = [row for row in table.iter("tr") if row not in heads]
    columns = max((sum(int(cell.get("colspan", 1)) for cell in row) for row in [*heads, *rows]), default=1)
    header = "".join(_row(row, is_head=True) for row in heads)
    yield (
        f'<table:table><table:table-column table:number-columns-repeated="{columns}"/>'
        + (f"<table:table-header-rows>{header}</table:table-header-rows>" if header else "")
        + "".join(_row(row) for row in rows)
        + '</table:table><text:p text:style-name="Text_20_body"/>'
    )


def _row(row: Element, *, is_head: bool = False) -> str:
    cells = []
    for cell in row:
        if cell.tag not in ("th", "td"):
            continue
        span = int(cell.get("colspan", 1))
        style = "Table_20_Heading" if is_head or cell.tag == "th" else "Table_20_Contents"
        inside = "".join(_blocks(cell, style)) or f'<text:p text:style-name="{style}"/>'
        spanned = f' table:number-columns-spanned="{span}"' if span > 1 else ""
        cells.append(
            f'<table:table-cell table:style-name="Cell"{spanned} office:value-type="string">{inside}</table:table-cell>'
            + "<table:covered-table-cell/>" * (span - 1)
        )
    return f"<table:table-row>{''.join(cells)}</table:table-row>"


def _styles() -> str:
    paragraphs = "".join(
        f'<style:style style:name="{name}" style:family="paragraph"><style:paragraph-properties '
        f'fo:margin-top="{above}" fo:margin-bottom="{below}"{_kept(name)}/>'
        f'<style:text-properties fo:font-size="{size}" fo:font-weight="{weight}" fo:color="{colour}"/></style:style>'
        for name, (size, weight, colour, above, below) in PARAGRAPHS.items()
    )
    return (
        f'<office:document-styles {NAMESPACES} office:version="1.3"><office:styles>'
        '<style:default-style style:family="paragraph"><style:text-properties fo:language="fr" fo:country="FR" '
        'fo:font-family="sans-serif"/></style:default-style>' + paragraphs + '<style:style style:name="Strong" '
        'style:family="text"><style:text-properties fo:font-weight="bold"/></style:style>'
        '<style:style style:name="Missing" style:family="text"><style:text-properties fo:font-weight="bold" '
        'fo:color="#9c2318"/></style:style>'
        '<text:list-style style:name="Points"><text:list-level-style-bullet text:level="1" text:bullet-char="•">'
        '<style:list-level-properties text:space-before="0.5cm" text:min-label-width="0.5cm"/>'
        "</text:list-level-style-bullet></text:list-style>"
        '<text:list-style style:name="Numbers"><text:list-level-style-number text:level="1" style:num-format="1" '
        'style:num-suffix=".">'
        '<style:list-level-properties text:space-before="0.5cm" text:min-label-width="0.6cm"/>'
        "</text:list-level-style-number></text:list-style></office:styles><office:automatic-styles>"
        '<style:page-layout style:name="A4"><style:page-layout-properties fo:page-width="21cm" '
        'fo:page-height="29.7cm" fo:margin="2cm"/></style:page-layout></office:automatic-styles>'
        '<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="A4"/>'
        "</office:master-styles></office:document-styles>"
    )


def _kept(name: str) -> str:
    """A title stays with what follows it."""
    return ' fo:keep-with-next="always"' if name.startswith(("Heading", "Table_20_Title")) else ""
