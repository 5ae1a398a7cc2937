"""The screens of the writing: nothing typed is lost, nobody overwrites a colleague, and others do not see them."""

import uuid

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import TypingDraft
from procurement.calls.documents import rules_facts
from procurement.calls.models import Call, SubmissionPeriod, TeamRole
from procurement.calls.services import drafts
from tests.calls.builders import Team, make_team, plan_candidatures, team_user, write_call
from tests.calls.pages import MISTAKES, NOW, SCREENS, begin, client_of, errors_of, rows, url_of, write
from tests.factories import MembershipFactory, OrganisationFactory, make, within_act

pytestmark = pytest.mark.django_db


@pytest.mark.law("LR-64")
def test_nothing_of_a_published_call_is_written_by_the_pages(team: Team):
    author = client_of(team.author)
    call = write_call(team, NOW)
    plan_candidatures(call, team, NOW)
    call.criteria_digest = "0" * 64
    within_act(call.save, chain=call.chain, at=NOW)
    for code, data in SCREENS.items():
        answer = author.post(reverse("calls:write", args=[call.reference, code]), data)
        assert answer.status_code == 422, code
    assert Call.objects.get(pk=call.pk).title == "Prévoir l’affluence aux arrêts de bus"


@pytest.mark.parametrize("code", list(SCREENS))
def test_a_mistake_is_said_beside_its_field_and_nothing_typed_is_lost(team: Team, code: str):
    author = client_of(team.author)
    call = begin(author)
    wrong, said = MISTAKES[code]
    answer = author.post(url_of(call, code), SCREENS[code] | wrong)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert said in html
    assert 'role="alert"' in html
    for name, value in (SCREENS[code] | wrong).items():
        if value and name.endswith(("problem", "reason", "name", "text", "place", "closes_at_hour", "weight")):
            assert str(value) in html, name
    assert write(author, call, code).status_code == 302, errors_of(answer)


@pytest.mark.parametrize("code", list(SCREENS))
def test_a_screen_handed_in_twice_says_the_same(team: Team, code: str):
    author = client_of(team.author)
    call = begin(author)
    write(author, call, code)
    once = author.get(reverse("calls:check", args=[call.reference])).context["screens"]
    write(author, call, code)
    assert author.get(reverse("calls:check", args=[call.reference])).context["screens"] == once
    assert any(block for screen in once for _folded, block in screen["blocks"])


def test_an_unfinished_screen_is_kept_and_does_not_call_optional_what_publication_needs(team: Team):
    author = client_of(team.author)
    call = begin(author)
    # Boxes that nobody ticked are not posted at all.
    boxes = {name for name, value in SCREENS["besoin"].items() if isinstance(value, list)}
    only = dict.fromkeys(SCREENS["besoin"].keys() - boxes, "") | rows("lots") | rows("co_buyers")
    answer = author.post(url_of(call, "besoin"), only | {"call-title": "Trouver le quai", "call-nature": "services"})
    assert answer.status_code == 302
    for code in ("sourcage", "phases", "criteres", "dates", "documents"):
        kept = ("_FORMS", "-comparison", "vat_rate")
        blank = {name: value if name.endswith(kept) else "" for name, value in SCREENS[code].items()}
        blank |= {name: "quality" for name in blank if name.endswith("-tag")}
        answer = author.post(url_of(call, code), blank)
        assert answer.status_code == 302, (code, errors_of(answer))
    need, _folded, _lots = author.get(url_of(call, "besoin")).content.decode().partition("id_lots-0-title")
    assert "facultatif" not in need
    assert Call.objects.get().title == "Trouver le quai"


def test_a_row_is_added_without_any_program_in_the_browser(team: Team):
    author = client_of(team.author)
    call = begin(author)
    url = reverse("calls:write", args=[call.reference, "phases"])
    answer = author.post(url, SCREENS["phases"] | {"add": "phases-0-objectives"})
    html = answer.content.decode()
    assert answer.status_code == 200
    assert 'name="phases-0-objectives-1-indicator"' in html
    assert "Bons quais trouvés" in html
    assert "points sont à corriger" not in html
    assert not call.lots.get().phases.exists()


