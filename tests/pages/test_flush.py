"""A test with real transactions ends with a flush: the site, its domains and its review are laid again after it."""

import pytest

from cms.catalogue.models import Domain
from cms.pages.models import HomePage


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", ["before", "after a flush", "after another"])
def test_the_site_is_whole(client, time):
    assert Domain.objects.count() == 16
    assert HomePage.objects.get().get_workflow().name == "Relecture"
    assert client.get("/aide/glossaire/").status_code == 200
