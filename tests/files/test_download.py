"""The one door: permission, headers, content."""

import pytest
from django.http import HttpResponse
from django.urls import include, path

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import Verdict, can
from marketplace.files import permissions
from marketplace.files.models import StoredFile
from marketplace.files.services import stage, store
from tests.factories import MembershipFactory, UserFactory, make, within_act

urlpatterns = [path("fichiers/", include("marketplace.files.urls"))]


def answer_with_reason(request, exception):
    return HttpResponse(str(exception), status=403)


handler403 = answer_with_reason

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
CONTENT = "Un été à Nîmes\n".encode()


@pytest.fixture
def stored():
    staged = stage(CONTENT, name="été.txt")
    return within_act(lambda: store(staged))


@pytest.fixture
def member():
    return make(MembershipFactory)


@pytest.fixture
def readers(monkeypatch):
    declared = []
    monkeypatch.setattr(permissions, "_readers", declared)
    return declared


@pytest.fixture
def door(client, stored):
    def knock(user=None, file=stored):
        if user:
            client.force_login(user)
        return client.get(f"/fichiers/{file.pk}")

    return knock


def test_a_file_leaves_as_a_harmless_attachment(door, member, readers):
    readers.append(lambda actor, file: Verdict.yes() if actor.organisation_id == member.organisation_id else None)
    response = door(member.user)
    assert b"".join(response.streaming_content) == CONTENT
    assert response["Content-Disposition"] == "attachment; filename*=utf-8''%C3%A9t%C3%A9.txt"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Cache-Control"] == "private, no-store"
    assert response["Content-Length"] == str(len(CONTENT))


def test_a_file_of_no_room_is_absent_for_all(door, readers):
    assert door().status_code == 404
    assert door(UserFactory(is_superuser=True, is_staff=True)).status_code == 404


def test_hidden_and_absent_answer_alike(door, member, readers, stored):
    readers.append(lambda actor, file: None)
    assert door(member.user).status_code == 404
    assert door(member.user, file=StoredFile()).status_code == 404
    assert can(Actor.visitor(), "file.see", stored).reason == permissions.HIDDEN
    assert can(Actor.visitor(), "file.download", stored).reason == permissions.HIDDEN


def test_visible_but_forbidden_answers_with_the_reason(door, member, readers):
    readers.append(lambda actor, file: Verdict.no("Les plis ne sont pas encore ouverts."))
    response = door(member.user)
    assert response.status_code == 403
    assert "pas encore ouverts" in response.content.decode()


def test_one_room_that_opens_is_enough(door, member, readers):
    answers = [None, Verdict.no("Non."), Verdict.yes()]
    readers.extend(lambda actor, file, answer=answer: answer for answer in answers)
    response = door(member.user)
    assert b"".join(response.streaming_content) == CONTENT


def test_a_visitor_reads_what_a_room_opens_to_all(door, readers):
    readers.append(lambda actor, file: Verdict.yes())
    assert b"".join(door().streaming_content) == CONTENT


def test_nothing_is_posted_here(client, stored):
    assert client.post(f"/fichiers/{stored.pk}").status_code == 405
