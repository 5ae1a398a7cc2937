"""Images that other sites show beside a link to a page of this one, drawn with its own words, letters and colours.

A room registers, in `AppConfig.ready`, how to find the words of one kind of page by the last part of its address.
"""

import hashlib
import io
from collections.abc import Callable
from dataclasses import astuple, dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.core.cache import caches
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1200, 630
FONTS = Path(__file__).with_name("fonts")
DRAWING = "1"
"""Changes with the drawing: what was kept of the former one is then drawn again."""
KEPT = 30 * 24 * 3600
"""Seconds for which a drawing is kept."""

DEEP, PAPER, SOFT, SUN = "#0b3b32", "#f4f1e6", "#bcd6cd", "#e9a23b"
ARCHES = (("#16604f", "#3d9c86"), ("#1d7562", "#e9a23b"), ("#16604f", "#c8553d"))
ARCH = 96
"""Width of an arch."""
MARGIN = 72
TEXT_WIDTH = 760
LONGEST = 220
"""Letters of a title that are looked at; more would not be read."""
SIZES = (76, 66, 58, 50, 44)
LINES = 4


@dataclass(frozen=True, slots=True)
class Card:
    """Words of an image: `title` large, `kicker` above it (what kind of page), `foot` below."""

    title: str
    kicker: str
    foot: str = ""

    @property
    def digest(self) -> str:
        """What the image depends on, in sixteen letters: the same words give the same image."""
        words = "\n".join((DRAWING, settings.SITE_NAME, *astuple(self)))
        return hashlib.sha256(words.encode()).hexdigest()[:16]


Find = Callable[[str], Card | None]
_kinds: dict[str, Find] = {}


def register_cards(kind: str, find: Find) -> None:
    """Let pages of a kind be shared. `find` gets the last part of an address; None where the page is not public."""
    _kinds[kind] = find


def card_of(kind: str, name: str) -> Card | None:
    """The words of the image of a public page, None for any other."""
    find = _kinds.get(kind)
    return find(name) if find else None


def image_of(card: Card) -> bytes:
    """The image (PNG, 1200 × 630), drawn once for the same words."""
    kept = caches["drawings"]
    image = kept.get(card.digest)
    if image is None:
        image = drawn(card)
        kept.set(card.digest, image, KEPT)
    return image


def drawn(card: Card) -> bytes:
    """Draw an image; whatever the length of its words, they stay inside."""
    image = Image.new("RGB", (WIDTH, HEIGHT), DEEP)
    draw = ImageDraw.Draw(image)
    _arches(image)
    kicker = _face("text-bold", 30)
    draw.text((MARGIN, 84), _cut(_tidy(card.kicker).upper(), kicker, TEXT_WIDTH), font=kicker, fill=SUN)
    face, lines = _title(_tidy(card.title))
    y = 142
    for line in lines:
        draw.text((MARGIN, y), line, font=face, fill=PAPER)
        y += int(face.size * 1.14)
    if card.foot:
        foot = _face("text-regular", 30)
        draw.text((MARGIN, y + 18), _cut(_tidy(card.foot), foot, TEXT_WIDTH), font=foot, fill=SOFT)
    _brand(draw)
    written = io.BytesIO()
    image.quantize(64).save(written, "PNG", optimize=True)
    return written.getvalue()


def _arches(image: Image.Image) -> None:
    """The preau of the home page: a roof and a sun, three arches, a hill in each."""
    draw = ImageDraw.Draw(image)
    draw.ellipse((1010, 96, 1130, 216), fill=SUN)
    for place, (back, front) in enumerate(ARCHES):
        inside = Image.new("RGB", (ARCH, HEIGHT), back)
        top = 220 + 30 * (place % 2)
        ImageDraw.Draw(inside).ellipse((-70 + 40 * place, top, 190 + 40 * place, top + 500), fill=front)
        shape = Image.new("L", (ARCH, HEIGHT), 0)
        ImageDraw.Draw(shape).rounded_rectangle((0, 0, ARCH - 1, HEIGHT + ARCH), radius=ARCH // 2, fill=255)
        left = 876 + place * (ARCH + 12)
        image.paste(inside, (left, 250), shape)
        draw.rounded_rectangle((left, 250, left + ARCH, HEIGHT + ARCH), radius=ARCH // 2, outline=PAPER, width=7)
    draw.polygon(((868, 228), (1032, 190), (1196, 228)), fill=PAPER)
    draw.rectangle((860, 226, WIDTH, 240), fill=PAPER)


def _brand(draw: ImageDraw.ImageDraw) -> None:
    face = _face("title-bold", 40)
    name = _tidy(settings.SITE_NAME).lower()
    draw.text((MARGIN, HEIGHT - 96), name, font=face, fill=PAPER)
    at = MARGIN + face.getlength(name) + 22
    words = _face("text-regular", 26)
    draw.text((at, HEIGHT - 84), "La place de l’innovation publique", font=words, fill=SOFT)


def _title(text: str) -> tuple[ImageFont.FreeTypeFont, list[str]]:
    """The largest face in which the title holds; in the smallest, what is left over becomes an ellipsis."""
    for size in SIZES:
        face = _face("title-bold", size)
        lines = _wrapped(text, face)
        if len(lines) <= LINES:
            return face, lines
    return face, [*lines[: LINES - 1], _cut(" ".join(lines[LINES - 1 :]), face, TEXT_WIDTH)]


def _wrapped(text: str, face: ImageFont.FreeTypeFont) -> list[str]:
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}".strip()
        if face.getlength(longer) <= TEXT_WIDTH:
            line = longer
            continue
        if line:
            lines.append(line)
        while face.getlength(word) > TEXT_WIDTH:
            fits = next(n for n in range(len(word), 0, -1) if face.getlength(word[:n]) <= TEXT_WIDTH)
            lines.append(word[:fits])
            word = word[fits:]
        line = word
    return [*lines, line] if line else lines


def _cut(text: str, face: ImageFont.FreeTypeFont, width: int) -> str:
    if face.getlength(text) <= width:
        return text
    while text and face.getlength(f"{text}…") > width:
        text = text[:-1].rstrip()
    return f"{text}…"


def _tidy(text: str) -> str:
    """One line of printable letters."""
    kept = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(part for part in kept.split(" ") if part)[:LONGEST]


@lru_cache(maxsize=16)
def _face(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / f"{name}.ttf"), size)
