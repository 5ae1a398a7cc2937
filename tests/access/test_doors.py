"""The administration opens to editors alone, and nothing of Wagtail takes a password."""

from uuid import UUID

import pytest
from django.contrib.auth import SESSION_KEY
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import NoReverseMatch, reverse
from wagtail.documents.models import Document

from tests.access import people
from tests.access.addresses import ADMIN, Address, addresses
from tests.access.asking import Answer, ask, undone
from tests.access.world import World
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
STRANGERS = (people.VISITOR, people.PERSON, people.WINNER, people.AUTHOR, people.VALIDATOR, people.OPERATOR)
CLOSED = {Answer.SIGN_IN, Answer.FORBIDDEN, Answer.UNSEEN, Answer.NO_SUCH_METHOD}
TO_ALL = frozenset({"wagtailadmin_sprite", "wagtailadmin_javascript_catalog", "gestion/^.*/$"})
"""Icons and words of the interface, which say nothing of the site; the last adds a slash and asks again."""
VALUES = (1, UUID(int=0), "a/")


def administration() -> list[Address]:
    """Addresses of the administration, but those that lead to the one door where a password is asked."""
    inside = [one for one in addresses() if one.is_admin and one.name not in TO_ALL]
    return [one for one in inside if "password_reset" not in one.name]


def address_of(one: Address) -> str:
    """The address, with arguments of the right form."""
    if one.name == one.pattern:
        return f"/{one.pattern}"
    for value in VALUES:
        places = [value for name in one.arguments if name.isdigit()]
        names = {name: value for name in one.arguments if not name.isdigit()}
        try:
            return reverse(one.name, args=places or None, kwargs=names or None)
        except NoReverseMatch:
            continue
    raise AssertionError(f"no value fits the arguments of {one}")


@pytest.mark.parametrize("who", STRANGERS)
def test_the_administration_is_closed_to_those_who_edit_nothing(world: World, who: str):
    wrong = []
    for one in administration():
        for method in ("GET", "POST"):
            asked = ask(world.clients[who], address_of(one), method=method)
            if asked.answer not in CLOSED or asked.written:
                wrong.append(f"{method} {one.name}: {asked.answer} ({asked.status}); writes {asked.written}")
    assert not wrong, "\n".join(wrong)


def test_editors_come_in(world: World):
    assert ask(world.clients[people.EDITOR], reverse("wagtailadmin_home")).status == 200


def test_documents_of_the_pages_go_to_everybody(world: World):
    with undone():
        document = Document.objects.create(title="Guide", file=ContentFile(b"%PDF-1.7", name="guide.pdf"))
        address = reverse("wagtaildocs_serve", args=[document.pk, document.filename])
        absent = reverse("wagtaildocs_serve", args=[document.pk + 1, document.filename])
        answers = {(ask(one, address).answer, ask(one, absent).answer) for one in world.clients.values()}
    assert answers == {(Answer.OPEN, Answer.UNSEEN)}


def test_no_address_of_wagtail_takes_a_password(world: World):
    editor = world.users[people.EDITOR]
    typed = {"username": editor.email, "email": editor.email, "password": PASSWORD}
    tried = [one for one in addresses() if one.name.startswith(("wagtail", "closed_"))]
    for one in tried:
        client = Client(raise_request_exception=False)
        ask(client, address_of(one), method="POST", data=typed)
        assert SESSION_KEY not in client.session, one.name
    assert {"login/", "password_reset/"} <= {one.pattern.removeprefix(ADMIN) for one in tried}
