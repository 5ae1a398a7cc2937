"""A call written and published through the pages by two people, with a mistake on each screen; then what it shows."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from marketplace.journal.outbox import drain
from procurement.calls.facts import lot_facts, lots_with_everything
from procurement.calls.models import Call, TeamMember, TeamRole
from procurement.law.estimate import estimated_value
from tests.calls.builders import Team, make_team, team_user, write_call
from tests.calls.pages import (
    BOAMP,
    JOUE,
    MISTAKES,
    NOW,
    SCREENS,
    begin,
    client_of,
    errors_of,
    give_keys,
    rows,
    team_rows,
    url_of,
    write,
)
from tests.factories import within_act

pytestmark = pytest.mark.django_db

STEPS_AT_MOST = 9
REASONS = {f"accept-LR-{number:02d}": "Choix expliqué au dossier." for number in range(1, 70)}


def write_all(client: Client, call: Call, **changes: dict[str, Any]) -> int:
    """Every screen, first with a mistake, then as it should be. Returns how many screens it took."""
    for code in SCREENS:
        wrong, said = MISTAKES[code]
        changed = changes.get(code, {})
        refused = client.post(url_of(call, code), SCREENS[code] | changed | wrong)
        assert refused.status_code == 422
        assert said in refused.content.decode()
        answer = client.post(url_of(call, code), SCREENS[code] | changed)
        assert answer.status_code == 302, (code, errors_of(answer))
        url = answer.url
    assert url == reverse("calls:team", args=[call.reference])
    return len(SCREENS)


def compose(client: Client, team: Team, call: Call) -> None:
    """The team, first with somebody who has no account."""
    url = reverse("calls:team", args=[call.reference])
    right = team_rows(team)
    page = client.get(url)
    assert [row["role"].value() for row in page.context["form"]] == [
        right[f"roles-{number}-role"] for number in range(6)
    ]
    refused = client.post(url, right | {"roles-1-email": "inconnue@exemple.fr"})
    assert refused.status_code == 422
    assert "invitez-la dans votre équipe" in refused.content.decode()
    assert 'value="inconnue@exemple.fr"' in refused.content.decode()
    assert client.post(url, right).status_code == 302
    # A double click changes nothing.
    assert client.post(url, right).status_code == 302
    assert TeamMember.objects.filter(call=call).count() == 7


def publish(client: Client, call: Call, *sendings: dict[str, str], **more: str) -> Any:
    """The page that publishes, handed in."""
    url = reverse("calls:publish", args=[call.reference])
    return client.post(url, rows("sendings", *sendings) | more)


def make_ready(team: Team, procedure: str = "formalised", **changes: dict[str, Any]) -> Call:
    """A call written through the pages, its study read, its keys made and its documents online."""
    author, validator = client_of(team.author), client_of(team.validator)
    call = begin(author, procedure)
    for code in SCREENS:
        answer = author.post(url_of(call, code), SCREENS[code] | changes.get(code, {}))
        assert answer.status_code == 302, (code, errors_of(answer))
    author.post(reverse("calls:team", args=[call.reference]), team_rows(team))
    client_of(team.reader).post(reverse("calls:read_study", args=[call.reference]))
    give_keys(team, call)
    validator.post(reverse("calls:put_online", args=[call.reference]))
    drain()
    return call


def test_a_formalised_call_of_a_local_authority_is_published_within_nine_steps(team: Team):
    author, validator = client_of(team.author), client_of(team.validator)
    call = begin(author)
    steps = write_all(author, call)
    compose(author, team, call)
    steps += 1
    value = estimated_value([lot_facts(lot) for lot in lots_with_everything(call)])
    assert value == 240_000
    # Done by others, on pages of their own: the study read, the keys proved, a visa given.
    assert client_of(team.reader).post(reverse("calls:read_study", args=[call.reference])).status_code == 302
    give_keys(team, call)
    assert validator.post(reverse("calls:team", args=[call.reference]), {"visa": "1", "kind": "juridique"}).url

    check = reverse("calls:check", args=[call.reference])
    page = validator.get(check)
    # What remains is said by the documents, once they are online.
    assert {one.rule for one, _screen in page.context["blocking"]} == {"LR-35", "LR-52"}
    validator.post(reverse("calls:put_online", args=[call.reference]))
    drain()
    page = validator.get(check)
    assert not page.context["blocking"]
    assert "Rien n’empêche de publier" in page.content.decode()
    steps += 1

    without_proof = publish(validator, call, BOAMP | {"receipt_number": ""})
    assert without_proof.status_code == 422
    assert "Remplissez ce champ." in without_proof.content.decode()
    assert publish(validator, call).status_code == 422
    answer = publish(validator, call, BOAMP, JOUE)
    steps += 1
    assert answer.status_code == 302, answer.context and answer.context.get("reasons")
    assert steps == STEPS_AT_MOST
    call.refresh_from_db()
    assert call.is_published
    html = validator.get(check).content.decode()
    assert "Ce qui se passe maintenant" in html
    assert "2027/S 008-1" in html
    assert "Modifier<" not in html
    # Publishing twice says so, and changes nothing.
    again = publish(validator, call, BOAMP, JOUE)
    assert again.status_code == 422
    assert "est déjà publié" in again.content.decode()


def test_an_adapted_call_in_one_step_is_published_with_a_reason_for_each_warning(team: Team):
    # Fifteen days: below the threshold the thirty days are a default that a written reason relaxes (LR-12).
    changes = {
        "phases": {"phases-0-remuneration_fixed_ht": "20 000"},
        "dates": {
            "dates-closes_at_day": "2027-01-28",
            "dates-technical": "Mémoire technique",
            "dates-price": "Annexe financière",
        },
    }
    call = make_ready(team, "adapted", **changes)
    validator = client_of(team.validator)
    page = validator.get(reverse("calls:publish", args=[call.reference])).content.decode()
    assert 'name="accept-LR-12"' in page
    refused = publish(validator, call, BOAMP)
    assert refused.status_code == 422
    assert 'name="accept-LR-12"' in refused.content.decode()
    assert "27-1234" in refused.content.decode()
    answer = publish(validator, call, BOAMP, **{"accept-LR-12": "Un essai simple, demandé par les entreprises."})
    assert answer.status_code == 302, answer.context and answer.context.get("reasons")
    lot = call.lots.get()
    assert lot.timeline.final_close_at == lot.periods.get().closes_at()
    html = validator.get(reverse("calls:check", args=[call.reference])).content.decode()
    assert "Un essai simple, demandé par les entreprises." in html


@pytest.mark.law("LR-64")
def test_nothing_of_a_published_call_is_written_by_any_page(team: Team):
    author = client_of(team.author)
    call = write_call(team, NOW)
    call.criteria_digest = "0" * 64
    within_act(call.save, chain=call.chain, at=NOW)
    before = author.get(reverse("calls:check", args=[call.reference])).context["screens"]
    procedure = {"procedure-procedure": "adapted", "procedure-procedure_reasons": "Plus simple"}
    for code, data in (SCREENS | {"procedure": procedure}).items():
        assert author.post(url_of(call, code), data).status_code == 422, code
        page = author.get(url_of(call, code)).content.decode()
        assert '<fieldset class="choices" disabled>' in page
        assert "Continuer</button>" not in page
    team_url = reverse("calls:team", args=[call.reference])
    taken = author.post(team_url, {"take_back": f"validator:{team.validator.user_id}"})
    assert taken.status_code == 422
    assert author.post(team_url, {"visa": "1", "kind": "budget"}).status_code == 403
    join = reverse("calls:add_document", args=[call.reference])
    joined = author.post(join, {"kind": "other", "file": SimpleUploadedFile("plan.pdf", b"%PDF-1.7\n%%EOF\n")})
    assert "est publié" in joined.content.decode()
    assert client_of(team.reader).post(reverse("calls:read_study", args=[call.reference])).status_code == 403
    assert author.get(reverse("calls:check", args=[call.reference])).context["screens"] == before


def test_the_check_shows_everything_and_where_to_mend_it(team: Team):
    author = client_of(team.author)
    call = begin(author)
    empty = author.get(reverse("calls:check", args=[call.reference]))
    assert "Confiez d’abord la validation à une deuxième personne" in empty.content.decode()
    for code in SCREENS:
        write(author, call, code)
    page = author.get(reverse("calls:check", args=[call.reference]))
    html = page.content.decode()
    for words in (
        "Les personnes aveugles ratent leur bus",
        "Avis d’attribution (TED, BOAMP)",
        "50\xa0000\xa0€",
        "Rapport d’essai",
        "Fonctionner sans borne fixe",
        "Démarche",
        "60\xa0%",
        "jeudi 18\xa0février\xa02027 à\xa012\xa0h\xa000, heure de Paris",
        "Tribunal administratif de Rennes",
    ):
        assert words in html, words
    screens = {rule.rule: screen[1] for rule, screen in page.context["blocking"]}
    assert screens["PR-02"] == reverse("calls:team", args=[call.reference])
    assert screens["LR-35"] == reverse("calls:put_online", args=[call.reference])


def test_steps_say_which_are_complete(team: Team):
    author = client_of(team.author)
    call = begin(author)
    first = {entry["label"]: entry["is_done"] for entry in author.get(url_of(call, "besoin")).context["steps"]}
    assert first["Exigences et critères"] is False
    write(author, call, "criteres")
    then = {entry["label"]: entry["is_done"] for entry in author.get(url_of(call, "besoin")).context["steps"]}
    assert then["Exigences et critères"] is True


def test_a_role_given_by_mistake_is_taken_back_before_publication(team: Team):
    author = client_of(team.author)
    call = begin(author)
    url = reverse("calls:team", args=[call.reference])
    author.post(url, team_rows(team))
    assert author.post(url, {"take_back": f"evaluator:{team.evaluator.user_id}"}).status_code == 302
    assert not TeamMember.objects.filter(call=call, role=TeamRole.EVALUATOR).exists()
    last = author.post(url, {"take_back": f"author:{team.author.user_id}"})
    assert "garde toujours une personne chargée de la rédaction" in last.content.decode()
    outsider = client_of(make_team().author)
    assert outsider.post(url, {"take_back": f"author:{team.author.user_id}"}).status_code == 404


def test_somebody_from_outside_may_only_guard_keys_or_audit(team: Team):
    author = client_of(team.author)
    call = begin(author)
    url = reverse("calls:team", args=[call.reference])
    guest = team_user(make_team().author).email
    refused = author.post(url, rows("roles", {"email": guest, "role": "evaluator"}))
    assert refused.status_code == 422
    assert author.post(url, rows("roles", {"email": guest, "role": "custodian"})).status_code == 302


def test_a_file_is_joined_to_the_call_and_taken_away(team: Team):
    author = client_of(team.author)
    call = begin(author)
    join = reverse("calls:add_document", args=[call.reference])
    pdf = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"
    wrong = author.post(join, {"kind": "clauses", "file": SimpleUploadedFile("ccap.pdf", b"<html><script>")})
    assert wrong.status_code == 422
    assert author.post(join, {"kind": "rules", "file": SimpleUploadedFile("rc.pdf", pdf)}).status_code == 422
    answer = author.post(join, {"kind": "clauses", "file": SimpleUploadedFile("ccap.pdf", pdf)})
    assert answer.status_code == 302
    check = reverse("calls:check", args=[call.reference])
    assert "ccap.pdf" in author.get(check).content.decode()
    file_id = call.documents.get().file_id
    assert author.get(reverse("files:download", args=[file_id])).status_code == 200
    assert client_of(make_team().author).get(reverse("files:download", args=[file_id])).status_code == 404
    remove = reverse("calls:remove_document", args=[call.reference, "ccap", 1])
    assert client_of(team.validator).post(remove).status_code == 403
    assert "ccap.pdf" in author.get(remove).content.decode()
    assert author.post(remove).status_code == 302
    assert author.get(reverse("files:download", args=[file_id])).status_code == 404
