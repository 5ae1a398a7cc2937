"""Identifiers: check digits, one written form, and words that help."""

import pytest

from marketplace.accounts.identifiers import InvalidIdentifier, checked_identifier, siren_of


@pytest.mark.parametrize(
    ("scheme", "typed", "kept"),
    [
        ("siren", "732 829 320", "732829320"),
        ("siret", "732 829 320 00074", "73282932000074"),
        ("eu_vat", "fr 40 303 265 045", "FR40303265045"),
        ("eu_vat", "DE 136,695 976", "DE136695976"),
        ("other", " ch-550. 1 234 ", "CH-550. 1 234"),
    ],
)
def test_an_identifier_is_kept_in_one_form(scheme, typed, kept):
    assert checked_identifier(scheme, typed) == kept


@pytest.mark.parametrize(
    ("scheme", "typed", "advice"),
    [
        ("siren", "732829321", "Ce SIREN ne passe pas le contrôle\u00a0: vérifiez les 9 chiffres"),
        ("siren", "73282932", "vérifiez les 9 chiffres"),
        ("siren", "abc", "vérifiez les 9 chiffres"),
        ("siret", "73282932000079", "vérifiez les 14 chiffres"),
        ("eu_vat", "FR00303265045", "les deux lettres du pays"),
        ("eu_vat", "303265045", "les deux lettres du pays"),
        ("other", "  ", "le registre de votre pays"),
        ("other", "x" * 51, "50 signes au plus"),
    ],
)
def test_a_wrong_identifier_is_refused_with_what_to_do(scheme, typed, advice):
    with pytest.raises(InvalidIdentifier) as refusal:
        checked_identifier(scheme, typed)
    assert advice in refusal.value.reasons[0]


@pytest.mark.parametrize(
    ("scheme", "identifier", "siren"),
    [
        ("siren", "732829320", "732829320"),
        ("siret", "73282932000074", "732829320"),
        ("eu_vat", "FR40303265045", "303265045"),
        ("eu_vat", "DE136695976", ""),
        ("other", "CH-1", ""),
    ],
)
def test_the_siren_is_read_from_any_french_identifier(scheme, identifier, siren):
    assert siren_of(scheme, identifier) == siren