def two_authors(team: Team) -> tuple[Client, Client, Call]:
    author, colleague = client_of(team.author), client_of(team.evaluator)
    call = begin(author)
    drafts.give_role(call=call, user=team_user(team.evaluator), role=TeamRole.AUTHOR, actor=team.author, now=NOW)
    return author, colleague, call


def test_two_authors_who_type_at_once_lose_nothing(team: Team):
    author, colleague, call = two_authors(team)
    url = url_of(call, "besoin")
    typed = SCREENS["besoin"] | {"version": "0"}
    headers = {"X-Autosave": "1"}
    assert author.post(url, typed, headers=headers).json()["version"] == 1
    answer = colleague.post(url, typed | {"need-problem": "Autre texte"}, headers=headers)
    assert answer.status_code == 409
    assert answer.json()["values"]["need-problem"].startswith("Les personnes aveugles")
    # Without any program in the browser, the colleague learns it when handing the screen in.
    answer = colleague.post(url, typed | {"need-problem": "Autre texte"})
    assert answer.status_code == 409
    assert "Les personnes aveugles ratent leur bus" in answer.content.decode()
    again = colleague.get(url).content.decode()
    assert "Les personnes aveugles ratent leur bus" in again
    assert "Une saisie est en cours sur cet écran" in again


def test_a_screen_that_a_colleague_wrote_meanwhile_is_shown_in_both_versions(team: Team):
    author, colleague, call = two_authors(team)
    url = url_of(call, "besoin")
    seen = author.get(url).context["written"]
    assert write(colleague, call, "besoin", need__problem="Le texte de l’autre").status_code == 302
    mine = SCREENS["besoin"] | {"written": seen, "version": "0"}
    answer = author.post(url, mine)
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "a modifié cet écran" in html
    assert "Le texte de l’autre" in html
    assert "Les personnes aveugles ratent leur bus" in html
    assert [row.label for row in answer.context["conflict"]["rows"]] == ["Le problème"]
    assert Call.objects.get().need.problem == "Le texte de l’autre"
    # Both versions were shown: what is handed in now is written.
    assert author.post(url, mine | {"written": answer.context["written"]}).status_code == 302
    assert Call.objects.get().need.problem.startswith("Les personnes aveugles")


def test_the_same_text_from_two_authors_is_no_conflict(team: Team):
    author, colleague, call = two_authors(team)
    seen = author.get(url_of(call, "criteres")).context["written"]
    write(colleague, call, "criteres")
    answer = author.post(url_of(call, "criteres"), SCREENS["criteres"] | {"written": seen})
    assert answer.status_code == 302


def test_a_text_in_progress_may_be_given_up(team: Team):
    author = client_of(team.author)
    call = begin(author)
    author.post(url_of(call, "besoin"), SCREENS["besoin"] | {"version": "0"}, headers={"X-Autosave": "1"})
    assert author.post(url_of(call, "besoin"), {"discard": "1"}).status_code == 302
    assert not TypingDraft.objects.exists()
    assert "Les personnes aveugles" not in author.get(url_of(call, "besoin")).content.decode()


