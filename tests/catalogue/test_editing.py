"""What a company does with its profile by itself, as acts: what each changes, and what each refuses."""

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from wagtail.models import WorkflowState

from cms.catalogue.editing import services
from cms.catalogue.editing.drafts import State, draft_of, missing_of, standing_of
from cms.catalogue.models import Domain, Profile
from cms.pages.site import EDITORS
from marketplace.accounts.models import Membership, User
from marketplace.files.services import RefusedFile, stage
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from tests.catalogue.factories import ProfileFactory, SolutionFactory
from tests.factories import OrganisationFactory, UserFactory, actor_for, make, siren

pytestmark = pytest.mark.django_db

TEXTS = {"tagline": "Guide jusqu’au quai.", "problem": "On se perd.", "answer": "Une voix guide.", "region": "bretagne"}


def company(number: int = 90031, *, verified_at=None):
    """An owner of a fresh company."""
    organisation = make(OrganisationFactory, identifier=siren(number), verified_at=verified_at)
    return actor_for(organisation, role=Membership.Role.OWNER)


def member_of(actor, role=Membership.Role.MEMBER):
    return actor_for(actor.membership().organisation, role=role)


def begun(actor, now) -> Profile:
    return services.begin(organisation=actor.membership().organisation, actor=actor, now=now)


def write(profile, actor, now, version=None, **fields) -> None:
    services.write(profile=profile, fields=fields, version=version, actor=actor, now=now)


def completed(actor, now) -> Profile:
    """A draft that lacks nothing."""
    profile = begun(actor, now)
    write(profile, actor, now, **TEXTS, domains=list(Domain.objects.filter(slug="mobilite")))
    add_solution(profile, actor, now)
    return Profile.objects.get(pk=profile.pk)


def add_solution(profile, actor, now, name="Guidage vocal") -> None:
    services.write_part(
        profile=profile, part="solutions", uid=None, fields={"name": name, "tagline": "Guide."}, version=None,
        actor=actor, now=now,
    )  # fmt: skip


def editor():
    user = make(UserFactory)
    user.groups.add(Group.objects.get(name=EDITORS))
    return user


def approve(profile) -> None:
    state = Profile.objects.get(pk=profile.pk).current_workflow_state.current_task_state
    state.specific.approve(user=editor())


def reject(profile, reason: str) -> None:
    state = Profile.objects.get(pk=profile.pk).current_workflow_state.current_task_state
    state.specific.reject(user=editor(), comment=reason)


def latest(act: str) -> Entry:
    return Entry.objects.filter(act=act).latest("seq")


# --- Beginning --------------------------------------------------------------------------------------------------------


def test_a_profile_begins_as_a_draft_with_what_the_register_says(now):
    owner = company()
    profile = begun(owner, now)
    assert (profile.name, profile.siren) == (profile.organisation.name, siren(90031))
    assert not profile.live
    assert latest("profile.begun").data["profile"] == profile.pk


def test_the_public_profile_of_the_same_siren_is_claimed_and_unchanged_for_visitors(now):
    owner = company(verified_at=now)
    imported = ProfileFactory(siren=siren(90031), tagline="Phrase reprise.")
    assert begun(owner, now).pk == imported.pk
    imported.refresh_from_db()
    assert imported.live
    assert imported.organisation_id == owner.organisation_id
    assert (imported.tagline, imported.source) == ("Phrase reprise.", "Exemple, Licence Ouverte 2.0")
    assert not imported.has_unpublished_changes
    assert latest("profile.claimed").data["profile"] == imported.pk


@pytest.mark.parametrize(
    ("website", "email", "is_theirs"),
    [
        ("https://www.tramelys.example/nous", "ines@tramelys.example", True),
        ("https://Tramelys.Example:443", "ines@tramelys.example", True),
        ("https://tramelys.example", "ines@mail.tramelys.example", False),
        ("https://pages.tramelys.example", "ines@tramelys.example", False),
        ("https://tramelys.example", "ines@faux-tramelys.example", False),
        ("", "ines@tramelys.example", False),
    ],
)
def test_a_public_siren_alone_does_not_give_a_profile(now, website, email, is_theirs):
    owner, imported = company(), ProfileFactory(siren=siren(90031), website=website)
    User.objects.filter(pk=owner.user_id).update(email=email)
    if is_theirs:
        assert begun(owner, now).pk == imported.pk
        return
    with pytest.raises(NotAllowed, match="demandez-nous de vérifier"):
        begun(owner, now)
    imported.refresh_from_db()
    assert imported.organisation_id is None
    assert not Entry.objects.filter(act="profile.claimed").exists()


