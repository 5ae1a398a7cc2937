"""What the plan gives a profile: languages, links, months of readings. And what it never gives."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cms.catalogue.editing import services
from cms.catalogue.editing.drafts import draft_of
from cms.catalogue.models import Medium, MonthlyReading, Profile, Translation
from cms.catalogue.presentation import presentation_of
from cms.catalogue.readings import months_of, rounded
from marketplace.accounts.actors import Actor
from marketplace.journal.errors import Refusal
from tests.billing.factories import open_plan
from tests.catalogue.factories import ProfileFactory
from tests.factories import MembershipFactory, make

pytestmark = pytest.mark.django_db
BROWSER = {"User-Agent": "Mozilla/5.0"}


@pytest.fixture
def membership():
    return make(MembershipFactory)


@pytest.fixture
def profile(membership) -> Profile:
    return ProfileFactory(organisation=membership.organisation, source="")


def add(profile, membership, now, part="media", **fields):
    fields = fields or {"kind": "video", "title": "En une minute", "url": "https://exemple.fr/film"}
    services.write_part(
        profile=profile, part=part, uid=None, fields=fields, version=None, actor=Actor.of(membership), now=now
    )


ENGLISH = {
    "language": "en",
    "tagline": "Guides to the right platform.",
    "problem": "One gets lost.",
    "answer": "A voice.",
}


def test_one_link_is_free_and_a_second_one_takes_the_plan(profile, membership, now):
    add(profile, membership, now)
    with pytest.raises(Refusal, match=r"Sans formule : 1\. Avec la formule Atelier : 8"):
        add(profile, membership, now)
    assert len(draft_of(Profile.objects.get()).media.all()) == 1
    open_plan(membership.organisation, now=now)
    for _ in range(7):
        add(profile, membership, now)
    with pytest.raises(Refusal, match="8 au plus"):
        add(profile, membership, now)


def test_another_language_takes_the_plan(profile, membership, now):
    with pytest.raises(Refusal, match=r"Sans formule : aucun\. Avec la formule Atelier : 4"):
        add(profile, membership, now, part="translations", **ENGLISH)
    assert not profile.has_unpublished_changes
    open_plan(membership.organisation, now=now)
    add(profile, membership, now, part="translations", **ENGLISH)
    assert [one.language for one in draft_of(Profile.objects.get()).translations.all()] == ["en"]


def test_the_page_shows_the_language_while_the_plan_is_open_and_keeps_it_after(
    client, profile, membership, moving_clock
):
    now = moving_clock.now()
    Translation.objects.create(profile=profile, **ENGLISH)
    for number in range(3):
        Medium.objects.create(profile=profile, kind="video", title=f"Film {number}", url="https://exemple.fr/film")
    url = profile.get_absolute_url()
    shown = client.get(url).content.decode()
    assert "Guides to the right platform." not in shown
    assert ("Film 0" in shown, "Film 1" in shown) == (True, False)
    open_plan(membership.organisation, now=now)
    shown = client.get(url).content.decode()
    assert '<section class="stack" lang="en"' in shown
    assert "Guides to the right platform." in shown
    assert "Film 2" in shown
    moving_clock.advance(timedelta(days=365 + 15))
    shown = client.get(url).content.decode()
    assert "Guides to the right platform." not in shown
    assert "Film 1" not in shown
    assert Translation.objects.count() == 1


def test_a_profile_without_account_costs_no_query_more(django_assert_num_queries, now):
    profile = ProfileFactory()
    with django_assert_num_queries(0):
        assert presentation_of(profile, now=now).translations == ()


def test_the_company_writes_from_its_space_and_reads_why_not(client, profile, membership, now):
    client.force_login(membership.user)
    url = reverse("catalogue:add_part", args=["translations"])
    answer = client.post(url, {**ENGLISH, "version": "0"})
    assert answer.status_code == 422
    assert "Formule et factures" in answer.content.decode()
    assert "Guides to the right platform." in answer.content.decode()
    open_plan(membership.organisation, now=now)
    assert client.post(url, {**ENGLISH, "version": "0"}).status_code == 302
    home = client.get(reverse("catalogue:my_profile")).content.decode()
    assert "Guides to the right platform." in home
    preview = client.get(reverse("catalogue:preview_profile")).content.decode()
    assert 'lang="en"' in preview


class TestReadings:
    def test_a_reading_counts_in_its_month_and_says_nothing_of_the_reader(self, profile, moving_clock):
        for _ in range(3):
            Client(headers=BROWSER).get(profile.get_absolute_url())
        row = MonthlyReading.objects.get()
        assert (row.profile, row.month, row.count) == (profile, date(2027, 1, 1), 3)
        assert {field.name for field in MonthlyReading._meta.get_fields()} == {"id", "profile", "month", "count"}

    def test_the_company_robots_heads_and_pages_fetched_ahead_do_not_count(self, profile, membership):
        url = profile.get_absolute_url()
        own = Client(headers=BROWSER)
        own.force_login(membership.user)
        own.get(url)
        Client(headers={"User-Agent": "Mozilla/5.0 (compatible; Examplebot/2.1)"}).get(url)
        Client(headers={**BROWSER, "Sec-Purpose": "prefetch"}).get(url)
        Client(headers=BROWSER).head(url)
        assert not MonthlyReading.objects.exists()

    def test_a_profile_without_account_is_not_counted(self):
        Client(headers=BROWSER).get(ProfileFactory().get_absolute_url())
        assert not MonthlyReading.objects.exists()

    @pytest.mark.parametrize(
        ("count", "told"), [(0, None), (9, None), (10, 10), (14, 10), (15, 20), (24, 20), (1234, 1230)]
    )
    def test_figures_are_rounded_to_the_ten(self, count: int, told: int | None):
        assert rounded(count) == told

    def test_only_finished_months_are_told_and_only_with_the_plan(self, profile, membership, now):
        for month, count in ((date(2027, 1, 1), 500), (date(2026, 12, 1), 37), (date(2025, 12, 1), 90)):
            MonthlyReading.objects.create(profile=profile, month=month, count=count)
        assert months_of(profile, now=now) == []
        open_plan(membership.organisation, now=now)
        months = months_of(profile, now=now)
        assert len(months) == 12
        assert (months[0].first_day, months[0].readings) == (date(2026, 12, 1), 40)
        assert (months[1].first_day, months[1].readings) == (date(2026, 11, 1), None)
        assert months[-1].first_day == date(2026, 1, 1)

    def test_the_page_says_what_the_plan_would_tell(self, client, profile, membership, moving_clock):
        client.force_login(membership.user)
        url = reverse("catalogue:readings")
        assert "Un outil de la formule Atelier" in client.get(url).content.decode()
        open_plan(membership.organisation, now=moving_clock.now())
        MonthlyReading.objects.create(profile=profile, month=date(2026, 12, 1), count=37)
        shown = client.get(url).content.decode()
        assert "décembre 2026" in shown
        assert "environ 40" in shown
        assert "moins de 10" in shown
        client.force_login(make(MembershipFactory).user)
        assert client.get(url).status_code == 404
