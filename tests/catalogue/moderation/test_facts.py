"""Facts that editors check against a proof, and quotes that they let through."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from cms.catalogue import trust
from cms.catalogue.models import Confirmation, Label, Profile, Reference, Verification
from cms.catalogue.moderation import facts
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from tests.catalogue.factories import ProfileFactory
from tests.catalogue.moderation.people import actor, editor, window, writer
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def label() -> Label:
    profile = ProfileFactory(name="Tramélys")
    profile.labels.add(Label(kind="hds", number="H-1", proof_url="https://exemple.fr/hds"))
    profile.save()
    return Label.objects.get()


def marks(profile_id: int, now) -> list[tuple[bool, str]]:
    profile = Profile.objects.get(pk=profile_id)
    return [(fact.is_verified, fact.state) for fact in trust.facts_of(profile, now=now) if fact.kind == "hds"]


def test_a_label_is_verified_for_twelve_months_at_most(label, now):
    reader = editor()
    check = facts.verify_label(label=label, has_read_proof=True, actor=actor(reader), now=now)
    assert check.until == date(2028, 1, 12)
    assert check.checked_by == reader
    assert marks(label.profile_id, now) == [(True, "Vérifié")]
    assert Entry.objects.get(act="label.verified").data["verification"] == check.pk
    history = window(reader).get(reverse("wagtailsnippets_catalogue_profile:history", args=[label.profile_id]))
    assert "Fait vérifié" in history.content.decode()


def test_a_mark_ends_with_the_label_itself(label, now):
    Label.objects.update(valid_until=date(2027, 3, 1))
    check = facts.verify_label(label=label, has_read_proof=True, actor=actor(editor()), now=now)
    assert check.until == date(2027, 3, 1)


@pytest.mark.parametrize(
    ("change", "read", "reason"),
    [
        ({}, False, "J’ai lu le justificatif"),
        ({"proof_url": ""}, True, "Aucun justificatif"),
        ({"valid_until": date(2027, 1, 11)}, True, "Ce label est fini"),
    ],
)
def test_nothing_is_verified_without_a_living_proof_that_was_read(label, now, change, read, reason):
    Label.objects.update(**change)
    with pytest.raises(Refusal, match=reason):
        facts.verify_label(label=Label.objects.get(), has_read_proof=read, actor=actor(editor()), now=now)
    assert not Verification.objects.exists()
    assert not Entry.objects.filter(act="label.verified").exists()


def test_a_draft_is_not_verified(label, now):
    Profile.objects.update(live=False)
    with pytest.raises(Refusal, match="Publiez d’abord"):
        facts.verify_label(label=label, has_read_proof=True, actor=actor(editor()), now=now)


@pytest.mark.parametrize("who", [writer, UserFactory])
def test_only_editors_verify_and_withdraw(label, now, who):
    stranger = who()
    with pytest.raises(NotAllowed):
        facts.verify_label(label=label, has_read_proof=True, actor=actor(stranger), now=now)
    assert not Verification.objects.exists()
    check = facts.verify_label(label=label, has_read_proof=True, actor=actor(editor()), now=now)
    with pytest.raises(NotAllowed):
        facts.withdraw_verification(verification=check, reason="Non.", actor=actor(stranger), now=now)
    address = reverse("moderation:verify_label", args=[label.pk])
    assert window(stranger).post(address, {"has_read": "on"}).status_code in {302, 403}
    assert Verification.objects.filter(withdrawn_at=None).count() == 1


def test_a_check_is_withdrawn_with_a_reason_and_the_fact_reads_declared_again(label, now):
    reader = editor()
    check = facts.verify_label(label=label, has_read_proof=True, actor=actor(reader), now=now)
    address = reverse("moderation:withdraw_verification", args=[check.pk])
    refused = window(reader).post(address, {"reason": " "})
    assert refused.status_code == 422
    assert "Dites pourquoi" in refused.content.decode()
    window(reader).post(address, {"reason": "Le certificat est suspendu."})
    check.refresh_from_db()
    assert check.withdrawn_at
    assert marks(label.profile_id, now) == [(False, "Déclaré")]
    with pytest.raises(Refusal, match="déjà retirée"):
        facts.withdraw_verification(verification=check, reason="Encore.", actor=actor(reader), now=now)
    history = window(reader).get(reverse("wagtailsnippets_catalogue_profile:history", args=[label.profile_id]))
    assert "Le certificat est suspendu." in history.content.decode()


def test_the_page_of_facts_leads_to_each_act(label, moving_clock):
    reader = editor()
    page = reverse("moderation:facts", args=[label.profile_id])
    verify = reverse("moderation:verify_label", args=[label.pk])
    assert verify in window(reader).get(page).content.decode()
    assert "https://exemple.fr/hds" in window(reader).get(verify).content.decode()
    assert window(reader).post(verify, {}).status_code == 422
    assert window(reader).post(verify, {"has_read": "on"})["Location"] == page
    assert "Vérifié le 12 janvier 2027, jusqu’au 12 janvier 2028" in window(reader).get(page).content.decode()


def test_a_quote_is_shown_and_hidden_by_an_editor(label, now):
    reference = Reference(client="Ville de Rennes")
    label.profile.references.add(reference)
    label.profile.save()
    word = Confirmation.objects.create(
        profile=label.profile,
        subject=reference.uid,
        statement=reference.statement,
        email="a@ville.example",
        token_digest="0" * 64,
        asked_by=UserFactory(),
        asked_at=now,
        expires_at=now + timedelta(days=30),
        quote="Nos agents gagnent une heure.",
    )
    reader = editor()
    with pytest.raises(Refusal, match="témoignage confirmé"):
        facts.accept_quote(confirmation=word, actor=actor(reader), now=now)
    Confirmation.objects.update(confirmed_at=now)
    page = reverse("moderation:facts", args=[label.profile_id])
    assert "Nos agents gagnent une heure." in window(reader).get(page).content.decode()
    window(reader).post(reverse("moderation:show_quote", args=[word.pk]))
    word.refresh_from_db()
    assert word.quote_accepted_at
    with pytest.raises(NotAllowed):
        facts.hide_quote(confirmation=word, actor=actor(writer()), now=now)
    window(reader).post(reverse("moderation:hide_quote", args=[word.pk]))
    word.refresh_from_db()
    assert word.quote_accepted_at is None
    assert word.confirmed_at
    assert [entry.act for entry in Entry.objects.filter(act__startswith="quote.").order_by("seq")] == [
        "quote.accepted",
        "quote.hidden",
    ]