def test_a_second_profile_another_account_s_and_other_people_are_refused(now):
    owner = company()
    organisation = owner.membership().organisation
    for stranger in (company(90032), actor_for(organisation__buyer=True)):
        with pytest.raises(NotAllowed):
            services.begin(organisation=organisation, actor=stranger, now=now)
    buyer = actor_for(organisation__buyer=True)
    with pytest.raises(NotAllowed):
        services.begin(organisation=buyer.membership().organisation, actor=buyer, now=now)
    begun(owner, now)
    with pytest.raises(Refusal, match="déjà une fiche"):
        begun(owner, now)
    other = company(90033)
    ProfileFactory(siren=siren(90033), organisation=make(OrganisationFactory, identifier=siren(90034)))
    with pytest.raises(Refusal, match="un autre compte"):
        begun(other, now)
    assert Entry.objects.filter(act__startswith="profile.").count() == 1


# --- Writing ----------------------------------------------------------------------------------------------------------


def test_what_is_written_goes_into_the_draft_and_never_into_what_visitors_read(now):
    owner = company()
    profile = ProfileFactory(organisation=owner.membership().organisation, siren=siren(90031))
    for who in (owner, member_of(owner)):
        write(profile, who, now, tagline=f"Écrit par {who.label}")
    profile.refresh_from_db()
    assert profile.tagline == "Rend un service."
    assert profile.has_unpublished_changes
    draft = draft_of(profile)
    assert draft.tagline.startswith("Écrit par")
    assert draft.source == ""
    assert latest("profile.written").data["revision"] == profile.latest_revision_id


def test_another_company_a_buyer_and_a_superuser_write_nothing(now):
    owner = company()
    profile = begun(owner, now)
    make(UserFactory, is_superuser=True, is_staff=True)
    boss = actor_for(make(OrganisationFactory, identifier=siren(90035)), user=User.objects.get(is_superuser=True))
    for stranger in (company(90036), actor_for(organisation__buyer=True), boss):
        for act in (
            lambda who: write(profile, who, now, tagline="Pris"),
            lambda who: add_solution(profile, who, now),
            lambda who: services.send_to_review(profile=profile, version=None, actor=who, now=now),
            lambda who: services.withdraw(profile=profile, actor=who, now=now),
            lambda who: services.restore(profile=profile, actor=who, now=now),
            lambda who: services.take_back(profile=profile, actor=who, now=now),
        ):
            with pytest.raises(NotAllowed):
                act(stranger)
    assert draft_of(Profile.objects.get(pk=profile.pk)).tagline == ""
    assert Entry.objects.filter(act__startswith="profile.").count() == 1


@pytest.mark.parametrize("name", ["live", "organisation", "slug", "siren", "reviewed_at", "source", "withdrawn_at"])
def test_what_is_not_the_company_s_to_write_is_never_written(now, name):
    owner = company()
    profile = begun(owner, now)
    with pytest.raises(ValueError, match=name):
        write(profile, owner, now, **{name: True})


def test_the_second_of_two_colleagues_is_told_and_nothing_is_lost(now):
    owner = company()
    profile = begun(owner, now)
    read = Profile.objects.get(pk=profile.pk).latest_revision_id
    write(profile, member_of(owner), now, version=read, tagline="La première")
    with pytest.raises(services.Outdated):
        write(profile, owner, now, version=read, tagline="La seconde")
    assert draft_of(Profile.objects.get(pk=profile.pk)).tagline == "La première"


def test_parts_are_added_changed_and_removed_by_their_identifier(now):
    owner = company()
    profile = begun(owner, now)
    add_solution(profile, owner, now, "Une")
    add_solution(profile, owner, now, "Deux")
    profile.refresh_from_db()
    one, two = draft_of(profile).solutions.all()
    keep = {"profile": profile, "part": "solutions", "version": None, "actor": owner, "now": now}
    services.write_part(uid=one.uid, fields={"name": "Une autre"}, **keep)
    services.remove_part(uid=two.uid, **keep)
    profile.refresh_from_db()
    assert [(part.uid, part.name) for part in draft_of(profile).solutions.all()] == [(one.uid, "Une autre")]
    assert not profile.solutions.exists()
    for act in (services.remove_part, lambda **given: services.write_part(fields={"name": "x"}, **given)):
        with pytest.raises(Refusal):
            act(uid=two.uid, **keep)


def test_a_part_that_does_not_pass_is_refused_and_a_profile_holds_so_many(now):
    owner = company()
    profile = begun(owner, now)
    with pytest.raises(Refusal):
        add_solution(profile, owner, now, "")
    assert not draft_of(Profile.objects.get(pk=profile.pk)).solutions.all()
    for number in range(services.MOST_PARTS):
        SolutionFactory(profile=profile, name=f"S{number}")
    profile.latest_revision.delete()
    Profile.objects.filter(pk=profile.pk).update(latest_revision=None)
    with pytest.raises(Refusal, match="au plus"):
        add_solution(profile, owner, now)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("audit.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
        ("audit.pdf", b"<!doctype html><script>alert(1)</script>"),
        ("audit.html", b"<html></html>"),
        ("audit.txt", b"un texte"),
    ],
)
def test_a_proof_is_a_pdf_or_an_image_and_nothing_that_runs(now, name, content):
    owner = company()
    profile = begun(owner, now)
    with pytest.raises((Refusal, RefusedFile)):
        services.write_part(
            profile=profile, part="labels", uid=None, fields={"kind": "hds"}, version=None, actor=owner, now=now,
            proof=stage(SimpleUploadedFile(name, content), name=name),
        )  # fmt: skip
    assert not draft_of(Profile.objects.get(pk=profile.pk)).labels.all()


