"""The editors' room in a browser: the review in three steps, and each page of ours read by axe at two widths.

What Wagtail draws around (menu, header, its own lists and forms) is Wagtail's: only what stands in our templates is
read, besides the review, which is walked as an editor does.
"""

import os
from collections.abc import Callable
from datetime import timedelta

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.db import connection
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page

from cms.catalogue.models import Confirmation, ErrorReport, Label, Profile, Reference, ReviewReply, Solution
from cms.catalogue.moderation import facts
from tests.catalogue.factories import ProfileFactory
from tests.catalogue.moderation.people import actor, company, editor, under_review
from tests.factories import UserFactory
from tests.journeys.looking import RULES

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="a browser sees no database: played once, on SQLite"),
]
WIDTHS = (1280, 390)
OURS = "main .nice-padding"


def world(now) -> tuple[Profile, Profile, ErrorReport]:
    """A published profile with a change to review, another one like it, and an error that a reader saw."""
    organisation, owner = company(name="Tramélys")
    live = ProfileFactory(name="Tramélys", slug="tramelys", organisation=organisation, tagline="Guide vers le quai.")
    reference = Reference(client="Ville de Rennes", detail="38 arrêts")
    live.references.add(reference)
    live.labels.add(Label(kind="hds", number="H-1", proof_url="https://exemple.fr/hds"), Label(kind="jei"))
    live.save()
    label = Label.objects.get(kind="hds")
    facts.verify_label(label=label, has_read_proof=True, actor=actor(editor()), now=now)
    Confirmation.objects.create(
        profile=live,
        subject=reference.uid,
        statement=reference.statement,
        email="a@ville.example",
        token_digest="0" * 64,
        asked_by=UserFactory(),
        asked_at=now,
        expires_at=now + timedelta(days=30),
        confirmed_at=now,
        quote="Nos agents gagnent une heure.",
    )
    draft = Profile.objects.get(pk=live.pk)
    draft.solutions.add(Solution(name="Quai", tagline="Guide vers le bon quai de bus.", claims_innovative=True))
    under_review(owner, draft, tagline="Guide chacun vers le bon quai de bus.", served_regions=["bretagne"])
    ReviewReply.objects.create(title="Superlatif", text="Retirez les superlatifs.")
    report = ErrorReport.objects.create(profile=live, text="Le SIREN est faux.", reported_at=now)
    return live, ProfileFactory(name="Tramélys Ouest"), report


def violations(page: Page, address: str) -> list[str]:
    page.evaluate(AXE_SCRIPT)
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        options = {"runOnly": RULES, "resultTypes": ["violations"]}
        answer = page.evaluate("([where, options]) => axe.run({include: [where]}, options)", [OURS, options])
        found += [
            f"{address} at {width}: {one['id']} {[node['html'][:150] for node in one['nodes'][:3]]}"
            for one in answer["violations"]
        ]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{address}: wider than {width} px")
        if folder := os.environ.get("EDITORS_SHOTS"):
            page.screenshot(path=f"{folder}/{address.strip('/').replace('/', '_') or 'x'}-{width}.png", full_page=True)
    return found


def test_our_pages_have_no_violation(visit: Callable[..., BrowserContext], moving_clock):
    live, other, report = world(moving_clock.now())
    label = Label.objects.get(kind="hds")
    page = visit(editor()).new_page()
    check = facts.labels_of(Profile.objects.get(pk=live.pk), now=moving_clock.now())[0].check
    found = []
    for address in (
        reverse("moderation:review", args=[live.pk]),
        reverse("moderation:facts", args=[live.pk]),
        reverse("moderation:verify_label", args=[label.pk]),
        reverse("moderation:withdraw_verification", args=[check.pk]),
        reverse("moderation:answer", args=[report.uid]),
        f"{reverse('moderation:choose_merge')}?q=tramelys",
        reverse("moderation:merge", args=[live.pk, other.pk]),
        f"{reverse('wagtail_bulk_action', args=['catalogue', 'profile', 'put_in_domain'])}?id={live.pk}&id={other.pk}",
    ):
        page.goto(address)
        found += violations(page, address)
    assert found == []


def test_a_profile_is_curated_in_three_steps(visit: Callable[..., BrowserContext], moving_clock):
    live, _other, _report = world(moving_clock.now())
    # Without JavaScript: the review does not need it.
    page = visit(editor(), java_script_enabled=False).new_page()
    page.goto(reverse("moderation:queue"))
    page.get_by_role("link", name="Tramélys").click()
    for box in page.get_by_role("group", name="Ce que j’ai vérifié").get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Publier cette version").click()
    assert page.get_by_text("Aucune fiche n’attend de relecture").is_visible()
    live.refresh_from_db()
    assert live.tagline == "Guide chacun vers le bon quai de bus."
