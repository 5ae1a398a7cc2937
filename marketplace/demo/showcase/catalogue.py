"""The catalogue of the demonstration: a profile for each supplier, an editor, and something for them to review."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import Group
from wagtail.models import Site, Workflow

from cms.catalogue.models import Domain, Profile
from cms.catalogue.regions import region_named
from cms.pages.site import EDITORS, WORKFLOW
from marketplace.demo.identifiers import fictitious_siren
from marketplace.demo.showcase.cast import House
from marketplace.demo.showcase.troupe import Troupe
from marketplace.journal import clock

# The last one of the cast waits for its first review, the one before it for that of a change.
AWAITING_FIRST_REVIEW = "tante-adele"
AWAITING_REVIEW_OF_A_CHANGE = "grain-de-chanvre"
CHANGE = "Nous cherchons trois immeubles anciens pour l’hiver prochain."
BETWEEN_PROFILES = timedelta(days=9)


def fill(troupe: Troupe, *, now: datetime) -> None:
    """Write the profiles, dated over the last months; let the editor in; tell Wagtail the address of the site."""
    troupe.user(troupe.cast.editor).groups.add(Group.objects.get(name=EDITORS))
    address = urlsplit(settings.SITE_URL)
    Site.objects.filter(is_default_site=True).update(hostname=address.hostname, port=address.port or 80)
    for age, house in enumerate(reversed(troupe.cast.suppliers.values())):
        with clock.rehearsal(now - age * BETWEEN_PROFILES):
            _write(house, troupe)


def _write(house: House, troupe: Troupe) -> None:
    owner = troupe.user(house.person("owner"))
    profile = Profile(
        organisation=troupe.organisations[house.code],
        slug=house.code,
        name=house.name,
        region=region_named(house.facts["region"]) or "",
        siren=fictitious_siren(house.number),
        website=f"https://{house.code}.example",
        declared_on=clock.now().date(),
        live=False,
        **{name: house.facts[name] for name in ("tagline", "problem", "answer", "city", "size", "founded_year")},
    )
    profile.full_clean(exclude=["organisation"])
    profile.save()
    profile.domains.set(Domain.objects.filter(slug__in=house.facts["domains"]))
    profile.save()
    written = profile.save_revision(user=owner)
    if house.code == AWAITING_FIRST_REVIEW:
        _ask_for_review(profile, owner)
        return
    written.publish(user=troupe.user(troupe.cast.editor))
    if house.code == AWAITING_REVIEW_OF_A_CHANGE:
        profile.refresh_from_db()
        profile.answer = f"{profile.answer} {CHANGE}"
        profile.save_revision(user=owner)
        _ask_for_review(profile, owner)


def _ask_for_review(profile: Profile, owner: object) -> None:
    Workflow.objects.get(name=WORKFLOW).start(profile, owner)