# --- Review, withdrawal -----------------------------------------------------------------------------------------------


def test_what_is_missing_is_listed_and_holds_the_profile_back(now):
    owner = company()
    profile = begun(owner, now)
    with pytest.raises(Refusal) as refusal:
        services.send_to_review(profile=profile, version=None, actor=owner, now=now)
    assert len(refusal.value.reasons) == len(missing_of(draft_of(profile))) == 6
    assert not WorkflowState.objects.exists()


def test_only_an_editor_s_approval_publishes(now):
    owner = company()
    profile = completed(owner, now)
    assert standing_of(profile).state == State.DRAFT
    services.send_to_review(profile=profile, version=profile.latest_revision_id, actor=owner, now=now)
    profile.refresh_from_db()
    assert standing_of(profile).state == State.REVIEW
    assert not profile.live
    for act in (
        lambda: write(profile, owner, now, tagline="En douce"),
        lambda: services.send_to_review(profile=profile, version=None, actor=owner, now=now),
        lambda: services.withdraw(profile=profile, actor=owner, now=now),
        lambda: services.restore(profile=profile, actor=owner, now=now),
    ):
        with pytest.raises(Refusal):
            act()
    approve(profile)
    profile = Profile.objects.get(pk=profile.pk)
    assert profile.live
    assert standing_of(profile).state == State.PUBLISHED
    assert [solution.slug for solution in profile.solutions.all()] == ["guidage-vocal"]
    assert profile.organisation_id == owner.organisation_id


def test_a_published_profile_keeps_its_version_until_the_next_approval(now):
    owner = company()
    profile = completed(owner, now)
    services.send_to_review(profile=profile, version=None, actor=owner, now=now)
    approve(profile)
    with pytest.raises(Refusal, match="est la dernière"):
        services.send_to_review(profile=profile, version=None, actor=owner, now=now)
    write(profile, owner, now, tagline="Nouvelle phrase")
    services.send_to_review(profile=profile, version=None, actor=owner, now=now)
    assert Profile.objects.get(pk=profile.pk).tagline == TEXTS["tagline"]
    address = profile.solutions.get().slug
    approve(profile)
    assert Profile.objects.get(pk=profile.pk).tagline == "Nouvelle phrase"
    assert profile.solutions.get().slug == address


def test_a_returned_profile_says_why_and_is_sent_again(now):
    owner = company()
    profile = completed(owner, now)
    services.send_to_review(profile=profile, version=None, actor=owner, now=now)
    reject(profile, "Précisez le prix.")
    standing = standing_of(Profile.objects.get(pk=profile.pk))
    assert (standing.state, standing.reason) == (State.TO_FIX, "Précisez le prix.")
    write(profile, owner, now, answer="Une voix guide, pour 9 800 € par an.")
    services.send_to_review(profile=profile, version=None, actor=owner, now=now)
    approve(profile)
    assert "9 800 €" in Profile.objects.get(pk=profile.pk).answer


def test_an_owner_takes_the_draft_back_from_review(now):
    owner = company()
    profile = completed(owner, now)
    with pytest.raises(Refusal):
        services.take_back(profile=profile, actor=owner, now=now)
    services.send_to_review(profile=profile, version=None, actor=owner, now=now)
    services.take_back(profile=profile, actor=owner, now=now)
    assert standing_of(Profile.objects.get(pk=profile.pk)).state == State.DRAFT
    write(profile, owner, now, tagline="Reprise")


def test_members_write_and_owners_decide(now):
    owner = company()
    profile, colleague = completed(owner, now), member_of(owner)
    for act in (services.withdraw, services.restore, services.take_back):
        with pytest.raises(NotAllowed):
            act(profile=profile, actor=colleague, now=now)
    with pytest.raises(NotAllowed):
        services.send_to_review(profile=profile, version=None, actor=colleague, now=now)


def test_a_profile_is_withdrawn_and_put_back_as_it_was_approved(client, now):
    owner = company()
    profile = ProfileFactory(organisation=owner.membership().organisation, siren=siren(90031))
    services.withdraw(profile=profile, actor=owner, now=now)
    assert Profile.objects.get(pk=profile.pk).withdrawn_at == now
    assert not Profile.objects.published().exists()
    with pytest.raises(Refusal):
        services.withdraw(profile=profile, actor=owner, now=now)
    with pytest.raises(Refusal):
        services.send_to_review(profile=profile, version=None, actor=owner, now=now)
    services.restore(profile=profile, actor=owner, now=now)
    assert Profile.objects.published().get() == profile
    acts = Entry.objects.filter(act__startswith="profile.").order_by("seq").values_list("act", flat=True)
    assert list(acts) == ["profile.withdrawn", "profile.restored"]
