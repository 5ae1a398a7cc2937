"""Models of calls: each is whole, passes the check of publication for what it holds, and overwrites nothing."""

import pytest
from django.urls import reverse

from cms.catalogue.domains import DOMAINS
from marketplace.journal.errors import NotAllowed, Refusal
from procurement.calls.models import Call, PatternVersion, Requirement
from procurement.calls.patterns import first_texts, read_pattern
from procurement.calls.services import drafts
from procurement.calls.services.patterns import add_pattern, apply_pattern, shelf, texts, write_pattern
from procurement.calls.services.publishing import findings
from tests.calls.builders import Team
from tests.calls.pages import NOW, client_of
from tests.factories import actor_for, within_act

pytestmark = pytest.mark.django_db

FULL_WEIGHT = 10_000
MODELS_AT_LEAST = 8
# What a model cannot hold: the study and the meetings, money, dates, clauses, documents, people and keys.
OF_THE_BUYER = {
    "LR-01", "LR-12", "LR-22", "LR-27", "LR-32", "LR-52", "LR-57", "LR-99", "LR-101", "LR-112", "LR-116", "PR-02",
    "PR-05",
}  # fmt: skip
MONEY = "il manque une rémunération."


def begun(team: Team, **fields: str) -> Call:
    return drafts.create_call(
        buyer=team.buyer, title="Notre problème", procedure="formalised", procedure_reasons="Rien ne répond.",
        actor=team.author, now=NOW, **fields,
    )  # fmt: skip


def test_there_is_one_for_half_of_the_domains_at_least():
    models = shelf().values()
    assert len(models) >= MODELS_AT_LEAST
    assert len({one.domain for one in models}) >= MODELS_AT_LEAST
    assert {one.domain for one in models} <= set(DOMAINS)
    assert sum(bool(one.inspired_by) for one in models) >= 5


@pytest.mark.parametrize("slug", first_texts())
def test_a_model_is_whole_and_says_why(slug: str):
    model = read_pattern(slug, first_texts()[slug])
    for rows in (model.selection, model.award):
        assert sum(row["weight"] for row in rows) == FULL_WEIGHT
        assert all(row["why"] for row in rows)
    assert any(row.get("is_minimum") for row in model.requirements)
    assert {row["tag"] for row in model.award} >= {"price", "environment"}
    assert [row["kind"] for row in model.phases][-1] == "acquisition"
    assert all(phase["objectives"] and phase["deliverables"] for phase in model.phases)
    assert not {"remuneration_fixed_ht", "launch_date"} & {name for phase in model.phases for name in phase}


@pytest.mark.parametrize("slug", first_texts())
def test_a_model_passes_the_check_of_publication_for_what_it_holds(team: Team, slug: str):
    call = apply_pattern(call=begun(team), pattern=read_pattern(slug, first_texts()[slug]), actor=team.author, now=NOW)
    assert call.title == "Notre problème"
    found = findings(call=call, actor=team.author, now=NOW)
    left = [one for one in found if one.rule not in OF_THE_BUYER]
    assert [str(one) for one in left if not one.message.endswith(MONEY)] == []


def test_a_model_overwrites_nothing(team: Team):
    call = begun(team)
    model = next(iter(shelf().values()))
    drafts.save_need(call=call, fields={"problem": "Le nôtre"}, actor=team.author, now=NOW)
    with pytest.raises(Refusal, match="a déjà des textes"):
        apply_pattern(call=call, pattern=model, actor=team.author, now=NOW)
    assert call.need.problem == "Le nôtre"
    assert not Requirement.objects.filter(lot__call=call).exists()


def test_a_call_begins_with_a_model_from_its_page(team: Team):
    author = client_of(team.author)
    listed = author.get(reverse("calls:patterns")).content.decode()
    assert all(one.title in listed for one in shelf().values())
    read = author.get(reverse("calls:pattern", args=["mobilite"])).content.decode()
    for words in ("Pourquoi ce poids", "R2172-28", "Voyages assurés sans panne", "Rennes Métropole"):
        assert words in read, words
    new = f"{reverse('calls:new')}?modele=mobilite"
    assert 'value="mobilite" selected' in author.get(new).content.decode()
    typed = {"title": "Nos bus", "procedure": "formalised", "procedure_reasons": "Rien ne répond.", "model": "mobilite"}
    answer = author.post(reverse("calls:new"), typed)
    call = Call.objects.get()
    assert answer.url == reverse("calls:write", args=[call.reference, "besoin"])
    assert (call.title, call.domain, call.lots.get().phases.count()) == ("Nos bus", "mobilite", 3)
    assert "Nos lignes les plus chargées" in author.get(answer.url).content.decode()


