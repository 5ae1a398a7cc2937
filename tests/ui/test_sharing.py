"""Images of shares: the right size, light, the same for the same words, and words that stay inside."""

import io

import pytest
from PIL import Image

from marketplace.ui import sharing
from marketplace.ui.sharing import Card, card_of, drawn, image_of, register_cards

LONG = "Un titre qui n’en finit pas, et qui continue encore " * 8


def opened(image: bytes) -> Image.Image:
    return Image.open(io.BytesIO(image)).convert("RGB")


@pytest.mark.parametrize(
    "card",
    [
        Card("Court", "Appel"),
        Card(LONG, LONG, LONG),
        Card("Anticonstitutionnellement" * 20, "Sans espace"),
        Card("", "", ""),
        Card("Ligne\nautre\x00\x07 ligne\t", "日本語", "🚍"),
    ],
    ids=["short", "long", "one word", "nothing", "odd letters"],
)
def test_any_words_give_a_light_image_of_the_right_size(card):
    image = drawn(card)
    assert opened(image).size == (1200, 630)
    assert len(image) < 60_000


def test_words_stay_out_of_the_drawing():
    shown, bare = opened(drawn(Card(LONG, LONG, LONG))), opened(drawn(Card("", "", "")))
    colours = [shown.getpixel((850, y)) == bare.getpixel((850, y)) for y in range(630)]
    assert all(colours)


def test_the_same_words_are_drawn_once(monkeypatch):
    card = Card("Une fois", "Appel", "Rennes")
    first = image_of(card)
    monkeypatch.setattr(sharing, "drawn", lambda card: pytest.fail("drawn again"))
    assert image_of(Card("Une fois", "Appel", "Rennes")) == first
    assert card.digest != Card("Une fois", "Appel", "Nantes").digest


def test_a_kind_that_no_room_registered_has_no_image(monkeypatch):
    monkeypatch.setattr(sharing, "_kinds", {})
    assert card_of("appel", "PI-2026-014") is None
    register_cards("appel", lambda name: Card(name, "Appel"))
    assert card_of("appel", "PI-2026-014") == Card("PI-2026-014", "Appel")
