"""The domains of public action are laid once, and again without change."""

import pytest
from django.core.management import call_command

from cms.catalogue.domains import DOMAINS, load_domains
from cms.catalogue.models import Domain


@pytest.mark.django_db
def test_domains_are_laid_once(capsys: pytest.CaptureFixture[str]):
    call_command("load_domains")
    assert load_domains() == Domain.objects.count() == 16
    assert "16 domaines" in capsys.readouterr().out


@pytest.mark.django_db
def test_a_domain_brings_its_codes():
    load_domains()
    mobility = Domain.objects.get(slug="mobilite")
    assert (mobility.cpv_main, mobility.cofog) == (DOMAINS["mobilite"].cpv_main, "04.5")
    assert mobility.cpv_others == ["34000000-7", "48813000-0", "63712400-7"]
