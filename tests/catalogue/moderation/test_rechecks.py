"""The day's work: marks that end, and companies that the register closes."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse

from cms.catalogue.models import Confirmation, Label, Profile, Reference, Verification
from cms.catalogue.moderation import rechecks
from marketplace.accounts.models import Organisation
from marketplace.journal import outbox
from marketplace.journal.models import Entry
from marketplace.mail.models import Message
from tests.catalogue.factories import ProfileFactory
from tests.catalogue.moderation.people import company, editor, window
from tests.factories import OrganisationFactory, UserFactory, make, siren

pytestmark = pytest.mark.django_db


@pytest.fixture
def profile(now) -> Profile:
    organisation, _owner = company(registry_checked_at=now)
    profile = ProfileFactory(name="Tramélys", organisation=organisation)
    profile.labels.add(Label(kind="hds"))
    profile.references.add(Reference(client="Ville de Rennes"))
    profile.save()
    label, reference = Label.objects.get(), Reference.objects.get()
    Verification.objects.create(
        profile=profile,
        subject=label.uid,
        statement=label.statement,
        checked_by=UserFactory(),
        checked_at=now - timedelta(days=340),
        until=(now + timedelta(days=25)).date(),
    )
    Confirmation.objects.create(
        profile=profile,
        subject=reference.uid,
        statement=reference.statement,
        email="a@ville.example",
        token_digest="0" * 64,
        asked_by=UserFactory(),
        asked_at=now - timedelta(days=350),
        expires_at=now - timedelta(days=320),
        confirmed_at=now - timedelta(days=345),
    )
    return profile


def test_owners_are_told_thirty_days_before_once(profile, now, capsys, moving_clock):
    call_command("recheck_facts")
    assert "Fiches prévenues : 1." in capsys.readouterr().out
    outbox.drain()
    (mail,) = Message.objects.filter(kind="catalogue.facts_ending")
    assert mail.subject == "Votre fiche : 2 faits à reconfirmer"
    assert "Référence\u00a0: Ville de Rennes" in mail.body
    assert Verification.objects.get().reminded_at == Confirmation.objects.get().reminded_at == now
    assert Entry.objects.get(act="profile.ending_told").data["facts"] == 2
    assert rechecks.recheck(now=now + timedelta(days=1)).reminded == 0


def test_nobody_is_told_too_early_nor_of_what_the_profile_does_not_say_any_more(profile, now):
    assert rechecks.recheck(now=now - timedelta(days=12)).reminded == 0
    Label.objects.update(number="AUTRE")
    Reference.objects.update(detail="Autre chose.")
    assert rechecks.recheck(now=now).reminded == 0


def test_a_profile_without_account_has_nobody_to_tell(profile, now):
    Profile.objects.update(organisation=None)
    assert rechecks.recheck(now=now).reminded == 0
    assert Verification.objects.get().reminded_at is None


def test_what_has_ended_is_listed(profile, now, capsys, moving_clock):
    moving_clock.advance(timedelta(days=40))
    call_command("recheck_facts")
    told = capsys.readouterr().out
    assert "À reconfirmer : 2." in told
    assert "à reconfirmer : Tramélys, Hébergeur de données de santé (HDS)" in told
    assert "À reconfirmer" in window(editor()).get(reverse("moderation:open_facts")).content.decode()


@pytest.fixture
def register(tmp_path, settings):
    """Write what the offline register knows."""

    def know(*facts: dict) -> None:
        path = tmp_path / "register.json"
        path.write_text(json.dumps(facts))
        settings.COMPANY_REGISTRY_FILE = str(path)

    return know


def checked_at(organisation: Organisation):
    organisation.refresh_from_db()
    return organisation.registry_checked_at


def test_sirens_are_read_again_every_day(register, now):
    before = now - timedelta(days=2)
    register({"siren": siren(501), "name": "A"}, {"siren": siren(502), "name": "B", "is_active": False})
    alive = make(OrganisationFactory, identifier=siren(501), registry_checked_at=before)
    closed = make(OrganisationFactory, identifier=siren(502), registry_checked_at=before)
    unknown = make(OrganisationFactory, identifier=siren(503), registry_checked_at=before)
    late = make(OrganisationFactory, identifier=siren(504), registry_checked_at=None)
    outcome = rechecks.recheck(now=now)
    assert (outcome.read, outcome.closed) == (1, [closed])
    # A register that does not answer changes nothing.
    assert [checked_at(one) for one in (alive, closed, unknown, late)] == [now, None, before, None]
    assert Entry.objects.filter(act="organisation.register_read").count() == 1
    assert Entry.objects.filter(act="organisation.closed_at_register").count() == 1
    again = rechecks.recheck(now=now + timedelta(hours=1))
    assert again.read == 0
    assert Entry.objects.filter(act="organisation.closed_at_register").count() == 1


def test_a_closed_company_is_not_shown_as_verified_any_more(register, client, moving_clock, now):
    register({"siren": siren(501), "name": "A", "is_active": False})
    organisation = make(OrganisationFactory, identifier=siren(501), registry_checked_at=now - timedelta(days=2))
    profile = ProfileFactory(organisation=organisation)
    assert "Entreprise active" in client.get(profile.get_absolute_url()).content.decode()
    rechecks.recheck(now=now)
    assert "Entreprise active" not in client.get(profile.get_absolute_url()).content.decode()
