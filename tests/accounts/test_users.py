"""People sign in with their address, whatever its capitals."""

import pytest
from django.contrib.auth import authenticate
from django.db import IntegrityError, transaction

from marketplace.accounts.models import User

pytestmark = pytest.mark.django_db


def test_a_person_signs_in_whatever_the_capitals():
    person = User.objects.create_user("Ada@Exemple.FR", "un-long-mot-de-passe")
    assert person.email == "ada@exemple.fr"
    assert authenticate(username="ADA@exemple.fr", password="un-long-mot-de-passe") == person
    assert authenticate(username="ada@exemple.fr", password="un-autre") is None


def test_the_same_address_in_other_capitals_is_the_same_person():
    User.objects.create_user("ada@exemple.fr")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("ADA@exemple.fr")


def test_not_even_sql_can_write_capitals():
    person = User.objects.create_user("ada@exemple.fr")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=person.pk).update(email="ADA@exemple.fr")


def test_an_address_is_needed():
    with pytest.raises(ValueError, match="e-mail"):
        User.objects.create_user("")


def test_names_fall_back_on_the_address():
    person = User.objects.create_superuser("ada@exemple.fr")
    assert (str(person), person.get_short_name(), person.is_staff) == ("ada@exemple.fr", "ada@exemple.fr", True)
    person.first_name, person.last_name = "Ada", "Exemple"
    assert (str(person), person.get_short_name()) == ("Ada Exemple", "Ada")