def test_lots_are_added_written_each_and_taken_away(team: Team):
    author = client_of(team.author)
    call = begin(author)
    lots = rows("lots", {"title": "Gare", "object": ""}, {"title": "Centre", "object": "Quais du centre"})
    write(author, call, "besoin", **lots)
    assert [lot.title for lot in call.lots.all()] == ["Gare", "Centre"]
    author.post(f"{url_of(call, 'criteres')}?lot=2", SCREENS["criteres"])
    assert [lot.requirements.count() for lot in call.lots.all()] == [0, 1]
    page = author.get(f"{url_of(call, 'criteres')}?lot=2").content.decode()
    assert "Lot 1 : Gare" in page
    assert "Fonctionner sans borne fixe" in page
    write(author, call, "besoin", **lots | {"lots-0-DELETE": "on"})
    [left] = call.lots.all()
    assert (left.number, left.title, left.requirements.count()) == (1, "Centre", 1)
    answer = write(author, call, "besoin", **rows("lots", {"title": "Centre", "object": "", "DELETE": "on"}))
    assert "Un appel a toujours un lot" in answer.content.decode()


def test_a_call_of_one_lot_names_it_as_the_call(team: Team):
    author = client_of(team.author)
    call = begin(author)
    write(author, call, "besoin", call__title="Guider vers le quai")
    assert call.lots.get().title == "Guider vers le quai"


@pytest.mark.law("LR-121")
def test_a_group_of_buyers_is_named_by_their_numbers_with_its_convention(team: Team):
    author = client_of(team.author)
    call = begin(author)
    partner = make(OrganisationFactory, buyer=True)
    wrong = write(author, call, "besoin", **rows("co_buyers", {"identifier": "999 999 999"}))
    assert "Aucun acheteur inscrit ne porte ce numéro" in wrong.content.decode()
    spaced = f"{partner.identifier[:3]} {partner.identifier[3:6]} {partner.identifier[6:]}"
    convention = {"convention_reference": "2027-04", "convention_signed_on": "2027-01-04"}
    write(author, call, "besoin", **rows("co_buyers", {"identifier": spaced, **convention}))
    row = call.co_buyers.get()
    assert (row.organisation, row.convention_reference) == (partner, "2027-04")
    assert partner.identifier in author.get(url_of(call, "besoin")).content.decode()


def test_the_procedure_may_change_until_publication_and_its_first_period_with_it(team: Team):
    author = client_of(team.author)
    call = begin(author)
    write(author, call, "dates")
    change = {"procedure-procedure": "adapted", "procedure-procedure_reasons": "Sous le seuil."}
    assert author.post(url_of(call, "procedure"), change).url == url_of(call, "besoin")
    page = author.get(url_of(call, "dates")).content.decode()
    assert "Pièces attendues du pli de prix" in page
    write(author, call, "dates", dates__technical="Mémoire technique", dates__price="Annexe financière")
    period = SubmissionPeriod.objects.get()
    assert period.kind == "single_step"
    labels = {row.name: row.expected_documents for row in period.envelopes.all()}
    assert labels == {
        "candidature": ["Présentation de l’équipe"],
        "technical": ["Mémoire technique"],
        "price": ["Annexe financière"],
    }


@pytest.mark.law("LR-12")
def test_the_least_deadline_and_the_procedure_are_computed_with_their_source(team: Team):
    author = client_of(team.author)
    call = begin(author)
    write(author, call, "dates")
    page = author.get(url_of(call, "dates")).content.decode()
    assert "12\xa0février\xa02027" in page
    assert "R2172-28" in page
    write(author, call, "phases")
    page = author.get(url_of(call, "phases")).content.decode()
    assert "240\xa0000\xa0€" in page
    assert "procédure avec négociation" in page


def test_dates_may_be_written_again_until_keys_are_made(team: Team):
    author = client_of(team.author)
    call = begin(author)
    url = reverse("calls:write", args=[call.reference, "dates"])
    author.post(url, SCREENS["dates"])
    author.post(url, SCREENS["dates"] | {"dates-closes_at_day": "2027-02-19"})
    period = SubmissionPeriod.objects.get()
    assert period.closes_at().date().isoformat() == "2027-02-19"
    assert period.bytes_per_file == 200 * 10**6


