"""What of a profile is verified, by whom and when, and what is only declared (ux.md §13: the « sceau »).

A mark bears on one statement, word for word, at one date. It lasts twelve months at most, then reads « à reconfirmer »
until it is checked again. Changing the statement gives it back its state of a mere declaration.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from cms.catalogue.models import Confirmation, Label, Profile, Reference, Solution, Verification

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
        kind: What the fact is for filters and cards: "identity", "reference", a kind of label, or empty.
        until: Last day of the mark, None when it has none.
        url: Public proof, empty when there is none.
    """

    label: str
    value: str
    is_verified: bool
    state: str
    by: str
    on: date | datetime | None
    is_siren: bool = False
    kind: str = ""
    until: date | None = None
    url: str = ""


def facts_of(profile: "Profile", *, now: datetime) -> list[Fact]:
    """The facts that a profile shows, those that may be verified first."""
    return [*_identity(profile, now), *_proven(profile, now), *_plain(profile)]


def identity(profile: "Profile", *, now: datetime) -> Fact | None:
    """The line of a card about identity: the register's word when there is one; None when no SIREN is known."""
    return next((fact for fact in _identity(profile, now) if fact.is_siren), None)


def declared_of(profile: "Profile", solution: "Solution") -> list[Fact]:
    """What the organisation declares of one solution and nobody has checked."""
    declared = [
        (_("Maturité"), solution.get_maturity_display()),
        (_("Hébergement des données"), solution.get_hosting_display()),
        (_("Solution nouvelle ou nettement améliorée"), solution.innovation_reason)
        if solution.claims_innovative
        else ("", ""),
    ]
    return [_declared(profile, label, value) for label, value in declared if value]


def confirmations_of(profile: "Profile") -> dict[tuple[UUID, str], "Confirmation"]:
    """The latest confirmed word of each client, by the reference and the statement that it confirms."""
    return {(word.subject, word.statement): word for word in profile.confirmations.all() if word.confirmed_at}


def verifications_of(profile: "Profile") -> dict[tuple[UUID, str], "Verification"]:
    """The latest check that stands, by the part and the statement that it bears on."""
    return {(check.subject, check.statement): check for check in profile.verifications.all() if not check.withdrawn_at}


def _identity(profile: "Profile", now: datetime) -> list[Fact]:
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
    return facts


def _proven(profile: "Profile", now: datetime) -> list[Fact]:
    words, checks = confirmations_of(profile), verifications_of(profile)
    facts = [_reference(profile, one, words.get((one.uid, one.statement)), now) for one in profile.references.all()]
    return facts + [_label(profile, one, checks.get((one.uid, one.statement)), now) for one in profile.labels.all()]


def _reference(profile: "Profile", reference: "Reference", word: "Confirmation | None", now: datetime) -> Fact:
    label = _("Référence : %(client)s") % {"client": reference.client}
    if word is None or word.confirmed_at is None:
        return _declared(profile, label, reference.detail, kind="reference")
    is_fresh = now - word.confirmed_at <= LASTS
    return Fact(
        label,
        reference.detail,
        is_verified=is_fresh,
        state=_("Confirmé") if is_fresh else _("À reconfirmer"),
        by=word.author or reference.client,
        on=word.confirmed_at,
        kind="reference",
        until=localdate(word.confirmed_at + LASTS),
    )


def _label(profile: "Profile", label: "Label", check: "Verification | None", now: datetime) -> Fact:
    today = localdate(now)
    number = _("N° %(number)s") % {"number": label.number} if label.number else ""
    if label.valid_until and label.valid_until < today:
        ended = _("Fini le %(day)s") % {"day": f"{label.valid_until:%d/%m/%Y}"}
        return _declared(profile, label.title, number, kind=label.kind, state=ended, until=label.valid_until)
    if check is None:
        return _declared(profile, label.title, number, kind=label.kind, until=label.valid_until, url=label.proof_url)
    is_fresh = check.until >= today
    return Fact(
        label.title,
        number,
        is_verified=is_fresh,
        state=_("Vérifié") if is_fresh else _("À reconfirmer"),
        by=_("L’équipe du site, sur justificatif"),
        on=check.checked_at,
        kind=label.kind,
        until=check.until,
        url=label.proof_url,
    )


def _plain(profile: "Profile") -> list[Fact]:
    declared = [
        (_("Région"), profile.get_region_display()),
        (_("Commune"), profile.city),
        (_("Année de création"), str(profile.founded_year or "")),
        (_("Taille"), profile.get_size_display()),
        (_("Accessibilité (RGAA)"), profile.get_accessibility_display()),
        (_("Phrase de présentation"), profile.tagline),
    ]
    return [_declared(profile, label, value) for label, value in declared if value]


def _checked(label: str, value: str, at: datetime, by: str, now: datetime, *, is_siren: bool = False) -> Fact:
    is_fresh = now - at <= LASTS
    state = _("Vérifié") if is_fresh else _("À reconfirmer")
    kind = "identity" if is_siren else ""
    return Fact(label, value, is_verified=is_fresh, state=state, by=by, on=at, is_siren=is_siren, kind=kind)


def _declared(
    profile: "Profile",
    label: str,
    value: str,
    *,
    is_siren: bool = False,
    kind: str = "",
    state: str = "",
    until: date | None = None,
    url: str = "",
) -> Fact:
    return Fact(
        label,
        value,
        is_verified=False,
        state=state or _("Déclaré"),
        by=profile.source or _("L’organisation elle-même"),
        on=profile.declared_on,
        is_siren=is_siren,
        kind=kind or ("identity" if is_siren else ""),
        until=until,
        url=url,
    )