def test_a_call_begun_from_the_questions_takes_a_model_too(team: Team):
    author, call = client_of(team.author), begun(team)
    address = reverse("calls:take_pattern", args=[call.reference])
    first = reverse("calls:write", args=[call.reference, "besoin"])
    assert address in author.get(first).content.decode()
    assert author.post(address, {"model": "inconnu"}).status_code == 422
    assert author.post(address, {"model": "education"}).status_code == 302
    assert address not in author.get(first).content.decode()
    assert author.post(address, {"model": "mobilite"}).status_code == 422
    assert Call.objects.get().domain == "education"
    assert client_of(team.evaluator).get(address).status_code == 403


def test_the_operator_writes_another_version_of_a_model(team: Team):
    operator = actor_for(organisation__operator=True)
    browser, address = client_of(operator), reverse("calls:write_model", args=["mobilite"])
    text = texts()["mobilite"]
    assert "Des bus sans émission" in browser.get(reverse("calls:models")).content.decode()
    heavier = text.replace("weight = 40", "weight = 45", 1)
    broken = text.replace("[need]", "[besoin")
    for wrong, words in ((heavier, "105 %"), (broken, "ne se lit pas"), (text, "déjà celui du modèle")):
        answer = browser.post(address, {"text": wrong})
        assert answer.status_code == 422
        assert words in answer.content.decode().replace("\u00a0", " ")
    for old, new in (
        ("object = ", "objet = "), ('"mobilite"', '"lune"'), ('"95"', '"beaucoup"'), ('"research"', '"recherche"'),
        ('"at_least"', '"au_moins"'), ('why = "C’est', 'because = "C’est'),
    ):  # fmt: skip
        wrong = text.replace(old, new)
        assert wrong != text
        assert browser.post(address, {"text": wrong}).status_code == 422
    begun_before = apply_pattern(call=begun(team), pattern=shelf()["mobilite"], actor=team.author, now=NOW)
    assert browser.post(address, {"text": text.replace("ne tient la journée", "ne tient l’hiver")}).status_code == 302
    assert "ne tient l’hiver" in shelf()["mobilite"].need["problem"]
    assert "ne tient la journée" in Call.objects.get(pk=begun_before.pk).need.problem
    with pytest.raises(NotAllowed):
        write_pattern(slug="mobilite", text="autre", actor=team.author, now=NOW)


def test_the_operator_adds_a_model(team: Team):
    operator = actor_for(organisation__operator=True)
    browser, address = client_of(operator), reverse("calls:add_model")
    listed = browser.get(reverse("calls:models")).content.decode()
    assert f"{address}?depuis=mobilite" in listed
    shown = browser.get(f"{address}?depuis=education").content.decode()
    assert "education" in shown
    text = texts()["mobilite"]
    title = 'title = "Des bus sans émission sur nos lignes les plus longues"'
    assert title in text
    own = text.replace(title, 'title = "Dépanner un ascenseur en une heure"').replace('"mobilite"', '"logement"')
    for wrong, words in (
        (text, "s’appelle déjà"),
        (own.replace("weight = 40", "weight = 45", 1), "105 %"),
        (own.replace("Dépanner un ascenseur en une heure", "…"), "avec des lettres"),
        ("title = 'x'", "Il manque"),
    ):
        answer = browser.post(address, {"text": wrong})
        assert answer.status_code == 422
        assert words in answer.content.decode().replace("\u00a0", " ").replace("&#x27;", "'")
    assert not PatternVersion.objects.exists()
    assert browser.post(address, {"text": own}).status_code == 302
    slug = "depanner-un-ascenseur-en-une-heure"
    assert (PatternVersion.objects.get().version, shelf()[slug].domain) == (1, "logement")
    assert browser.post(address, {"text": own}).status_code == 422
    author = client_of(team.author)
    assert "Dépanner un ascenseur" in author.get(reverse("calls:pattern", args=[slug])).content.decode()
    call = apply_pattern(call=begun(team), pattern=shelf()[slug], actor=team.author, now=NOW)
    assert call.domain == "logement"
    rewritten = own.replace("ne tient la journée", "ne tient l’hiver")
    write_pattern(slug=slug, text=rewritten, actor=operator, now=NOW)
    assert list(PatternVersion.objects.values_list("version", flat=True)) == [1, 2]
    assert "ne tient l’hiver" in shelf()[slug].need["problem"]
    with pytest.raises(NotAllowed):
        add_pattern(text=own, actor=team.author, now=NOW)


def test_an_added_model_that_is_whole_no_more_is_not_proposed():
    within_act(lambda: PatternVersion(slug="ancien", version=1, text="title = 'x'\n", written_at=NOW).save())
    assert "ancien" not in shelf()
    assert len(shelf()) == len(first_texts())


@pytest.mark.django_db
def test_a_version_that_is_whole_no_more_gives_way_to_the_first_text():
    slug = next(iter(first_texts()))

    def spoil() -> None:
        PatternVersion(slug=slug, version=2, text="title = 'x'\n", written_at=NOW).save()

    within_act(spoil)
    assert shelf()[slug] == read_pattern(slug, first_texts()[slug])
