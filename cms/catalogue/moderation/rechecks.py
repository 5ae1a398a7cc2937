"""What must be looked at again as time passes: marks that end, and companies that the register closes (ux.md §13)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from cms.catalogue import trust
from cms.catalogue.models import Confirmation, Profile, Verification
from cms.catalogue.moderation.notices import WATCH, tell_owners
from marketplace.accounts import registry
from marketplace.accounts.models import Organisation
from marketplace.journal.acts import SITE_CHAIN, act

NOTICE = timedelta(days=30)
REGISTER_READ_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Ending:
    """A proof that covers what a published profile says today, and the last day of its mark."""

    profile: Profile
    fact: str
    until: date
    proof: Verification | Confirmation


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a day's work did: profiles reminded, facts to confirm again, SIRENs read, companies closed."""

    reminded: int
    to_reconfirm: list[Ending]
    read: int
    closed: list[Organisation]


def recheck(*, now: datetime) -> Outcome:
    """Do the day's work: remind, list, read the register again. Run twice in a day, it changes nothing more."""
    endings = list(standing())
    read, closed = _reread_register(now=now)
    return Outcome(
        reminded=_remind([one for one in endings if _ends_soon(one, now)], now=now),
        to_reconfirm=[one for one in endings if one.until < localdate(now)],
        read=read,
        closed=closed,
    )


def with_proofs() -> QuerySet[Profile]:
    """Published profiles with all that says what of them is proven."""
    rows = Profile.objects.published().select_related("organisation").defer("search_text")
    proofs = ("labels", "references", "verifications", "confirmations")
    return rows.filter(
        Q(pk__in=Verification.objects.values("profile")) | Q(pk__in=Confirmation.objects.values("profile"))
    ).prefetch_related(*proofs)


def standing() -> Iterator[Ending]:
    """Every proof of published profiles that covers, word for word, what they say today."""
    for profile in with_proofs():
        checks, words = trust.verifications_of(profile), trust.confirmations_of(profile)
        for label in profile.labels.all():
            if check := checks.get((label.uid, label.statement)):
                yield Ending(profile, label.title, check.until, check)
        for reference in profile.references.all():
            word = words.get((reference.uid, reference.statement))
            if word and word.confirmed_at:
                fact = _("Référence : %(client)s") % {"client": reference.client}
                yield Ending(profile, fact, localdate(word.confirmed_at + trust.LASTS), word)


def _ends_soon(ending: Ending, now: datetime) -> bool:
    today = localdate(now)
    return today <= ending.until <= today + NOTICE and ending.proof.reminded_at is None


def _remind(endings: list[Ending], *, now: datetime) -> int:
    """One mail for each profile, once for each proof; profiles without account have nobody to write to."""
    by_profile: dict[Profile, list[Ending]] = {}
    for ending in endings:
        if ending.profile.organisation_id:
            by_profile.setdefault(ending.profile, []).append(ending)
    for profile, ends in by_profile.items():
        first = min(ends, key=lambda one: one.until)
        with act(SITE_CHAIN, "profile.ending_told", actor=WATCH, now=now, subject=profile, facts=len(ends)):
            told = {"count": len(ends), "fact": first.fact, "until": first.until}
            tell_owners("catalogue.facts_ending", profile, told, now=now)
            for ending in ends:
                ending.proof.reminded_at = now
                ending.proof.save(update_fields=["reminded_at"])
    return len(by_profile)


def _reread_register(*, now: datetime) -> tuple[int, list[Organisation]]:
    """Read again the SIREN of suppliers; a register that does not answer changes nothing."""
    source = registry.registry()
    due = Organisation.objects.suppliers().filter(
        Q(registry_checked_at__isnull=True) | Q(registry_checked_at__lt=now - REGISTER_READ_EVERY)
    )
    read, closed = 0, []
    for organisation in due.order_by("registry_checked_at", "pk"):
        if not organisation.siren:
            continue
        # Asked outside of any transaction: the network may take seconds.
        match source.lookup(organisation.siren):
            case registry.CompanyFacts(is_active=True):
                _date_reading(organisation, now, now=now)
                read += 1
            case registry.CompanyFacts() | registry.NotFound():
                if organisation.registry_checked_at:
                    _date_reading(organisation, None, now=now)
                closed.append(organisation)
    return read, closed


def _date_reading(organisation: Organisation, found_at: datetime | None, *, now: datetime) -> None:
    """Keep when the register last held the company as active; None takes the mark of its identity away."""
    name = "organisation.register_read" if found_at else "organisation.closed_at_register"
    with act(SITE_CHAIN, name, actor=WATCH, now=now, subject=organisation):
        organisation.refresh_from_db()
        organisation.registry_checked_at = found_at
        organisation.save()
