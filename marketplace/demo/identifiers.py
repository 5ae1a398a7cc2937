"""Fictitious identifiers that pass the check digits. No range of SIREN is reserved for fiction: ours begin with 999."""

from stdnum import luhn

_FICTION = "999"
_ESTABLISHMENT = "0001"


def fictitious_siren(number: int) -> str:
    """The SIREN of the n-th organisation of a story, 0 to 99 999."""
    payload = f"{_FICTION}{number:05d}"
    return payload + luhn.calc_check_digit(payload)


def siret_on(siren: str) -> str:
    """An example of SIRET on a SIREN: its first establishment."""
    payload = siren + _ESTABLISHMENT
    return payload + luhn.calc_check_digit(payload)
