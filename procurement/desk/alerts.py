"""A new call is told, once, to each company whose profile or followed searches it matches; a click stops it.

A match is by domain (that of the call, or of its CPV code) and by region: profiles name domains, which have the codes.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.dispatch import receiver
from django.http import QueryDict
from django.urls import reverse
from django_tasks import task

from cms.catalogue.models import Domain, Profile
from cms.sourcing.models import SavedSearch
from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Membership, Organisation, User
from marketplace.journal import clock
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.journal.outbox import enqueue
from marketplace.mail.kinds import kind_of
from marketplace.mail.services import send, wants
from procurement.calls.models import Call, CallAlert
from procurement.calls.signals import call_published
from procurement.desk.departments import region_of
from procurement.desk.public_calls import domain_label

KIND = "desk.call_alert"
# Digits of a CPV code that name its group.
CPV_GROUP = 3
# What a mail repeats of a title: the subject is cut by itself.
LONGEST_TITLE = 120


@receiver(call_published)
def tell_companies(call: Call, **kwargs: Any) -> None:
    """Leave the alerts with the act that publishes."""
    enqueue(tell_matching, call.pk)


@task()
def tell_matching(call_id: str) -> None:
    """Write to every company that the call matches and that was not told yet; a second run writes to nobody."""
    call = Call.objects.published().select_related("lead_buyer").filter(pk=UUID(call_id)).first()
    if call is None:
        return
    now = clock.now()
    for organisation in matching(call).exclude(pk__in=call.alerts.values("organisation")):
        person = reader_of(organisation)
        if person is None:
            continue
        with act(SITE_CHAIN, "call.alerted", actor=Actor.system("alerts"), now=now, subject=call):
            if CallAlert.objects.filter(call=call, organisation=organisation).exists():
                continue
            CallAlert(call=call, organisation=organisation, told_at=now).save()
            send(KIND, person, _context(call), now)


def matching(call: Call) -> QuerySet[Organisation]:
    """Companies with an account whose published profile, or a search that one of them follows, fits the call."""
    region, domains = region_of(call.lead_buyer.postcode), domains_of(call)
    profiles = Profile.objects.published().filter(domains__in=domains, organisation__isnull=False).distinct()
    by_profile = [one.organisation_id for one in profiles if _serves(one, region)]
    searches = SavedSearch.objects.only("user_id", "query")
    followers = [one.user_id for one in searches if _looks_for(QueryDict(one.query), domains, region)]
    by_search = Membership.objects.active().filter(user__in=followers).values_list("organisation", flat=True)
    suppliers = Organisation.objects.filter(kind=Organisation.Kind.SUPPLIER)
    return suppliers.filter(pk__in={*by_profile, *by_search}).order_by("pk")


def domains_of(call: Call) -> set[str]:
    """The domain of a call, and those whose CPV codes are of the same group as its own (first three digits)."""
    group = call.cpv[:CPV_GROUP]
    rows = Domain.objects.values_list("slug", "cpv_main", "cpv_others")
    same = {slug for slug, main, others in rows if group and group in {code[:CPV_GROUP] for code in (main, *others)}}
    return same | ({call.domain} if call.domain else set())


def _serves(profile: Profile, region: str) -> bool:
    """Whether a company works where the buyer is; one that did not say may work anywhere."""
    return not (profile.served_regions and region) or region in {*profile.served_regions, profile.region}


def _looks_for(search: QueryDict, domains: set[str], region: str) -> bool:
    regions = search.getlist("region")
    return bool(domains & set(search.getlist("domaine"))) and (not regions or not region or region in regions)


def reader_of(organisation: Organisation) -> User | None:
    """Who is told for a company: the first of its owners, else of its members, who wants to be."""
    members = Membership.objects.active().filter(organisation=organisation).select_related("user")
    ranked: Iterable[Membership] = sorted(members, key=lambda one: (not one.is_owner, str(one.pk)))
    return next((one.user for one in ranked if wants(one.user, kind_of(KIND))), None)


def _context(call: Call) -> dict[str, Any]:
    return {
        "reference": call.reference,
        "title": call.title[:LONGEST_TITLE],
        "domain": domain_label(call).lower(),
        "buyer": call.lead_buyer.name,
        "path": reverse("desk:call", args=[call.reference]),
    }
