"""The catalogue of the demonstration: a profile for each supplier, an editor, and something for them to review."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import Group
from wagtail.models import Site, Workflow

from cms.catalogue.editing import references
from cms.catalogue.editing.drafts import PARTS
from cms.catalogue.models import Confirmation, Domain, Label, Profile
from cms.catalogue.moderation.facts import accept_quote, verify_label
from cms.catalogue.regions import region_named
from cms.pages.site import EDITORS, WORKFLOW
from marketplace.accounts.actors import Actor
from marketplace.demo.identifiers import fictitious_siren
from marketplace.demo.showcase.cast import House, read_offers
from marketplace.demo.showcase.troupe import Troupe
from marketplace.journal import clock
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.journal.outbox import drain

# The last one of the cast waits for its first review, the one before it for that of a change.
AWAITING_FIRST_REVIEW = "tante-adele"
AWAITING_REVIEW_OF_A_CHANGE = "grain-de-chanvre"
CHANGE = "Nous cherchons trois immeubles anciens pour l’hiver prochain."
BETWEEN_PROFILES = timedelta(days=9)
SINCE_REGISTER = timedelta(days=4)
MOSTLY = 11
"""Companies whose identity is verified: the others show what is only declared."""


def fill(troupe: Troupe, *, now: datetime) -> None:
    """Write the profiles, dated over the last months; let the editor in; tell Wagtail the address of the site."""
    troupe.user(troupe.cast.editor).groups.add(Group.objects.get(name=EDITORS))
    address = urlsplit(settings.SITE_URL)
    Site.objects.filter(is_default_site=True).update(hostname=address.hostname, port=address.port or 80)
    offers = read_offers()
    for age, house in enumerate(reversed(troupe.cast.suppliers.values())):
        with clock.rehearsal(now - age * BETWEEN_PROFILES):
            _write(house, troupe, offers.get(house.code, {}))
    for code, offer in offers.items():
        _let_clients_confirm(troupe.cast.suppliers[code], offer, troupe, now=now)
    _check(troupe, now=now)
    # The companies are told that their profiles are public.
    drain()


def _check(troupe: Troupe, *, now: datetime) -> None:
    """The register found most companies active a few days ago; the editor read the proofs that may be read online."""
    found = now - SINCE_REGISTER
    with act(SITE_CHAIN, "demonstration.register_read", actor=Actor.system("demonstration"), now=found):
        for house in list(troupe.cast.suppliers.values())[:MOSTLY]:
            organisation = troupe.organisations[house.code]
            organisation.refresh_from_db()
            organisation.registry_checked_at = found
            organisation.save()
    editor = Actor.person(troupe.user(troupe.cast.editor))
    for label in Label.objects.filter(profile__live=True).exclude(proof_url="").select_related("profile"):
        verify_label(label=label, has_read_proof=True, actor=editor, now=now)
    for word in Confirmation.objects.exclude(quote="").filter(confirmed_at__isnull=False).select_related("profile"):
        accept_quote(confirmation=word, actor=editor, now=now)


def _write(house: House, troupe: Troupe, offer: Mapping[str, Any]) -> None:
    owner = troupe.user(house.person("owner"))
    profile = Profile(
        organisation=troupe.organisations[house.code],
        slug=house.code,
        name=house.name,
        region=region_named(house.facts["region"]) or "",
        siren=fictitious_siren(house.number),
        website=f"https://{house.code}.example",
        declared_on=clock.now().date(),
        served_regions=offer.get("served_regions", []),
        live=False,
        **{name: house.facts[name] for name in ("tagline", "problem", "answer", "city", "size", "founded_year")},
    )
    profile.full_clean(exclude=["organisation"])
    profile.save()
    profile.domains.set(Domain.objects.filter(slug__in=house.facts["domains"]))
    profile.save()
    for name, model in PARTS.items():
        getattr(profile, name).set([_part(model, one, place) for place, one in enumerate(offer.get(name, []))])
    written = profile.save_revision(user=owner)
    if house.code == AWAITING_FIRST_REVIEW:
        _ask_for_review(profile, owner)
        return
    written.publish(user=troupe.user(troupe.cast.editor))
    if house.code == AWAITING_REVIEW_OF_A_CHANGE:
        profile = Profile.objects.get(pk=profile.pk).get_latest_revision_as_object()
        profile.answer = f"{profile.answer} {CHANGE}"
        profile.save_revision(user=owner)
        _ask_for_review(profile, owner)


def _part(model: type[Any], fields: Mapping[str, Any], place: int) -> Any:
    part = model(sort_order=place, **fields)
    # Texts of the file become the numbers and the days that a form would give.
    part.clean_fields(exclude=["profile", "slug"])
    return part


def _let_clients_confirm(house: House, offer: Mapping[str, Any], troupe: Troupe, *, now: datetime) -> None:
    """Ask the clients that the file names, by the acts of the site, and let them answer."""
    profile = Profile.objects.get(slug=house.code)
    asker = troupe.actor(house.person("owner"), house.code)
    for reference in profile.references.all():
        said = offer["confirmed_by"].get(reference.client)
        if said is None:
            continue
        client = troupe.cast.buyers[said["buyer"]].person(said["part"])
        asked = references.ask(profile=profile, uid=reference.uid, email=client.email, actor=asker, now=now)
        references.answer(
            confirmation=asked,
            confirms=True,
            author=f"{client.first} {client.last}, {client.title}",
            quote=said["quote"],
            actor=Actor.visitor(),
            now=now,
        )


def _ask_for_review(profile: Profile, owner: object) -> None:
    Workflow.objects.get(name=WORKFLOW).start(profile, owner)
