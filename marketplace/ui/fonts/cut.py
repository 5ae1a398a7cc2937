"""Cut the faces of the pages and those of print from the two variable fonts, as their authors publish them.

Run by hand when a font changes: ``python marketplace/ui/fonts/cut.py FOLDER_OF_THE_VARIABLE_FONTS``. Pages get the
letters that French needs, the regular text those of its neighbours too, in the weights that the stylesheet uses. One
weight a file, 28 kB in all: what a slow telephone receives in two round trips. A rare sign in a title or in bold is
drawn by the regular text. Each face of print is completed so that no document depends on the fonts of the machine:
digits of the title face in the text face (plain zero, all of the same width, so that columns of amounts align),
narrow no-break space, signs of comparison, arrow, tick and empty box.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

HERE = Path(__file__).resolve().parent
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SUPERSCRIPTS = "¹²³"

PAGES = HERE.parent / "static" / "ui" / "fonts"
FIGURES = "0123456789"
ASCII = "".join(chr(code) for code in range(0x20, 0x7F))
FRENCH = "ÀÂÇÈÉÊÎÔŒàâçèéêëîïôöùûüœ\u00a0«»–’…°€"
TITLE_LETTERS = "".join(sign for sign in ASCII if sign not in FIGURES + '"#$*<=>@[\\]^_`{|}~') + FRENCH
STRONG_LETTERS = TITLE_LETTERS + FIGURES
TEXT_LETTERS = ASCII + FRENCH + "ÄËÏÖÙÛÜäæÁÑßáíóúñãø—“”·•×−²½§©↑↓"
REGULAR, STRONG = 400, 650


def _polygons(*outlines: list[tuple[float, float]]) -> object:
    pen = TTGlyphPen(None)
    for outline in outlines:
        pen.moveTo(outline[0])
        for point in outline[1:]:
            pen.lineTo(point)
        pen.closePath()
    return pen.glyph()


def _chevron(stroke: float, *, towards_right: bool) -> list[tuple[float, float]]:
    upper, lower, left, right, middle = 560, 150, 70, 500, 355
    outline = [(left, lower), (right, middle - stroke / 2), (right, middle + stroke / 2), (left, upper)]
    outline += [(left, upper - stroke), (right - 1.6 * stroke, middle), (left, lower + stroke)]
    return outline if towards_right else [(570 - x, y) for x, y in reversed(outline)]


def _drawn_signs(stroke: float) -> dict[str, object]:
    bar = [(70, 0), (70, stroke), (500, stroke), (500, 0)]
    box = [(60, 0), (60, 600), (660, 600), (660, 0)]
    hole = [(60 + stroke, stroke), (660 - stroke, stroke), (660 - stroke, 600 - stroke), (60 + stroke, 600 - stroke)]
    shaft = [(60, 280 - stroke / 2), (60, 280 + stroke / 2), (600, 280 + stroke / 2), (600, 280 - stroke / 2)]
    head = [(430, 60), (650, 280), (430, 500), (430 + 1.3 * stroke, 500)]
    head += [(650 + 1.3 * stroke, 280), (430 + 1.3 * stroke, 60)]
    tick = [(60, 290), (60 + stroke, 330), (240, 150), (600, 610), (600 + stroke, 560), (245, 60 - stroke / 3)]
    return {
        "≥": (570, _polygons(_chevron(stroke, towards_right=True), bar)),
        "≤": (570, _polygons(_chevron(stroke, towards_right=False), bar)),
        "→": (800, _polygons(shaft, head)),
        "✓": (740, _polygons(tick)),
        "☐": (720, _polygons(box, hole)),
    }


def _add(font: TTFont, character: str, width: int, glyph: object) -> None:
    name = f"uni{ord(character):04X}"
    if name not in font.getGlyphOrder():
        font.setGlyphOrder([*font.getGlyphOrder(), name])
    font["glyf"][name] = glyph
    font["hmtx"][name] = (width, getattr(glyph, "xMin", 0) or 0)
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap[ord(character)] = name


def _copy(source: TTFont, name: str) -> tuple[int, object]:
    glyphs = source.getGlyphSet()
    outline = DecomposingRecordingPen(glyphs)
    glyphs[name].draw(outline)
    pen = TTGlyphPen(None)
    outline.replay(pen)
    return source["hmtx"][name][0], pen.glyph()


def cut(source: Path, *, weight: int, stroke: float, digits: TTFont | None = None) -> TTFont:
    """One static face of a variable font; ``digits`` is the face that lends its tabular digits and superscripts."""
    font = instantiateVariableFont(TTFont(source), {"wght": weight}, updateFontNames=False)
    cmap = font.getBestCmap()
    for character, (width, glyph) in _drawn_signs(stroke).items():
        glyph.recalcBounds(font["glyf"])
        _add(font, character, width, glyph)
    space_width = font["hmtx"][cmap[0x20]][0]
    _add(font, "\u202f", round(space_width * 0.6), TTGlyphPen(None).glyph())
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap[0x2011] = cmap[ord("-")]
    if digits is not None:
        # New glyphs rather than new outlines: the kerning of the text face was drawn for its own digits.
        for value, name in enumerate(DIGITS):
            width, glyph = _copy(digits, f"{name}.tf")
            glyph.recalcBounds(font["glyf"])
            _add(font, str(value), width, glyph)
        for character in SUPERSCRIPTS:
            width, glyph = _copy(digits, digits.getBestCmap()[ord(character)])
            glyph.recalcBounds(font["glyf"])
            _add(font, character, width, glyph)
    return font


def cut_title(source: Path) -> TTFont:
    """The letters of titles in their one weight."""
    font = instantiateVariableFont(TTFont(source), {"wght": STRONG}, updateFontNames=False)
    _keep(font, TITLE_LETTERS)
    return font


def cut_text(source: Path, letters: str, *, weight: int, digits: TTFont) -> TTFont:
    """These letters of the text in one weight, with the digits of the title face, whose zero has no slash.

    Its own zero stays behind the feature `zero` (slashed zero): identifiers want it well apart from the letter O.
    """
    font = instantiateVariableFont(TTFont(source), {"wght": weight}, updateFontNames=False)
    slashed = font.getBestCmap()[ord("0")]
    for digit in FIGURES:
        width, glyph = _copy(digits, digits.getBestCmap()[ord(digit)])
        glyph.recalcBounds(font["glyf"])
        _add(font, digit, width, glyph)
    _keep(font, letters, slashed)
    plain = font.getBestCmap()[ord("0")]
    addOpenTypeFeaturesFromString(font, f"feature zero {{ sub {plain} by {slashed}; }} zero;", tables=["GSUB"])
    return font


def _keep(font: TTFont, letters: str, *glyphs: str) -> None:
    subsetter = subset.Subsetter(subset.Options(layout_features=["kern"], hinting=False))
    subsetter.populate(text=letters, glyphs=glyphs)
    subsetter.subset(font)


def cut_pages(titles: Path, text: Path) -> None:
    """Write the files of pages among the static files: titles, and text in two weights."""
    fonts = {"title": cut_title(titles)}
    for name, weight, letters in (("text", REGULAR, TEXT_LETTERS), ("text-strong", STRONG, STRONG_LETTERS)):
        digits = instantiateVariableFont(TTFont(titles), {"wght": weight})
        fonts[name] = cut_text(text, letters, weight=weight, digits=digits)
    for name, font in fonts.items():
        font.flavor = "woff2"
        font.save(PAGES / f"{name}.woff2")


def main(folder: Path) -> None:
    """Write the files of pages among the static files, and the three faces of print beside this file."""
    titles, text = folder / "bricolage-grotesque.woff2", folder / "inclusive-sans.woff2"
    cut_pages(titles, text)
    for name, weight, stroke in (("text-regular", 400, 75), ("text-bold", 700, 115)):
        digits = instantiateVariableFont(TTFont(titles), {"wght": weight})
        font = cut(text, weight=weight, stroke=stroke, digits=digits)
        font.flavor = None
        font.save(HERE / f"{name}.ttf")
    font = cut(titles, weight=700, stroke=115)
    font.flavor = None
    font.save(HERE / "title-bold.ttf")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