@pytest.mark.law("LR-01")
def test_a_study_is_read_by_somebody_who_does_not_write_the_call_and_again_when_it_changes(team: Team):
    author, reader = client_of(team.author), client_of(team.reader)
    call = begin(author)
    url = reverse("calls:read_study", args=[call.reference])
    assert reader.post(url).status_code == 422
    author.post(reverse("calls:write", args=[call.reference, "sourcage"]), SCREENS["sourcage"])
    assert author.post(url).status_code == 403
    assert reader.post(url).status_code == 302
    call = Call.objects.get()
    assert call.supply_study.reader_id == team.reader.user_id
    changed = SCREENS["sourcage"] | {"study-conclusion": "Une autre conclusion."}
    author.post(reverse("calls:write", args=[call.reference, "sourcage"]), changed)
    assert Call.objects.get().supply_study.reader_id is None


def test_the_file_of_a_call_does_not_exist_for_others(team: Team):
    call = write_call(team, NOW)
    rival = client_of(Actor.of(make(MembershipFactory, organisation=make(OrganisationFactory))))
    neighbour = client_of(make_team().author)
    pages = [
        reverse("calls:write", args=[call.reference, "besoin"]),
        *(reverse(f"calls:{name}", args=[call.reference]) for name in ("check", "publish", "team", "periods")),
    ]
    for url in pages:
        assert [who.get(url).status_code for who in (rival, neighbour)] == [404, 404]
        assert rival.post(url, {}).status_code == 404
        assert Client().get(url).status_code == 302


def test_the_author_alone_does_not_publish(team: Team):
    call = write_call(team, NOW)
    author = client_of(team.author)
    for name in ("publish", "put_online"):
        answer = author.post(reverse(f"calls:{name}", args=[call.reference]), {})
        assert answer.status_code == 403
        assert "validation" in answer.content.decode()


def test_a_firm_begins_no_call(team: Team):
    rival = client_of(Actor.of(make(MembershipFactory, organisation=make(OrganisationFactory))))
    assert rival.get(reverse("calls:new")).status_code == 404
    assert rival.get(reverse("calls:write", args=[f"PI-{uuid.uuid4()}", "besoin"])).status_code == 404


@pytest.mark.law("LR-51", "LR-55")
@pytest.mark.parametrize("said", [True, False])
def test_the_rules_say_whether_a_firm_answers_twice_and_how_backup_copies_come(team: Team, said: bool):
    author = client_of(team.author)
    call = begin(author)
    typed = {"documents__several_bids_forbidden": "on", "documents__backup_copy_electronic": "on"} if said else {}
    assert write(author, call, "documents", **typed).status_code == 302
    facts = rules_facts(Call.objects.get(pk=call.pk), now=NOW)
    assert facts["multiple_bids_forbidden"] is said
    assert facts["backup_copy"]["electronic"] is said
    assert facts["backup_copy"]["address"]
    page = render_to_string("pdf/calls/notice_summary.html", facts)
    assert ("ne peut répondre qu’une fois par lot" in page) is said
    assert ("ou par voie électronique" in page) is said


@pytest.mark.law("LR-59")
def test_a_signature_at_deposit_is_asked_on_the_screen_of_documents_and_the_rule_answers_there(team: Team):
    author = client_of(team.author)
    call = begin(author)
    screen = reverse("calls:write", args=[call.reference, "documents"])
    said = "Vous exigez une signature dès le dépôt"
    assert 'name="documents-signature_at_deposit"' in author.get(screen).content.decode()
    assert said not in author.get(screen).content.decode()
    for asked in (True, False):
        typed = {"documents__signature_at_deposit": "on"} if asked else {}
        assert write(author, call, "documents", **typed).status_code == 302
        assert Call.objects.get(pk=call.pk).signature_at_deposit is asked
        assert (said in author.get(screen).content.decode()) is asked
        page = render_to_string("pdf/calls/notice_summary.html", rules_facts(Call.objects.get(pk=call.pk), now=NOW))
        assert ("Exigée dès le dépôt" in page) is asked
