"""The review in three steps: the queue, both versions side by side, « Publier » or « Renvoyer avec une raison »."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.models import TaskState

from cms.catalogue.models import Label, Profile, Reference, ReviewReply, Solution
from cms.catalogue.moderation import queue, services
from cms.catalogue.moderation.checklist import Check
from marketplace.journal import outbox
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from marketplace.mail.models import Message
from tests.catalogue.factories import ProfileFactory
from tests.catalogue.moderation.people import actor, company, editor, under_review, window, writer
from tests.factories import UserFactory, siren

pytestmark = pytest.mark.django_db


def page_of(profile: Profile) -> str:
    return reverse("moderation:review", args=[profile.pk])


def decide(user, profile: Profile, decision: str, **typed):
    typed.setdefault("revision", profile.latest_revision_id)
    return window(user).post(page_of(profile), {"decision": decision, **typed})


def sent(kind: str) -> list[Message]:
    outbox.drain()
    return list(Message.objects.filter(kind=kind))


def test_the_queue_says_who_asked_and_how_long_it_waits_oldest_first(moving_clock):
    asked_by = writer()
    first = under_review(asked_by)
    second = under_review(asked_by, ProfileFactory(name="Autre fiche"))
    TaskState.objects.filter(revision__object_id=str(first.pk)).update(
        started_at=moving_clock.now() - timedelta(days=9)
    )
    TaskState.objects.filter(revision__object_id=str(second.pk)).update(
        started_at=moving_clock.now() - timedelta(hours=3)
    )
    waiting = queue.waiting(now=moving_clock.now())
    assert [(row.name, row.nature) for row in waiting] == [
        ("Tramélys", "Première version"),
        ("Autre fiche", "Modification"),
    ]
    for address in ("/gestion/", reverse("moderation:queue")):
        page = window(editor()).get(address).content.decode()
        assert page.index("Tramélys") < page.index("Autre fiche")
        assert page_of(first) in page
        assert str(asked_by) in page
        assert "1\u00a0semaine" in page


def test_an_empty_queue_says_so():
    assert "Aucune fiche n’attend de relecture" in window(editor()).get(reverse("moderation:queue")).content.decode()


@pytest.mark.parametrize("address", ["/gestion/catalogue/relire/", "/gestion/catalogue/relire/?export=csv"])
def test_the_queue_asks_as_much_of_the_database_for_one_row_as_for_three(address):
    client, author = window(editor()), writer()

    def read() -> int:
        with CaptureQueriesContext(connection) as seen:
            response = client.get(address)
            if response.streaming:
                b"".join(response.streaming_content)
        return len(seen)

    under_review(author)
    read()
    one = read()
    for number in range(2):
        under_review(author, ProfileFactory(name=f"Fiche {number}"))
    assert read() == one


def test_both_versions_stand_side_by_side_parts_included():
    live = ProfileFactory(name="Tramélys", tagline="Ancienne phrase.", served_regions=["bretagne"])
    live.solutions.add(Solution(name="Quai", tagline="Guide."))
    live.save()
    draft = Profile.objects.get(pk=live.pk)
    draft.tagline = "Nouvelle phrase."
    draft.served_regions = ["bretagne", "occitanie"]
    draft.references.add(Reference(client="Ville de Rennes", detail="38 arrêts"))
    solution = draft.solutions.all()[0]
    solution.tagline = "Guide vers le bon quai."
    draft.solutions.add(solution)
    under_review(writer(), draft)
    page = window(editor()).get(page_of(live)).content.decode()
    for text in ('<del class="deletion">Ancienne</del>', '<ins class="addition">Nouvelle</ins>', "Occitanie",
                 "Ville de Rennes", "Solutions : Quai", "vers le bon quai"):  # fmt: skip
        assert text in page, text
    # What does not change is not shown.
    assert "Rend un service" not in page
    compare = reverse("wagtailsnippets_catalogue_profile:revisions_compare", args=[live.pk, "live", "latest"])
    shown = window(editor()).get(compare).content.decode()
    assert "Ville de Rennes" in shown
    assert not re.search(r">\s*(None|True|False|\[.*\])\s*<", shown)


def test_a_version_is_published_once_every_point_is_ticked(client):
    organisation, owner = company()
    profile = under_review(owner, ProfileFactory(organisation=organisation, live=False, slug="a"))
    reader = editor()
    response = decide(reader, profile, "publish", checks=["clair"])
    assert response.status_code == 422
    assert "Cochez chaque point" in response.content.decode()
    assert not Profile.objects.published().exists()
    assert not Entry.objects.filter(act="profile.published").exists()
    response = decide(reader, profile, "publish", checks=Check.values)
    assert response["Location"] == reverse("moderation:queue")
    profile.refresh_from_db()
    assert profile.live
    assert profile.reviewed_at
    assert profile.current_workflow_state is None
    assert TaskState.objects.get().status == TaskState.STATUS_APPROVED
    entry = Entry.objects.get(act="profile.published")
    assert entry.data["checks"] == Check.values
    assert entry.actor.endswith(str(reader.pk))
    (mail,) = sent("catalogue.profile_published")
    assert mail.subject == "Votre fiche est en ligne"
    assert mail.to_user == owner
    assert profile.get_absolute_url() in mail.body
    assert not Message.objects.filter(kind=Message.LIBRARY, address=owner.email).exists()


def test_a_version_is_sent_back_with_its_reasons_and_its_authors_are_told():
    organisation, owner = company()
    profile = under_review(owner, ProfileFactory(organisation=organisation, slug="a"), tagline="La meilleure.")
    reply = ReviewReply.objects.create(title="Superlatif", text="Retirez les superlatifs.")
    reader = editor()
    response = decide(reader, profile, "return")
    assert response.status_code == 422
    assert "Dites ce qu’il faut corriger" in response.content.decode()
    decide(reader, profile, "return", replies=[reply.pk], reason="Donnez la source du chiffre.")
    state = TaskState.objects.get()
    assert state.status == TaskState.STATUS_REJECTED
    assert state.comment == "Retirez les superlatifs.\nDonnez la source du chiffre."
    assert state.finished_by == reader
    profile.refresh_from_db()
    assert profile.live
    assert Entry.objects.get(act="profile.returned").data["points"] == 2
    (mail,) = sent("catalogue.profile_returned")
    assert mail.subject == "Votre fiche : 2 points à corriger"
    assert mail.to_user == owner
    assert "Donnez la source du chiffre." in mail.body
    # Wagtail's own mail would lead to a room that companies do not enter.
    assert not Message.objects.filter(kind=Message.LIBRARY, address=owner.email).exists()
    history = window(reader).get(reverse("wagtailsnippets_catalogue_profile:history", args=[profile.pk]))
    assert "Donnez la source du chiffre." in history.content.decode()


def test_what_was_typed_stays_when_the_page_is_refused():
    profile = under_review(writer())
    response = decide(editor(), profile, "return", reason="x" * 2100)
    assert response.status_code == 422
    assert "x" * 2100 in response.content.decode()
    assert TaskState.objects.get().status == TaskState.STATUS_IN_PROGRESS


def test_a_version_written_meanwhile_is_not_published_in_the_place_of_the_one_read():
    author = writer()
    profile = under_review(author)
    read = profile.latest_revision_id
    profile.tagline = "Autre chose."
    profile.save_revision(user=author)
    response = decide(editor(), profile, "publish", revision=read, checks=Check.values)
    assert "Une version plus récente" in response.content.decode()
    assert not Profile.objects.published().exists()


def test_a_version_that_the_form_would_refuse_is_not_published(now):
    profile = under_review(writer(), ProfileFactory(live=False, slug="a"))
    ProfileFactory(siren=siren(1))
    draft = profile.get_latest_revision_as_object()
    draft.siren = siren(1)
    draft.save_revision(clean=False)
    profile.refresh_from_db()
    with pytest.raises(Refusal) as refused:
        services.publish_reviewed(
            profile=profile,
            revision_id=profile.latest_revision_id,
            ticked=Check.values,
            actor=actor(editor()),
            now=now,
        )
    assert any("Une autre fiche porte déjà ce SIREN" in reason for reason in refused.value.reasons)
    assert Profile.objects.published().count() == 1


def test_a_review_that_is_over_takes_no_decision(now):
    profile = under_review(writer())
    profile.current_workflow_state.cancel(user=editor())
    with pytest.raises(Refusal, match="plus en relecture"):
        services.send_back(
            profile=profile, revision_id=profile.latest_revision_id, reasons=["x"], actor=actor(editor()), now=now
        )
    assert "n’est pas en relecture" in window(editor()).get(page_of(profile)).content.decode()


@pytest.mark.parametrize("who", [writer, UserFactory, lambda: company()[1]])
def test_nobody_else_decides(who, now):
    profile, stranger = under_review(writer()), who()
    for act, more in (
        (services.publish_reviewed, {"ticked": Check.values}),
        (services.send_back, {"reasons": ["Non."]}),
    ):
        with pytest.raises(NotAllowed, match="Éditeurs"):
            act(profile=profile, revision_id=profile.latest_revision_id, actor=actor(stranger), now=now, **more)
    for decision in ("publish", "return"):
        response = decide(stranger, profile, decision, checks=Check.values, reason="Non.")
        assert response.status_code in {302, 403}
    assert TaskState.objects.get().status == TaskState.STATUS_IN_PROGRESS
    assert not Profile.objects.published().exists()
    assert not Entry.objects.filter(act__in=["profile.published", "profile.returned"]).exists()


def test_the_rules_of_wagtail_hold_for_its_superusers(now):
    profile = under_review(writer())
    superuser = UserFactory(is_superuser=True)
    services.publish_reviewed(
        profile=profile, revision_id=profile.latest_revision_id, ticked=Check.values, actor=actor(superuser), now=now
    )
    assert Profile.objects.published().count() == 1
    closed = UserFactory(is_superuser=True, is_active=False)
    with pytest.raises(NotAllowed):
        services.publish_reviewed(
            profile=profile, revision_id=profile.latest_revision_id, ticked=Check.values, actor=actor(closed), now=now
        )


def test_the_form_leads_to_the_review_and_wagtail_sends_nothing_back_without_a_reason():
    profile = under_review(writer())
    client = window(editor())
    form = client.get(reverse("wagtailsnippets_catalogue_profile:edit", args=[profile.pk])).content.decode()
    assert page_of(profile) in form
    assert "Relire et décider" in form
    state = profile.current_workflow_task_state
    reject = reverse("wagtailsnippets_catalogue_profile:workflow_action", args=[profile.pk, "reject", state.pk])
    assert client.post(reject, {"comment": " "})["Location"] == page_of(profile)
    assert TaskState.objects.get().status == TaskState.STATUS_IN_PROGRESS
    client.post(reject, {"comment": "Trop long."})
    assert TaskState.objects.get().status == TaskState.STATUS_REJECTED


def test_the_labels_of_the_live_version_are_verified_from_the_review():
    live = ProfileFactory(name="Tramélys")
    live.labels.add(Label(kind="hds", proof_url="https://exemple.fr/hds"))
    live.save()
    draft = under_review(writer(), Profile.objects.get(pk=live.pk), tagline="Autre.")
    label = Label.objects.get()
    assert reverse("moderation:verify_label", args=[label.pk]) in window(editor()).get(page_of(draft)).content.decode()
