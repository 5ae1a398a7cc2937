"""An export of the catalogue goes into the study of a call: by its author, into a draft, once."""

import pytest
from django.urls import reverse

from cms.sourcing import services as sourcing
from marketplace.journal import clock
from marketplace.journal.outbox import drain
from procurement.calls.models import StudyAttachment, SupplySource
from tests.calls.builders import make_team, write_call
from tests.catalogue.factories import ProfileFactory
from tests.contracts.walk import client_of, text_of
from tests.factories import actor_for

pytestmark = pytest.mark.django_db

REASON = {"reason": "Aucune ne guide sans connexion."}


def exported(actor, *, rendered: bool = True):
    now = clock.now()
    sourcing.add(profile=ProfileFactory(name="Tramélys"), solution=None, actor=actor, now=now)
    made = sourcing.export(need="Trouver le bon quai", searches="quai", actor=actor, now=now)
    if rendered:
        drain()
    return made


@pytest.mark.law("LR-01")
def test_the_author_files_what_was_examined_with_its_pdf(now):
    team = make_team()
    call = write_call(team, now)
    author = team.author
    made = exported(author)
    address = reverse("desk:file_export", args=[made.uid])
    client = client_of(author)
    answer = client.post(address, {"call": call.reference, **REASON})
    assert answer.status_code == 302, text_of(answer)
    attachment = StudyAttachment.objects.get()
    source = SupplySource.objects.filter(study=attachment.study, kind=SupplySource.Kind.CATALOGUE).last()
    assert "Tramélys" in source.result
    assert source.reason == REASON["reason"]
    assert attachment.study.signed_at is None
    assert "Pièces de l’étude" in text_of(client.get(answer["Location"]))
    file_url = reverse("files:download", args=[attachment.stored_file_id])
    assert client.get(file_url).status_code == 200
    assert client_of(actor_for(organisation__buyer=True)).get(file_url).status_code == 404
    again = client.post(address, {"call": call.reference, **REASON})
    assert again.status_code == 422
    assert "déjà versé" in text_of(again)


def test_only_its_author_and_only_once_the_pdf_is_there(now):
    team = make_team()
    call = write_call(team, now)
    made = exported(team.author, rendered=False)
    address = reverse("desk:file_export", args=[made.uid])
    early = client_of(team.author).post(address, {"call": call.reference, **REASON})
    assert early.status_code == 422
    assert "se prépare encore" in text_of(early)
    drain()
    # A colleague sees the export of their house, and is offered no call that they do not write.
    colleague = client_of(team.reader).post(address, {"call": call.reference, **REASON})
    assert colleague.status_code == 422
    assert client_of(actor_for(organisation__buyer=True)).get(address).status_code == 404
    assert client_of(actor_for()).get(address).status_code == 404
    assert not StudyAttachment.objects.exists()
