"""What of a profile is verified, by whom and when, and what is only declared (ux.md §13: the « sceau »).

A mark bears on one fact at one date. It lasts twelve months, then reads « à reconfirmer » until it is checked again.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from cms.catalogue.models import Profile

LASTS = timedelta(days=365)
"""How long a verification holds."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the table « Ce qui est vérifié, ce qui est déclaré ».

    Attributes:
        label: What the fact is about.
        value: What it says, empty when the label says it all.
        is_verified: Whether the mark is solid; else dotted.
        state: The word beside the mark.
        by: Who checked or declared it.
        on: Day or instant of that, None when unknown.
        is_siren: Whether `value` is a SIREN, written in groups of three.
    """

    label: str
    value: str
    is_verified: bool
    state: str
    by: str
    on: date | datetime | None
    is_siren: bool = False


def facts_of(profile: "Profile", *, now: datetime) -> list[Fact]:
    """The facts that a profile shows, those that may be verified first."""
    account = profile.organisation
    facts = []
    siren = account.siren if account else profile.siren
    if siren:
        checked_at = account.registry_checked_at if account else None
        facts.append(
            _checked(
                _("Entreprise active, SIREN"), siren, checked_at, _("Répertoire des entreprises"), now, is_siren=True
            )
            if checked_at
            else _declared(profile, _("SIREN"), siren, is_siren=True)
        )
    if account and account.verified_at:
        facts.append(
            _checked(_("Droit de représenter l’organisation"), "", account.verified_at, _("Exploitant du site"), now)
        )
    declared = [
        (_("Région"), profile.get_region_display()),
        (_("Commune"), profile.city),
        (_("Année de création"), str(profile.founded_year or "")),
        (_("Taille"), profile.get_size_display()),
        (_("Phrase de présentation"), profile.tagline),
    ]
    return facts + [_declared(profile, label, value) for label, value in declared if value]


def identity(profile: "Profile", *, now: datetime) -> Fact | None:
    """The line of a card about identity: the register's word when there is one; None when no SIREN is known."""
    return next((fact for fact in facts_of(profile, now=now) if fact.is_siren), None)


def _checked(label: str, value: str, at: datetime, by: str, now: datetime, *, is_siren: bool = False) -> Fact:
    is_fresh = now - at <= LASTS
    state = _("Vérifié") if is_fresh else _("À reconfirmer")
    return Fact(label, value, is_verified=is_fresh, state=state, by=by, on=at, is_siren=is_siren)


def _declared(profile: "Profile", label: str, value: str, *, is_siren: bool = False) -> Fact:
    by = profile.source or _("L’organisation elle-même")
    return Fact(label, value, is_verified=False, state=_("Déclaré"), by=by, on=profile.declared_on, is_siren=is_siren)
